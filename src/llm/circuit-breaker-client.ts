import { type Clock, systemClock } from '../clock.ts'
import { LlmError, type LlmErrorCode } from '../errors.ts'
import { CallTime } from './call-time.ts'
import type {
  CircuitBreaker,
  CircuitBreakerOptions,
  CircuitPass,
  CircuitRefusal,
  CircuitState,
} from './circuit-breaker.ts'
import type { LlmClient } from './llm-client.ts'
import { sharedCircuit } from './shared-circuit.ts'
import { type TextStream, type WrappedCall, WrappingClient } from './wrapping-client.ts'

export interface CircuitBreakerClientOptions extends CircuitBreakerOptions {
  /** @defaultValue the platform's */
  readonly clock?: Clock
}

/** Whether a failure tells of a server that does not work. One that refuses a request works. */
const IS_FAILURE: Readonly<Record<LlmErrorCode, boolean>> = {
  unreachable: true,
  overloaded: true,
  'server-error': true,
  protocol: true,
  truncated: true,
  'timeout-first-text': true,
  'timeout-idle': true,
  'timeout-total': true,
  'empty-reply': false,
  forbidden: false,
  'bad-request': false,
  'model-missing': false,
  aborted: false,
}

/** Timers of the platform may fire a little before their time. */
const TIMER_SLACK_MS = 1

/**
 * Stops asking a server that keeps failing: calls then fail at once with `overloaded`, with `retryAfterMs` and the failure as the
 * cause, until a single call has tried whether the server is back. The state is shared by all of these clients with the
 * same endpoint, model, options and clock; for clients without an endpoint, by those that wrap the same one.
 *
 * Failures are broken and refused connections, 5xx and 429, broken replies, and timeouts. So is a call that its caller gives up at
 * its deadline without having got any text. A caller who leaves earlier tells nothing; one who leaves after the first text got
 * what he wanted; and a reply that was merely too long for its deadline is neither.
 */
export class CircuitBreakerClient extends WrappingClient {
  readonly #client: LlmClient
  readonly #circuit: CircuitBreaker
  readonly #clock: Clock

  /** @throws RangeError */
  constructor(client: LlmClient, options: CircuitBreakerClientOptions = {}) {
    super(client)
    this.#client = client
    this.#clock = options.clock ?? systemClock
    this.#circuit = sharedCircuit(client, this.#clock, options)
  }

  get state(): CircuitState {
    return this.#circuit.state
  }

  protected override async *read(call: WrappedCall): TextStream {
    const time = new CallTime(this.#clock, call.options, this.defaults, [])
    const entry = this.#circuit.enter()
    if ('refusal' in entry) throw this.#refused(entry.refusal)
    const { pass } = entry
    // Not in a `catch`: a caller who aborts between two reads may never read again.
    call.attempt.signal.addEventListener('abort', () => reportLeaving(pass, call, time))
    try {
      const completion = yield* call.ask(this.#client, call.options.timeouts, () => pass.answered())
      pass.succeeded()
      return completion
    } catch (error) {
      reportError(pass, call, error)
      throw error
    }
  }

  #refused({ retryAfterMs, failures, cause }: CircuitRefusal): LlmError {
    const wait =
      retryAfterMs === undefined ? 'a call is trying whether it is back' : `next try in ${Math.ceil(retryAfterMs)} ms`
    const last = cause instanceof LlmError ? `; the last time: ${cause.message}` : ''
    return new LlmError(
      'overloaded',
      `${this.model}: not asked, as its server failed ${failures} times in a row (${wait})${last}`,
      { cause, ...(retryAfterMs !== undefined && { retryAfterMs }) },
    )
  }
}

function reportLeaving(pass: CircuitPass, call: WrappedCall, { limits, elapsedMs }: CallTime): void {
  if (call.text !== '') pass.succeeded()
  else if (elapsedMs + TIMER_SLACK_MS >= Math.min(limits.firstTextMs, limits.totalMs)) {
    pass.failed(
      new LlmError('timeout-total', 'its caller gave up at the deadline', { elapsedMs, cause: call.attempt.cause }),
    )
  } else pass.withdrawn()
}

function reportError(pass: CircuitPass, call: WrappedCall, error: unknown): void {
  const tooLong = error instanceof LlmError && error.code === 'timeout-total' && call.text !== ''
  if (!(error instanceof LlmError) || error.code === 'aborted' || tooLong) pass.withdrawn()
  else if (IS_FAILURE[error.code]) pass.failed(error)
  else pass.succeeded()
}
