import type { Clock } from '../clock.ts'
import type { Bursts, BurstTaker } from './bursts.ts'
import { closeResponse } from './close-response.ts'
import type { TransportResponse } from './transport.ts'

/** How long the end of a body may take behind the end of the reply in it. */
const END_WITHIN_MS = 50
const MAX_REST_BYTES = 64 * 1024

/**
 * Reads what is left of a body behind the end of its reply, so that the connection can serve the next request. A body that does not
 * end soon is closed. Calls `over` once, when nothing of it is left, the timer included: at once if the end is here already.
 */
export function letEnd(response: TransportResponse, bursts: Bursts, clock: Clock, over: () => void): void {
  let bytes = 0
  let isOver = false
  let cancelTimer: (() => void) | undefined
  const close = () => {
    if (isOver) return
    isOver = true
    cancelTimer?.()
    closeResponse(response)
    over()
  }
  const rest: BurstTaker = {
    bytes(burst) {
      bytes += burst.byteLength
      if (isOver) return
      if (bytes >= MAX_REST_BYTES) close()
      else bursts.take(rest)
    },
    ended: close,
    broke: close,
  }
  bursts.take(rest)
  if (!isOver) cancelTimer = clock.setTimer(END_WITHIN_MS, close)
}
