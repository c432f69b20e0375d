import { EventEmitter } from 'eventemitter3'
import type { AgentId } from '../plan.ts'
import type { BatchEvents, BatchResult, BatchRun } from './batch-events.ts'
import type { PlanOutcome } from './plan-outcome.ts'

type EventName<S> = EventEmitter.EventNames<BatchEvents<S>>
type EventArgs<S, Name extends EventName<S>> = EventEmitter.EventArgs<BatchEvents<S>, Name>
type Listener<S, Name extends EventName<S>> = EventEmitter.EventListener<BatchEvents<S>, Name>
type AnyListener = (...args: unknown[]) => unknown

/** What is called in a listener's place. `silent`: of a listener for errors, which has nobody left to tell what it throws. */
interface Guard {
  readonly listener: AnyListener
  readonly silent: boolean
  readonly call: AnyListener
}

/** An event on its way to its listeners, which is made of its source once somebody is there to hear it. */
class Posted<S, Name extends EventName<S>, Source> {
  /** What was posted after it. Most wait alone, and a list would be more than half of what they take. */
  next: Delivery<S> | undefined
  readonly #name: Name
  readonly #source: Source
  readonly #make: (source: Source) => EventArgs<S, Name>

  constructor(name: Name, source: Source, make: (source: Source) => EventArgs<S, Name>) {
    this.#name = name
    this.#source = source
    this.#make = make
  }

  emitBy(run: EventEmitter<BatchEvents<S>>): void {
    if (run.listenerCount(this.#name) > 0) run.emit(this.#name, ...this.#make(this.#source))
  }
}

type Delivery<S> = Pick<Posted<S, EventName<S>, unknown>, 'emitBy' | 'next'>

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
  #nextDelivery: Delivery<S> | undefined
  #lastDelivery: Delivery<S> | undefined
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
  post<Name extends EventName<S>>(name: Name, ...args: EventArgs<S, Name>): void {
    this.postMade(name, args, asIs)
  }

  /** The same for what is heard so rarely, and happens so often, that it is only made for a listener: what `make` makes of `source`. */
  postMade<Name extends EventName<S>, Source>(
    name: Name,
    source: Source,
    make: (source: Source) => EventArgs<S, Name>,
  ): void {
    const posted = new Posted(name, source, make)
    if (this.#nextDelivery && this.#lastDelivery) this.#lastDelivery.next = posted
    else this.#nextDelivery = posted
    this.#lastDelivery = posted
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
    for (let posted = this.#nextDelivery; posted; posted = this.#nextDelivery) {
      this.#nextDelivery = posted.next
      posted.emitBy(this)
    }
    this.#lastDelivery = undefined
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
    const { call } = this.#knownGuard(plain, silent) ?? this.#guard(plain, silent)
    return call as unknown as Listener<S, Name>
  }

  #knownGuard(listener: AnyListener, silent: boolean): Guard | undefined {
    for (const guard of this.#guards) if (guard.listener === listener && guard.silent === silent) return guard
    return undefined
  }

  #guard(listener: AnyListener, silent: boolean): Guard {
    const run = this
    const guard: Guard = {
      listener,
      silent,
      call(this: unknown, ...args) {
        try {
          const returned = listener.apply(this, args)
          // An async listener fails later, and would take the process with it.
          if (returned instanceof Promise) returned.catch(error => run.#report(error, silent))
        } catch (error) {
          run.#report(error, silent)
        }
      },
    }
    this.#guards.push(guard)
    return guard
  }

  #report(error: unknown, silent: boolean): void {
    if (!silent) this.emit('listenerError', error)
  }
}

function asIs<T>(value: T): T {
  return value
}
