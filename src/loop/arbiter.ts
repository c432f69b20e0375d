import type { AnyStep } from '../plan.ts'
import type { AgentState } from './agent-state.ts'
import type { Directive } from './directive.ts'
import type { PlanMaker } from './plan-maker.ts'
import { PlanTrack } from './plan-track.ts'
import type { TickSpending } from './tick-budget.ts'

type Act<S> = Extract<Directive<S>, { type: 'act' }>

export interface ArbiterOptions {
  /** A plan older than this when it could start is dropped. In calls of `tick()`. */
  readonly maxAgeTicks: number
  readonly coolDownTicks: number
}

/**
 * Decides what an agent without a running step does next: the model's plan if there is one, else what needs no model. Whatever
 * it issues was legal in the newest world, a moment ago.
 */
export class Arbiter<S extends AnyStep, W extends object> {
  readonly #maker: PlanMaker<S, W>
  readonly #options: ArbiterOptions

  constructor(maker: PlanMaker<S, W>, options: ArbiterOptions) {
    this.#maker = maker
    this.#options = options
  }

  /** The step that starts now. `undefined`: a plan was dropped, which is in `notices`, or the budget allows no new plan. */
  next(agent: AgentState<S, W>, now: number, spending: TickSpending): Act<S> | undefined {
    const { arrived } = agent
    if (arrived && now - arrived.madeAt > this.#options.maxAgeTicks) this.#dropStale(agent, arrived, now)
    else if (arrived) {
      if (!spending.planLeft) return undefined
      spending.takePlan()
      takeOver(agent, arrived)
    }
    // Whatever was dropped is told before anything else happens.
    if (agent.notices.length > 0) return undefined
    const step = this.#continue(agent, now)
    return step || agent.notices.length > 0 ? step : this.#actWithoutModel(agent, now, spending)
  }

  #dropStale(agent: AgentState<S, W>, stale: PlanTrack<S>, now: number): void {
    agent.arrived = undefined
    agent.drop(stale.planId, 'stale')
    this.#askAgain(agent, stale, now)
  }

  /** Unless a newer request is on its way already. */
  #askAgain(agent: AgentState<S, W>, dropped: PlanTrack<S>, now: number): void {
    if (dropped.open || !agent.awaitsPlan) agent.askAgainSoon(now, this.#options.coolDownTicks)
  }

  /** The next step of the model's plan, if there is one and it is legal. */
  #continue(agent: AgentState<S, W>, now: number): Act<S> | undefined {
    const plan = agent.current
    if (!plan) return undefined
    const step = plan.nextStep
    if (step === undefined) {
      if (plan.usedUp) agent.finishPlan()
      return undefined
    }
    const verdict = this.#maker.actions.check(step, agent.world, agent.id)
    if (verdict === true) return this.#issue(agent, plan, step, now)
    agent.failPlan(`${step.act} was not possible: ${verdict}`)
    agent.drop(plan.planId, 'illegal-now')
    this.#askAgain(agent, plan, now)
    return undefined
  }

  #actWithoutModel(agent: AgentState<S, W>, now: number, spending: TickSpending): Act<S> | undefined {
    const going = this.#nextOfFloor(agent, now)
    if (going) return going
    if (!spending.planLeft) return undefined
    spending.takePlan()
    const { id: agentId, world, priority, instructions } = agent
    const request = { agentId, world, priority, ...(instructions === undefined ? {} : { instructions }) }
    agent.floor = PlanTrack.of(this.#maker.fallback(request), now)
    return this.#nextOfFloor(agent, now)
  }

  #nextOfFloor(agent: AgentState<S, W>, now: number): Act<S> | undefined {
    const plan = agent.floor
    const step = plan?.nextStep
    if (!plan || step === undefined) return undefined
    // The emergency is legal by the game's own word: there is nothing below it to fall back on.
    const legal = plan.tier === 'emergency' || this.#maker.actions.check(step, agent.world, agent.id) === true
    return legal ? this.#issue(agent, plan, step, now) : undefined
  }

  #issue(agent: AgentState<S, W>, track: PlanTrack<S>, step: S, now: number): Act<S> {
    const index = track.issued
    track.issued += 1
    const { min = 0, max = Number.POSITIVE_INFINITY } = this.#maker.actions.ticks(step)
    agent.running = {
      track,
      index,
      act: step.act,
      minAt: now + (min > 0 ? Math.ceil(min) : 0),
      // A limit that is no number limits nothing; a step lasts a tick at least.
      maxAt: now + (Number.isNaN(max) ? Number.POSITIVE_INFINITY : Math.ceil(max)),
    }
    return { type: 'act', agentId: agent.id, planId: track.planId, index, step, tier: track.tier }
  }
}

/** The model's newest plan takes the place of whatever the agent was up to. */
function takeOver<S, W extends object>(agent: AgentState<S, W>, plan: PlanTrack<S>): void {
  if (agent.current && !agent.current.usedUp) agent.drop(agent.current.planId, 'superseded')
  agent.arrived = undefined
  agent.current = plan
  // What the heuristic was up to belongs to an older world by the time this plan is over.
  agent.floor = undefined
}
