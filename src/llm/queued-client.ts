import { type Clock, systemClock } from '../clock.ts'
import { LlmError } from '../errors.ts'
import { CallTime } from './call-time.ts'
import { Deadlines } from './deadlines.ts'
import type { Completion, LlmClient } from './llm-client.ts'
import { type Place, SlotQueue } from './slot-queue.ts'
import { type TextStream, type WrappedCall, WrappingClient } from './wrapping-client.ts'

export interface QueuedClientOptions {
  /**
   * Replies that are read at the same time; as many as the server decodes side by side, such as Ollama's `OLLAMA_NUM_PARALLEL`. In
   * browsers at most 4, which leaves connections for other requests. @defaultValue 1
   */
  readonly concurrency?: number
  /** The longest queue; 0 for none. @defaultValue 100 */
  readonly maxQueued?: number
  /** @defaultValue the platform's */
  readonly clock?: Clock
}

/**
 * Lets only so many replies be read at once, where a server would make the others wait in the order in which they came. Here the
 * higher `priority` of the call goes first, an abort leaves the queue in that moment, and what cannot make it fails with
 * `overloaded`: the queue is full of calls that are no less important, or `timeouts.firstTextMs` or `totalMs` pass, which count
 * from the first `next()` and cover the wait. The slot is free again when the reply ends or is left.
 *
 * `Completion.timings` hold the wait, also as part of `queueMs`. Share one of these among everyone who uses the server.
 */
export class QueuedClient extends WrappingClient {
  readonly #client: LlmClient
  readonly #queue: SlotQueue
  readonly #maxQueued: number
  readonly #clock: Clock

  /** @throws RangeError */
  constructor(client: LlmClient, { concurrency = 1, maxQueued = 100, clock = systemClock }: QueuedClientOptions = {}) {
    super(client)
    if (!(Number.isSafeInteger(concurrency) && concurrency > 0)) {
      throw new RangeError(`concurrency must be a positive integer; got ${concurrency}`)
    }
    if (!(Number.isSafeInteger(maxQueued) && maxQueued >= 0)) {
      throw new RangeError(`maxQueued must be 0 or a positive integer; got ${maxQueued}`)
    }
    this.#client = client
    this.#queue = new SlotQueue(concurrency, maxQueued)
    this.#maxQueued = maxQueued
    this.#clock = clock
  }

  /** Calls that wait for a slot now. */
  get queued(): number {
    return this.#queue.queued
  }

  protected override async *read(call: WrappedCall): TextStream {
    const { priority = 0 } = call.options
    if (Number.isNaN(priority)) throw new RangeError('priority must be a number; got NaN')
    const time = new CallTime(this.#clock, call.options, this.defaults, ['firstTextMs', 'totalMs'])
    const place = await this.#admission(call, priority, time)
    try {
      const waitedMs = time.elapsedMs
      const completion = yield* call.ask(this.#client, waitedMs > 0 ? time.handOn() : call.options.timeouts)
      return withQueueMs(waitedMs, time.completion(completion))
    } catch (error) {
      throw time.failure(error, 'in the queue')
    } finally {
      place.leave()
    }
  }

  /** A slot, which also the abort gives back: a caller who aborts between two reads may never read again. */
  async #admission(call: WrappedCall, priority: number, { limits }: CallTime): Promise<Place> {
    let stop = () => {}
    let place: Place | undefined
    const admitted = new Promise<void>((resolve, reject) => {
      const deadlines = new Deadlines(this.#clock, limits, () => {
        place?.leave()
        reject(this.#tooLate(deadlines))
      })
      stop = () => deadlines.stop()
      place = this.#queue.enter(
        priority,
        () => {
          deadlines.stop()
          resolve()
        },
        () => reject(this.#full()),
      )
      deadlines.watch()
    })
    call.attempt.signal.addEventListener('abort', () => {
      stop()
      place?.leave()
    })
    try {
      await call.attempt.wait(admitted)
    } finally {
      stop()
    }
    // The promise's executor has run by now.
    if (!place) throw new Error('admitted without a place')
    return place
  }

  #full(): LlmError {
    return new LlmError(
      'overloaded',
      `${this.model}: the queue is full: ${this.#maxQueued} calls wait, none of them less important than this one`,
    )
  }

  #tooLate({ expiry }: Deadlines): LlmError {
    const { code = '', limitMs = 0, elapsedMs = 0 } = expiry ?? {}
    const name = code === 'timeout-total' ? 'totalMs' : 'firstTextMs'
    return new LlmError(
      'overloaded',
      `${this.model}: no free slot within timeouts.${name} = ${limitMs} ms (waited ${Math.round(elapsedMs)} ms in the queue)`,
      { limitMs, elapsedMs },
    )
  }
}

function withQueueMs(waitedMs: number, completion: Completion): Completion {
  if (waitedMs === 0) return completion
  const { timings } = completion
  return { ...completion, timings: { ...timings, queueMs: (timings.queueMs ?? 0) + waitedMs } }
}
