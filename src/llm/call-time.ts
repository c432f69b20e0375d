import type { Clock } from '../clock.ts'
import { LlmError } from '../errors.ts'
import type { DeadlineLimits } from './deadlines.ts'
import type { Completion, LlmRequestOptions } from './llm-client.ts'
import { resolveOptions } from './request-options.ts'

/** `timeout-total` and its like are told in the terms of the call. */
const CODE_OF: Readonly<Record<keyof DeadlineLimits, LlmError['code']>> = {
  firstTextMs: 'timeout-first-text',
  idleMs: 'timeout-idle',
  totalMs: 'timeout-total',
}

/**
 * The time of one call to a wrapping client, which spends some of it before it asks the wrapped one. Counts from its making. The
 * limits that it covers are handed on as what is left of them, and what comes back is told as the caller saw it.
 */
export class CallTime {
  /** What was configured, in milliseconds. */
  readonly limits: DeadlineLimits
  readonly #timeouts: LlmRequestOptions['timeouts']
  readonly #covered: readonly (keyof DeadlineLimits)[]
  readonly #clock: Clock
  readonly #startedAt: number
  #spentMs = 0

  /** @throws RangeError or TypeError for options that no client takes. */
  constructor(
    clock: Clock,
    options: LlmRequestOptions,
    defaults: LlmRequestOptions | undefined,
    covered: readonly (keyof DeadlineLimits)[],
  ) {
    this.limits = resolveOptions(options, defaults).limits
    this.#timeouts = options.timeouts
    this.#covered = covered
    this.#clock = clock
    this.#startedAt = clock.now()
  }

  get elapsedMs(): number {
    return this.#clock.now() - this.#startedAt
  }

  /** Until the whole call's deadline. */
  get leftMs(): number {
    return this.limits.totalMs - this.elapsedMs
  }

  /** The timeouts for a client that is asked now. */
  handOn(): NonNullable<LlmRequestOptions['timeouts']> {
    this.#spentMs = this.elapsedMs
    // A timer may be late, and no client can wait for less than nothing.
    const left = this.#covered.map(name => [name, Math.max(1, this.limits[name] - this.#spentMs)])
    return { ...this.#timeouts, ...Object.fromEntries(left) }
  }

  /** The completion of the client that was asked last. */
  completion(completion: Completion): Completion {
    if (this.#spentMs === 0) return completion
    const { firstTextMs, totalMs, ...timings } = completion.timings
    return {
      ...completion,
      timings: { firstTextMs: firstTextMs + this.#spentMs, totalMs: totalMs + this.#spentMs, ...timings },
    }
  }

  /** What the client that was asked last threw. `spentOn` says on what the time before it went. */
  failure(error: unknown, spentOn: string): unknown {
    if (this.#spentMs === 0 || !(error instanceof LlmError)) return error
    if (!this.#covered.some(name => CODE_OF[name] === error.code)) return error
    const { code, message, limitMs = 0, elapsedMs = 0, partialText } = error
    return new LlmError(code, `${message}, after ${Math.round(this.#spentMs)} ms ${spentOn}`, {
      cause: error,
      partialText,
      limitMs: limitMs + this.#spentMs,
      elapsedMs: elapsedMs + this.#spentMs,
    })
  }
}
