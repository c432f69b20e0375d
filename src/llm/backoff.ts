import { SeededRandom } from '../seeded-random.ts'

export interface BackoffOptions {
  /** Before the second try; each one after it waits for up to twice as long. @defaultValue 250 */
  readonly baseDelayMs?: number
  /** The longest of these delays. @defaultValue 8_000 */
  readonly maxDelayMs?: number
  /** Of the jitter. Processes that share a server should have different ones. @defaultValue 1 */
  readonly seed?: number
}

/** Delays that grow and are spread by chance, so that clients which failed together do not come back together. */
export class Backoff {
  readonly #baseDelayMs: number
  readonly #maxDelayMs: number
  readonly #random: SeededRandom

  /** @throws RangeError */
  constructor({ baseDelayMs = 250, maxDelayMs = 8_000, seed = 1 }: BackoffOptions = {}) {
    for (const [name, ms] of Object.entries({ baseDelayMs, maxDelayMs })) {
      if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY))
        throw new RangeError(`${name} must be 0 milliseconds or more; got ${ms}`)
    }
    this.#baseDelayMs = baseDelayMs
    this.#maxDelayMs = maxDelayMs
    this.#random = new SeededRandom('backoff', seed)
  }

  /**
   * Milliseconds to wait after this many failures in a row: between half of the full delay and all of it. A server that said how
   * long it wants to be left alone gets that, and the jitter on top.
   */
  delayAfter(failures: number, retryAfterMs = 0): number {
    const fullMs = Math.min(this.#maxDelayMs, this.#baseDelayMs * 2 ** (failures - 1))
    const jitterMs = (fullMs / 2) * this.#random.next()
    return Math.max(fullMs / 2, retryAfterMs) + jitterMs
  }
}
