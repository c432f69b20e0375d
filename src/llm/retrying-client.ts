import { type Clock, systemClock } from '../clock.ts'
import { LlmError } from '../errors.ts'
import { Backoff, type BackoffOptions } from './backoff.ts'
import { CallTime } from './call-time.ts'
import type { LlmClient } from './llm-client.ts'
import { sleep } from './sleep.ts'
import { type TextStream, type WrappedCall, WrappingClient } from './wrapping-client.ts'

export interface RetryingClientOptions extends BackoffOptions {
  /** How often the wrapped client is asked at most, the first time included. @defaultValue 3 */
  readonly maxAttempts?: number
  /** A server that wants to be left alone for longer is not waited for. Milliseconds. @defaultValue 60_000 */
  readonly maxRetryAfterMs?: number
  /** @defaultValue the platform's */
  readonly clock?: Clock
}

/**
 * Asks again when a client failed before its first text with an error that is `retryable`. Never after text has reached the caller,
 * who would see it twice, and never after an abort. `timeouts.totalMs` is for all tries and the delays between them, the other
 * timeouts are for each try; what would go past the deadline is not begun. The last error is thrown.
 */
export class RetryingClient extends WrappingClient {
  readonly #client: LlmClient
  readonly #maxAttempts: number
  readonly #maxRetryAfterMs: number
  readonly #backoff: Backoff
  readonly #clock: Clock

  /** @throws RangeError */
  constructor(client: LlmClient, options: RetryingClientOptions = {}) {
    super(client)
    this.#client = client
    this.#maxAttempts = options.maxAttempts ?? 3
    this.#maxRetryAfterMs = options.maxRetryAfterMs ?? 60_000
    this.#backoff = new Backoff(options)
    this.#clock = options.clock ?? systemClock
    if (!(Number.isSafeInteger(this.#maxAttempts) && this.#maxAttempts > 0)) {
      throw new RangeError(`maxAttempts must be a positive integer; got ${this.#maxAttempts}`)
    }
    if (!(this.#maxRetryAfterMs >= 0 && this.#maxRetryAfterMs <= 2 ** 30)) {
      throw new RangeError(`maxRetryAfterMs must be from 0 to ${2 ** 30}; got ${this.#maxRetryAfterMs}`)
    }
  }

  protected override async *read(call: WrappedCall): TextStream {
    const time = new CallTime(this.#clock, call.options, this.defaults, ['totalMs'])
    for (let tries = 1; ; tries++) {
      try {
        return time.completion(yield* call.ask(this.#client, time.handOn()))
      } catch (error) {
        const delayMs = tries < this.#maxAttempts && call.text === '' ? this.#delayAfter(tries, error) : undefined
        if (delayMs === undefined || delayMs >= time.leftMs) throw time.failure(error, 'of earlier tries')
        await sleep(this.#clock, delayMs, call.attempt)
      }
    }
  }

  /** Nothing when this is not to be tried again. */
  #delayAfter(tries: number, error: unknown): number | undefined {
    if (!(error instanceof LlmError) || !error.retryable) return undefined
    const { retryAfterMs = 0 } = error
    return retryAfterMs > this.#maxRetryAfterMs ? undefined : this.#backoff.delayAfter(tries, retryAfterMs)
  }
}
