import type { Directive, StepRef } from '../../src/loop/directive.ts'
import { Planner } from '../../src/loop/planner.ts'
import type { PlannerOptions, PlannerRequest } from '../../src/loop/planner-options.ts'
import type { TickBudget } from '../../src/loop/tick-budget.ts'
import type { AgentId } from '../../src/plan.ts'
import { type Arena, type ArenaStep, arena } from './arena.ts'
import { HandFedExecutor } from './hand-fed-executor.ts'

/** A planner and its game, told in words. */
export class Stage {
  readonly executor: HandFedExecutor
  readonly planner: Planner<ArenaStep, Arena>
  readonly #running = new Map<AgentId, StepRef>()
  #now = 0

  constructor(options: Partial<PlannerOptions<ArenaStep, Arena>> = {}, executor = new HandFedExecutor()) {
    this.executor = executor
    this.planner = new Planner({ executor, ...options })
  }

  ask(agentId: AgentId, more: Partial<PlannerRequest<Arena>> = {}): this {
    this.planner.request({ agentId, world: arena, ...more })
    return this
  }

  /** The next tick's directives, in words. */
  tick(budget?: TickBudget): string[] {
    this.#now += 1
    const directives = this.planner.tick(this.#now, budget)
    for (const directive of directives) if (directive.type === 'act') this.#running.set(directive.agentId, directive)
    return directives.map(inWords)
  }

  /** Ticks that bring nothing, each in a turn of its own. */
  async quietTicks(count: number): Promise<string[]> {
    const news: string[] = []
    for (let tick = 0; tick < count; tick += 1) {
      await Promise.resolve()
      news.push(...this.tick())
    }
    return news
  }

  /**
   * How many ticks it takes until the next run goes out. Bounded, because turns of this kind let no timer fire: a run that never comes
   * would stop the whole suite, and the test's own time limit with it.
   */
  async ticksUntilRun(most = 1000): Promise<number> {
    const { length } = this.executor.runs
    for (let ticks = 1; ticks <= most; ticks += 1) {
      await this.quietTicks(1)
      if (this.executor.runs.length > length) return ticks
    }
    throw new Error(`no run went out in ${most} ticks, with ${JSON.stringify(this.planner.stats)}`)
  }

  /** The step that an agent was told last. */
  step(agentId: AgentId): StepRef {
    const step = this.#running.get(agentId)
    if (!step) throw new Error(`${agentId} was never told anything`)
    return step
  }

  done(agentId: AgentId): boolean {
    return this.planner.settle(this.step(agentId), 'done')
  }

  failed(agentId: AgentId, reason?: string): boolean {
    return this.planner.settle(this.step(agentId), 'failed', reason)
  }
}

/** `guard MoveTo p1#0`, `guard p1 superseded`. */
export function inWords(directive: Directive<ArenaStep>): string {
  switch (directive.type) {
    case 'act':
      return `${directive.agentId} ${directive.step.act} ${directive.planId}#${directive.index}`
    case 'thinking':
      return `${directive.agentId} thinking since ${directive.sinceTick}`
    case 'text':
      return `${directive.agentId} ${directive.field}: ${directive.delta}`
    case 'dropped':
      return `${directive.agentId} ${directive.planId} ${directive.reason}`
    case 'revoked':
      return `${directive.agentId} ${directive.planId} revoked from ${directive.fromIndex}: ${directive.reason}`
  }
}
