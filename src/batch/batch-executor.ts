import type { Actions } from '../actions.ts'
import type { LlmRequestOptions } from '../llm/llm-client.ts'
import { resolveOptions } from '../llm/request-options.ts'
import type { AnyStep } from '../plan.ts'
import type { PlanRequest } from '../world.ts'
import type { BatchRun } from './batch-events.ts'
import { type BatchExecutorOptions, type BatchSettings, settingsOf } from './batch-options.ts'
import { BatchWork, type Shared } from './batch-work.ts'
import { inRunOrder } from './in-run-order.ts'
import { PlanCache } from './plan-cache.ts'
import { PlanFloor } from './plan-floor.ts'
import type { PlanOutcome } from './plan-outcome.ts'
import { PlanTicket } from './plan-ticket.ts'
import { PromptLanes } from './prompt-lanes.ts'
import { ServerPace } from './server-pace.ts'

/**
 * Requests in, exactly one outcome each out, every one with a plan that the game can run: by the model, the model asked again, a
 * simpler model, the game's heuristic, or the emergency steps. One agent's bad plan costs that agent alone.
 */
export class BatchExecutor<const S extends AnyStep, W extends object> {
  /** The registry that every plan is made of, for whoever issues their steps. */
  readonly actions: Actions<S, W>
  readonly #settings: BatchSettings<S, W>
  readonly #floor: PlanFloor<S, W>
  readonly #shared: Shared<S, W>
  #runs = 0
  #fallbacks = 0

  /** @throws TypeError when `emergency` is empty or illegal; RangeError for a number or strategy that cannot be. */
  constructor(options: BatchExecutorOptions<S, W>) {
    this.actions = options.actions
    this.#settings = settingsOf(options)
    this.#floor = new PlanFloor(options.actions, options.heuristic, options.emergency)
    const { clock, slots, concurrency, planCacheSize } = this.#settings
    this.#shared = {
      pace: new ServerPace(clock, slots),
      lanes: new PromptLanes(concurrency),
      plans: new PlanCache(options.actions, planCacheSize),
    }
  }

  /**
   * Asks for everybody's plans. Outcomes depend on the requests and the replies, never on the order of the requests. `options` go
   * to the model with every prompt, `timeouts.totalMs` shortened to what is left of the agents' deadlines; the signal cancels the run.
   *
   * @throws TypeError or RangeError for an agent that is asked for twice and for invalid options, before anything is sent.
   */
  run(requests: readonly PlanRequest<W>[], options: LlmRequestOptions = {}): BatchRun<S> {
    const ordered = inRunOrder(requests)
    // Not for what it returns: a client that refuses an option would do so for every prompt.
    resolveOptions(options)
    this.#runs += 1
    const runId = this.#runId(`${this.#runs}`, 'run-')
    const work = new BatchWork(runId, this.#settings, this.#floor, this.#shared, ordered, options)
    // The caller gets to register its listeners first.
    queueMicrotask(() => work.start())
    return work.run
  }

  /** The floor without a model: heuristic, else emergency. Synchronous; never throws. */
  fallback(request: PlanRequest<W>): PlanOutcome<S> {
    this.#fallbacks += 1
    const { clock } = this.#settings
    const ticket = new PlanTicket<S, W>(request, clock.now())
    return this.#floor.outcomeFor(ticket, this.#runId(`fallback-${this.#fallbacks}`), clock)
  }

  /** Ids of runs and of fallbacks never meet, and those of seeded executors neither. */
  #runId(name: string, unseeded = ''): string {
    const { seed } = this.#settings
    return seed === undefined ? `${unseeded}${name}` : `${seed}-${name}`
  }
}
