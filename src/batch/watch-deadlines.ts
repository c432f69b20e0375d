import type { Clock } from '../clock.ts'
import type { PlanTicket } from './plan-ticket.ts'

/** What a platform timer can hold; beyond it (24 days) `setTimeout` would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

const NOTHING_TO_STOP = (): void => {}

/** Calls `expire` with the tickets whose deadline is over, one timer for all that share a deadline. Returns how to stop it. */
export function watchDeadlines<S, W extends object>(
  clock: Clock,
  tickets: readonly PlanTicket<S, W>[],
  expire: (tickets: readonly PlanTicket<S, W>[]) => void,
): () => void {
  if (tickets.every(({ request }) => request.deadlineMs === undefined)) return NOTHING_TO_STOP
  const ticketsByDeadline = new Map<number, PlanTicket<S, W>[]>()
  for (const ticket of tickets) {
    const { deadlineMs } = ticket.request
    if (deadlineMs === undefined || deadlineMs > LONGEST_TIMER_MS) continue
    const sharing = ticketsByDeadline.get(deadlineMs)
    if (sharing) sharing.push(ticket)
    else ticketsByDeadline.set(deadlineMs, [ticket])
  }
  const stops = [...ticketsByDeadline].map(([ms, sharing]) => clock.setTimer(ms, () => expire(sharing)))
  return () => {
    for (const stop of stops) stop()
  }
}
