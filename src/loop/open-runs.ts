import type { BatchResult, BatchRun } from '../batch/batch-events.ts'
import type { AgentId, AnyStep } from '../plan.ts'
import type { PlanRequest } from '../world.ts'
import type { PlanMaker } from './plan-maker.ts'
import type { Thought } from './thought.ts'

type Cancellable = Pick<BatchRun<never>, 'cancel'>

interface OpenRun {
  readonly run: Cancellable
  /** The tick of its start. */
  readonly startedAt: number
}

/** The executor's runs under way. What they bring is kept until a tick takes it, so that nothing shows in between. */
export class OpenRuns<S extends AnyStep, W extends object> {
  readonly #maker: PlanMaker<S, W>
  readonly #eager: boolean
  readonly #report: (error: unknown) => void
  /**
   * In the order of their start. A list, because a Map or Set that is added to and deleted from leaves old tables behind that lead from
   * one to the next: once one of them is in old memory, no run that was ever in them is collected before the next full collection.
   */
  readonly #runs: OpenRun[] = []
  #changed = new Set<Thought<S>>()

  /** `report` hears of a run that cannot be cancelled, which must cost nobody else anything. */
  constructor(maker: PlanMaker<S, W>, eager: boolean, report: (error: unknown) => void) {
    this.#maker = maker
    this.#eager = eager
    this.#report = report
  }

  /** Runs under way. */
  get size(): number {
    return this.#runs.length
  }

  /** Runs that started in this tick or later. */
  countSince(tick: number): number {
    let count = 0
    for (const { startedAt } of this.#runs) if (startedAt >= tick) count += 1
    return count
  }

  get hasArrivals(): boolean {
    return this.#changed.size > 0
  }

  /** Sends these requests off as one run; `thoughts` has one per request. `onEnd` is called between ticks. */
  start(
    requests: readonly PlanRequest<W>[],
    thoughts: ReadonlyMap<string, Thought<S>>,
    startedAt = 0,
    onEnd: (result: BatchResult<S>) => void = () => {},
  ): void {
    const run = this.#maker.run(requests)
    const open = { run, startedAt }
    this.#runs.push(open)
    for (const thought of thoughts.values()) thought.run = run

    run.on('outcome', outcome => {
      const thought = thoughts.get(outcome.agentId)
      if (!thought) return
      thought.outcome ??= outcome
      this.#changed.add(thought)
    })
    run.on('text', ({ agentId, field, delta }) => {
      const thought = thoughts.get(agentId)
      if (!thought) return
      thought.addText(field, delta)
      this.#changed.add(thought)
    })
    if (this.#eager) {
      run.on('step', ({ agentId, planId, step }) => {
        const thought = thoughts.get(agentId)
        if (!thought) return
        thought.addStep(planId, step)
        this.#changed.add(thought)
      })
    }
    run.on('end', result => {
      this.#forget(open)
      // A thought that waited long is in old memory, from where even a dead one makes collections carry along all it knows.
      for (const thought of thoughts.values()) thought.run = undefined
      onEnd(result)
    })
  }

  cancel(thought: Thought<S>): void {
    if (thought.run) this.#cancel(thought.run, thought.agentId)
  }

  /** Every thought that something arrived for since the last call. Their order means nothing. */
  takeArrivals(): ReadonlySet<Thought<S>> {
    const changed = this.#changed
    this.#changed = new Set()
    return changed
  }

  close(): void {
    // Cancelling a run may end it at once.
    for (const { run } of [...this.#runs]) this.#cancel(run)
    this.#runs.length = 0
    this.#changed.clear()
  }

  #cancel(run: Cancellable, agentId?: AgentId): void {
    try {
      run.cancel(agentId)
    } catch (error) {
      this.#report(error)
    }
  }

  #forget(open: OpenRun): void {
    const at = this.#runs.indexOf(open)
    if (at !== -1) this.#runs.splice(at, 1)
  }
}
