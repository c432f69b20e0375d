import type { Clock } from '../../clock.ts'

/** Waits until the clock says so. Rejects with the signal's reason as soon as it is aborted, and leaves no timer behind. */
export function pauseUntil(clock: Clock, atMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason)
  const ms = atMs - clock.now()
  if (ms <= 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const leave = () => {
      cancelTimer()
      reject(signal?.reason)
    }
    const cancelTimer = clock.setTimer(ms, () => {
      signal?.removeEventListener('abort', leave)
      resolve()
    })
    signal?.addEventListener('abort', leave, { once: true })
  })
}

/** Waits for ever; only an abort ends it. */
export function pauseForEver(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** Lets sockets be read and written before the work goes on. */
export function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
