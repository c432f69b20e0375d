import type { Clock } from '../clock.ts'
import type { Attempt } from './attempt.ts'

/** Waits for so many milliseconds of the clock. Rejects, and leaves no timer, as soon as the attempt is aborted. */
export async function sleep(clock: Clock, ms: number, attempt: Attempt): Promise<void> {
  let cancelTimer = () => {}
  const over = new Promise<void>(resolve => {
    cancelTimer = clock.setTimer(ms, resolve)
  })
  await attempt.wait(over).finally(cancelTimer)
}
