import { EventEmitter } from 'eventemitter3'
import type { BatchEvents, BatchResult, BatchRun } from '../../src/batch/batch-events.ts'
import type { PlanOutcome, Tier } from '../../src/batch/plan-outcome.ts'
import type { PlanMaker } from '../../src/loop/plan-maker.ts'
import type { AgentId } from '../../src/plan.ts'
import type { PlanRequest } from '../../src/world.ts'
import { type Arena, type ArenaStep, actions, wait } from './arena.ts'

type Heuristic = (world: Arena, agentId: AgentId) => readonly ArenaStep[]

/** A `BatchExecutor` without a model: the test says what each run brings, and when. Fallback plans are `f1`, `f2`, … */
export class HandFedExecutor implements PlanMaker<ArenaStep, Arena> {
  readonly actions = actions
  readonly runs: HandFedRun[] = []
  readonly #heuristic: Heuristic
  #fallbacks = 0

  constructor(heuristic: Heuristic = () => [wait]) {
    this.#heuristic = heuristic
  }

  get lastRun(): HandFedRun {
    const run = this.runs.at(-1)
    if (!run) throw new Error('nothing was asked yet')
    return run
  }

  run(requests: readonly PlanRequest<Arena>[]): HandFedRun {
    const run = new HandFedRun(requests)
    this.runs.push(run)
    return run
  }

  fallback({ agentId, world }: PlanRequest<Arena>): PlanOutcome<ArenaStep> {
    this.#fallbacks += 1
    return outcomeOf(agentId, `f${this.#fallbacks}`, this.#heuristic(world, agentId), 'heuristic')
  }
}

export class HandFedRun extends EventEmitter<BatchEvents<ArenaStep>> implements BatchRun<ArenaStep> {
  readonly requests: readonly PlanRequest<Arena>[]
  readonly result = new Promise<BatchResult<ArenaStep>>(() => {})
  readonly cancelled: AgentId[] = []
  readonly #open: Set<AgentId>

  constructor(requests: readonly PlanRequest<Arena>[]) {
    super()
    this.requests = requests
    this.#open = new Set(requests.map(({ agentId }) => agentId))
  }

  get agentIds(): AgentId[] {
    return this.requests.map(({ agentId }) => agentId)
  }

  plan(agentId: AgentId, planId: string, steps: readonly ArenaStep[], tier: Tier = 'model'): void {
    this.#finish(outcomeOf(agentId, planId, steps, tier))
  }

  step(agentId: AgentId, planId: string, index: number, step: ArenaStep): void {
    this.emit('step', { planId, agentId, index, step })
  }

  text(agentId: AgentId, delta: string, field = 'say'): void {
    this.emit('text', { planId: 'p', agentId, field, delta })
  }

  /** The model failed, and the executor's floor answers, as it always does. */
  fail(agentId: AgentId, message = 'the reply was cut'): void {
    const error = { code: 'truncated' as const, message }
    this.#finish({
      ...outcomeOf(agentId, `floor-${agentId}`, [wait], 'heuristic'),
      attempts: [{ tier: 'model', error, ms: 1 }],
    })
  }

  cancel(agentId?: AgentId): void {
    for (const id of agentId === undefined ? [...this.#open] : [agentId]) {
      if (!this.#open.has(id)) continue
      this.cancelled.push(id)
      this.fail(id, 'cancelled by the game')
    }
  }

  // biome-ignore lint/correctness/useYield: the planner listens to events; nobody iterates.
  async *[Symbol.asyncIterator](): AsyncGenerator<PlanOutcome<ArenaStep>, void, void> {
    throw new Error('nobody iterates')
  }

  #finish(outcome: PlanOutcome<ArenaStep>): void {
    this.#open.delete(outcome.agentId)
    this.emit('outcome', outcome)
    if (this.#open.size > 0) return
    this.emit('end', { outcomes: [], metrics: { totalMs: 0, modelCalls: 1, strategy: 'one-prompt' } })
  }
}

function outcomeOf(agentId: AgentId, planId: string, steps: readonly ArenaStep[], tier: Tier): PlanOutcome<ArenaStep> {
  return { agentId, plan: { planId, agentId, steps, notes: {} }, tier, attempts: [] }
}
