import type { Clock } from '../clock.ts'

export interface CircuitBreakerOptions {
  /** So many failures in a row open it. @defaultValue 5 */
  readonly failuresToOpen?: number
  /** How long it stays open before one call may try, in milliseconds. @defaultValue 10_000 */
  readonly openMs?: number
}

export type CircuitState = 'closed' | 'open' | 'half-open'

/** What one call that was let through reports. Only the first end counts; what began before the circuit last changed counts for nothing. */
export interface CircuitPass {
  /** The first sign of life: a probe closes the circuit with it, on trial. */
  answered(): void
  succeeded(): void
  failed(error: unknown): void
  /** It ended without telling anything about the server. */
  withdrawn(): void
}

/** Why no call is let through. */
export interface CircuitRefusal {
  /** Until the next call may try; absent while one is trying. */
  readonly retryAfterMs?: number
  readonly failures: number
  /** The failure that opened it. */
  readonly cause: unknown
}

/**
 * What is known of one server: closed until it has failed a number of times in a row; then open, so that nobody waits for it in
 * vain; and after a while half-open, for a single call that tries whether it is back.
 */
export class CircuitBreaker {
  readonly #failuresToOpen: number
  readonly #openMs: number
  readonly #clock: Clock
  #failures = 0
  #cause: unknown
  #openedAt: number | undefined
  #probing = false
  /** Counts the changes of state, by which a call knows that its news is old. */
  #generation = 0

  /** @throws RangeError */
  constructor(clock: Clock, { failuresToOpen = 5, openMs = 10_000 }: CircuitBreakerOptions = {}) {
    if (!(Number.isSafeInteger(failuresToOpen) && failuresToOpen > 0)) {
      throw new RangeError(`failuresToOpen must be a positive integer; got ${failuresToOpen}`)
    }
    if (!(openMs > 0 && openMs < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`openMs must be more than 0 milliseconds; got ${openMs}`)
    }
    this.#failuresToOpen = failuresToOpen
    this.#openMs = openMs
    this.#clock = clock
  }

  get state(): CircuitState {
    if (this.#openedAt === undefined) return 'closed'
    return this.#leftMs(this.#openedAt) > 0 ? 'open' : 'half-open'
  }

  enter(): { readonly pass: CircuitPass } | { readonly refusal: CircuitRefusal } {
    if (this.#openedAt === undefined) return { pass: this.#pass() }
    const leftMs = this.#leftMs(this.#openedAt)
    const refusal = { failures: this.#failures, cause: this.#cause }
    if (leftMs > 0) return { refusal: { ...refusal, retryAfterMs: leftMs } }
    if (this.#probing) return { refusal }
    this.#probing = true
    return { pass: this.#pass() }
  }

  #leftMs(openedAt: number): number {
    return openedAt + this.#openMs - this.#clock.now()
  }

  #pass(): CircuitPass {
    let generation = this.#generation
    let over = false
    const end = (take: () => void) => {
      if (over) return
      over = true
      if (generation === this.#generation) take()
    }
    return {
      answered: () => {
        if (over || generation !== this.#generation || !this.#probing) return
        // One more failure opens it again, and that may be this very call's.
        this.#close(this.#failuresToOpen - 1)
        generation = this.#generation
      },
      succeeded: () =>
        end(() => {
          if (this.#probing) this.#close(0)
          this.#failures = 0
        }),
      failed: error =>
        end(() => {
          this.#failures += 1
          if (this.#probing || this.#failures >= this.#failuresToOpen) this.#open(error)
        }),
      withdrawn: () =>
        end(() => {
          this.#probing = false
        }),
    }
  }

  #open(cause: unknown): void {
    this.#generation += 1
    this.#cause = cause
    this.#openedAt = this.#clock.now()
    this.#probing = false
  }

  #close(failures: number): void {
    this.#generation += 1
    this.#failures = failures
    this.#cause = undefined
    this.#openedAt = undefined
    this.#probing = false
  }
}
