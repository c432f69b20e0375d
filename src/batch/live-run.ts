import { EventEmitter } from 'eventemitter3'
import type { AgentId } from '../plan.ts'
import type { BatchEvents, BatchResult, BatchRun } from './batch-events.ts'
import type { PlanOutcome } from './plan-outcome.ts'

type EventName<S> = EventEmitter.EventNames<BatchEvents<S>>
type Listener<S, Name extends EventName<S>> = EventEmitter.EventListener<BatchEvents<S>, Name>
type AnyListener = (...args: unknown[]) => unknown

/** What is called in a listener's place. `silent`: of a listener for errors, which has nobody left to tell what it throws. */
interface Guard {
  readonly listener: AnyListener
  readonly silent: boolean
  readonly call: AnyListener
}

/** Someone who iterates over the outcomes. */
interface Reader {
  left: boolean
  /** Ends its wait for the next outcome. */
  wake: () => void
}

/**
 * What the game holds of a run. What happens is posted first and delivered afterwards, in order, once our own state is
 * consistent; a listener that throws is reported as `listenerError`, and the others still hear.
 */
export class LiveRun<S> extends EventEmitter<BatchEvents<S>> implements BatchRun<S> {
  readonly result: Promise<BatchResult<S>>
  readonly cancel: (agentId?: AgentId) => void
  #resolve: (result: BatchResult<S>) => void = () => {}
  readonly #arrived: PlanOutcome<S>[] = []
  /** Iterators that have seen every outcome so far. */
  #waiting: (() => void)[] = []
  #ended = false
  #undelivered: (() => void)[] = []
  #delivering = false
  /** One guard per listener, so that `off` finds what `on` registered. A list: a run has few of them, and many runs are made. */
  readonly #guards: Guard[] = []

  constructor(cancel: (agentId?: AgentId) => void) {
    super()
    this.cancel = cancel
    this.result = new Promise(resolve => {
      this.#resolve = resolve
    })
  }

  override on<Name extends EventName<S>>(event: Name, listener: Listener<S, Name>, context?: unknown): this {
    return super.on(event, this.#guarded(event, listener), context)
  }

  override once<Name extends EventName<S>>(event: Name, listener: Listener<S, Name>, context?: unknown): this {
    return super.once(event, this.#guarded(event, listener), context)
  }

  override off<Name extends EventName<S>>(
    event: Name,
    listener?: Listener<S, Name>,
    context?: unknown,
    once?: boolean,
  ): this {
    return super.off(event, listener && this.#guarded(event, listener), context, once)
  }

  /** Takes note of something that happened; `deliver` tells the listeners. */
  post<Name extends EventName<S>>(event: Name, ...args: EventEmitter.EventArgs<BatchEvents<S>, Name>): void {
    this.#undelivered.push(() => this.emit(event, ...args))
  }

  outcome(outcome: PlanOutcome<S>): void {
    this.#arrived.push(outcome)
    this.#wake()
    this.post('outcome', outcome)
  }

  end(result: BatchResult<S>): void {
    this.#ended = true
    this.#wake()
    this.post('end', result)
    this.#resolve(result)
  }

  /** What listeners cause meanwhile is delivered after what is under way, by the same loop. */
  deliver(): void {
    if (this.#delivering) return
    this.#delivering = true
    while (this.#undelivered.length > 0) {
      const batch = this.#undelivered
      this.#undelivered = []
      for (const emit of batch) emit()
    }
    this.#delivering = false
  }

  /** Takes note of an error in the game's own code. */
  postError(error: unknown): void {
    this.post('listenerError', error)
  }

  [Symbol.asyncIterator](): AsyncGenerator<PlanOutcome<S>, void, void> {
    const reader: Reader = { left: false, wake: () => {} }
    const outcomes = this.#outcomesFor(reader)
    const leave = outcomes.return.bind(outcomes)
    // A generator lets `return()` wait for what it waits for itself, which here is a model.
    outcomes.return = value => {
      reader.left = true
      reader.wake()
      return leave(value)
    }
    return outcomes
  }

  async *#outcomesFor(reader: Reader): AsyncGenerator<PlanOutcome<S>, void, void> {
    for (let seen = 0; ; seen += 1) {
      if (seen === this.#arrived.length && !this.#ended) {
        await new Promise<void>(wake => {
          reader.wake = wake
          this.#waiting.push(wake)
        })
      }
      const outcome = this.#arrived[seen]
      if (reader.left || !outcome) return
      yield outcome
    }
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  #guarded<Name extends EventName<S>>(event: Name, listener: Listener<S, Name>): Listener<S, Name> {
    // The guard passes on whatever it is given, so it has the listener's own type; no type can say that.
    const plain = listener as unknown as AnyListener
    const silent = event === 'listenerError'
    const known = this.#guards.find(guard => guard.listener === plain && guard.silent === silent)
    const { call } = known ?? this.#guard(plain, silent)
    return call as unknown as Listener<S, Name>
  }

  #guard(listener: AnyListener, silent: boolean): Guard {
    const report = (error: unknown): void => {
      if (!silent) this.emit('listenerError', error)
    }
    const call: AnyListener = function (this: unknown, ...args) {
      try {
        const returned = listener.apply(this, args)
        // An async listener fails later, and would take the process with it.
        if (returned instanceof Promise) returned.catch(report)
      } catch (error) {
        report(error)
      }
    }
    const guard = { listener, silent, call }
    this.#guards.push(guard)
    return guard
  }
}
