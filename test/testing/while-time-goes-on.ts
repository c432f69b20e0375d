import type { ManualClock } from '../../src/testing/index.ts'

/**
 * Moves the clock on until the work is done. Each step is a turn of the sockets: in steps of 1 ms they have nearly eight for each token
 * of a large graphics card, however busy the machine is.
 */
export async function whileTimeGoesOn(clock: ManualClock, stepMs: number, work: Promise<unknown>): Promise<void> {
  let over = false
  const done = work.finally(() => {
    over = true
  })
  done.catch(() => {})
  while (!over) await clock.advanceAsync(stepMs)
  await done
}
