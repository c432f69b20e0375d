import type { AnyStep } from '../plan.ts'
import type { AgentRoster } from './agent-roster.ts'
import { type AgentState, byTurn } from './agent-state.ts'
import type { Arbiter } from './arbiter.ts'
import type { Directive } from './directive.ts'
import type { TickSpending } from './tick-budget.ts'

/** One tick's directives: every agent that is due gets what there is to tell it, and a step, as far as the budget goes. */
export class TickRound<S extends AnyStep, W extends object> {
  readonly directives: Directive<S>[] = []
  readonly #roster: AgentRoster<S, W>
  readonly #arbiter: Arbiter<S, W>
  readonly #spending: TickSpending
  readonly #report: (error: unknown) => void

  constructor(
    roster: AgentRoster<S, W>,
    arbiter: Arbiter<S, W>,
    spending: TickSpending,
    report: (error: unknown) => void,
  ) {
    this.#roster = roster
    this.#arbiter = arbiter
    this.#spending = spending
    this.#report = report
  }

  serveAll(): void {
    for (const agent of this.#roster.takeDue().sort(byTurn)) {
      // A heuristic or a `check` may have removed it meanwhile.
      if (agent.removed) continue
      // Somebody is always served, or a slow machine would stand still.
      const done = this.directives.length > 0 && !this.#spending.timeLeft ? this.#leaveOut(agent) : this.#serve(agent)
      this.#roster.setDue(agent, !done)
    }
  }

  /** False when something is left to be done. */
  #serve(agent: AgentState<S, W>): boolean {
    let served = false
    try {
      served = this.#tell(agent) && (agent.running !== undefined || this.#act(agent))
    } catch (error) {
      this.#report(error)
    }
    // By its own heuristic or `check`: there is nobody left to tell.
    if (agent.removed) return true
    this.#roster.schedule(agent)
    if (!served) return this.#leaveOut(agent)
    agent.leftOutSince = Number.POSITIVE_INFINITY
    // Text gives way: what finds no room is joined to what comes, and does not go first then.
    return this.#tellTexts(agent)
  }

  #leaveOut(agent: AgentState<S, W>): false {
    agent.leftOutSince = Math.min(agent.leftOutSince, this.#roster.now)
    return false
  }

  /** False when the budget was spent before all was told. */
  #tell(agent: AgentState<S, W>): boolean {
    for (let notice = agent.notices[0]; notice; notice = agent.notices[0]) {
      if (!this.#spending.directiveLeft) return false
      agent.notices.shift()
      this.#add(notice)
    }
    return true
  }

  /** False when the budget was spent before it had a step. */
  #act(agent: AgentState<S, W>): boolean {
    while (this.#spending.directiveLeft) {
      const act = this.#arbiter.next(agent, this.#roster.now, this.#spending)
      if (agent.removed) return false
      if (act) {
        this.#add(act)
        return true
      }
      // Without a step there is a plan that was dropped, to be told first; or no budget for another plan.
      if (agent.notices.length === 0 || !this.#tell(agent)) return false
    }
    return false
  }

  #tellTexts(agent: AgentState<S, W>): boolean {
    if (!agent.texts) return true
    for (const [field, delta] of agent.texts) {
      if (!this.#spending.directiveLeft) return false
      this.#add({ type: 'text', agentId: agent.id, field, delta })
      agent.texts.delete(field)
    }
    agent.texts = undefined
    return true
  }

  #add(directive: Directive<S>): void {
    this.#spending.takeDirective()
    this.directives.push(directive)
  }
}
