import { type Clock, systemClock } from '../clock.ts'
import { LlmError } from '../errors.ts'
import { CallTime } from './call-time.ts'
import type { LlmClient } from './llm-client.ts'
import { type TextStream, type WrappedCall, WrappingClient } from './wrapping-client.ts'

export interface FailoverClientOptions {
  /** Who is asked when the client failed, in this order. */
  readonly fallbacks: readonly LlmClient[]
  /** @defaultValue the platform's */
  readonly clock?: Clock
}

/**
 * Asks the next client when one has failed before its first text, whatever the `LlmError`: another server may have the model that
 * this one lacks. After text has reached the caller nobody takes over here; for what is still missing then, give the executor a
 * second model. `timeouts.totalMs` is for all of them, the other timeouts are for each: a silent server is left when
 * `firstTextMs` has passed. The last client's error is thrown, and says what the others said.
 */
export class FailoverClient extends WrappingClient {
  /** None: how it fares says nothing about one server. */
  override readonly endpoint = undefined
  readonly #clients: readonly LlmClient[]
  readonly #clock: Clock

  /** @throws RangeError without any fallback. */
  constructor(client: LlmClient, { fallbacks, clock = systemClock }: FailoverClientOptions) {
    super(client)
    if (fallbacks.length === 0) throw new RangeError('fallbacks must hold at least one client')
    this.#clients = [client, ...fallbacks]
    this.#clock = clock
  }

  protected override async *read(call: WrappedCall): TextStream {
    const time = new CallTime(this.#clock, call.options, this.defaults, ['totalMs'])
    const failures: LlmError[] = []
    for (const client of this.#clients) {
      try {
        return time.completion(yield* call.ask(client, time.handOn()))
      } catch (error) {
        if (!isUpToNext(error) || call.text !== '') throw time.failure(error, 'spent on other clients')
        failures.push(error)
        if (time.leftMs <= 0) break
      }
    }
    throw summaryOf(failures)
  }
}

function isUpToNext(error: unknown): error is LlmError {
  return error instanceof LlmError && error.code !== 'aborted' && error.code !== 'timeout-total'
}

function summaryOf(failures: readonly LlmError[]): LlmError {
  const last = failures.at(-1)
  if (!last) throw new Error('no client was asked')
  if (failures.length === 1) return last
  const { code, message, partialText, status, line, limitMs, elapsedMs, retryAfterMs } = last
  const before = failures.slice(0, -1).map(failure => failure.message)
  return new LlmError(code, `${message} (before it: ${before.join('; ')})`, {
    cause: last,
    partialText,
    ...(status !== undefined && { status }),
    ...(line !== undefined && { line }),
    ...(limitMs !== undefined && { limitMs }),
    ...(elapsedMs !== undefined && { elapsedMs }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}
