/** Time as planweave sees it. Tests and replays inject their own. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number
  /** Calls `fire` once, `ms` from now; the function it returns cancels that. */
  setTimer(ms: number, fire: () => void): () => void
}

/** The platform's monotonic time: the only place that reads it. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer(ms, fire) {
    const timer = setTimeout(fire, ms)
    return () => clearTimeout(timer)
  },
}
