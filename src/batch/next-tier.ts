import type { BatchSettings } from './batch-options.ts'
import type { ModelTier, PlanTicket } from './plan-ticket.ts'
import type { ReadingFailure } from './prompt-reading.ts'
import type { ReplyEnd } from './reply-stream.ts'

/** A tier that only those come to who have failed. */
export type NextTier = Exclude<ModelTier, 'model'>

/** What is known of the standby, of asking again and of the simpler model. */
export type TierRules = Pick<
  BatchSettings<never, never>,
  'clock' | 'minAttemptMs' | 'reAsks' | 'standby' | 'simplified'
>

/**
 * Who is asked next for an agent that a reply brought no plan for; undefined when nobody is, and the floor answers. A broken reply
 * goes to the standby, a wrong one to the same model again, and what is left to the simpler one: the ticket counts how often.
 */
export function nextTier<S, W extends object>(
  ticket: PlanTicket<S, W>,
  { retryable }: Pick<ReadingFailure, 'retryable'>,
  end: Pick<ReplyEnd, 'type'>,
  { clock, minAttemptMs, reAsks, standby, simplified }: TierRules,
): NextTier | undefined {
  if (ticket.tier === 'simplified' || ticket.deadlineAtMs - clock.now() < minAttemptMs) return undefined
  if (end.type === 'failed' && standby && !ticket.takenOver) {
    ticket.takenOver = true
    return 'takeover'
  }
  // Once the standby has been asked, the client would have to be well again to answer.
  if (retryable && !ticket.takenOver && ticket.reAsks < reAsks) {
    ticket.reAsks += 1
    return 're-ask'
  }
  return simplified && 'simplified'
}
