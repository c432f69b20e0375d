import type { Clock } from '../clock.ts'
import { ignoreRejection } from '../errors.ts'
import type { AgentId, AnyStep } from '../plan.ts'
import { AgentRoster } from './agent-roster.ts'
import type { AgentState } from './agent-state.ts'
import { Arbiter } from './arbiter.ts'
import type { Directive, StepRef } from './directive.ts'
import { OpenRuns } from './open-runs.ts'
import { PlanDesk } from './plan-desk.ts'
import { type PlannerOptions, type PlannerRequest, positive } from './planner-options.ts'
import { SpendGovernor, type Spending } from './spend-governor.ts'
import { type TickBudget, TickSpending } from './tick-budget.ts'
import { TickRound } from './tick-round.ts'

/** Every tick without news returns this very array. */
const NOTHING: readonly never[] = Object.freeze([])

/** Known agents; those the model is at work for, those with a running step, and those whose request has not gone out yet. */
export interface PlannerStats {
  readonly agents: number
  readonly thinking: number
  readonly running: number
  readonly queued: number
  /** Only with `spend`: what the last minute took, runs under way by estimate. */
  readonly spent?: Spending
}

/**
 * Brings plans into a game loop. `tick()` is the only place where anything shows: between ticks, what arrives is kept. Every
 * call is synchronous, and none waits for the model: while it thinks, the executor's heuristic acts; its plan takes over at
 * the next end of a step.
 *
 * An agent is known from its first `request` until `remove`. Without a plan of the model's it goes on by heuristic.
 */
export class Planner<const S extends AnyStep, W extends object> {
  readonly #roster = new AgentRoster<S, W>()
  readonly #desk: PlanDesk<S, W>
  readonly #arbiter: Arbiter<S, W>
  readonly #deadlineTicks: number
  readonly #governor: SpendGovernor | undefined
  readonly #clock: Clock | undefined
  readonly #report: (error: unknown) => void
  #ticking = false
  #closed = false

  /** @throws RangeError for a number of ticks or runs that is not above 0. */
  constructor({
    executor,
    deadlineTicks = 600,
    execution = 'atomic',
    onPlanFailed = 'finish-step',
    maxAgeTicks = Number.POSITIVE_INFINITY,
    coolDownTicks = 60,
    maxRunsInFlight = 4,
    maxBatchAgents = 10,
    spend,
    clock,
    onError,
  }: PlannerOptions<S, W>) {
    this.#report = error => {
      try {
        ignoreRejection(onError?.(error))
      } catch {
        // Whoever hears of errors and throws has nobody left to tell.
      }
    }
    this.#deadlineTicks = positive('deadlineTicks', deadlineTicks)
    this.#governor = spend && new SpendGovernor(spend)
    this.#desk = new PlanDesk(this.#roster, new OpenRuns(executor, execution === 'eager', this.#report), {
      maxRunsInFlight: positive('maxRunsInFlight', maxRunsInFlight),
      maxBatchAgents: positive('maxBatchAgents', maxBatchAgents),
      coolDownTicks: positive('coolDownTicks', coolDownTicks),
      governor: this.#governor,
      onPlanFailed,
    })
    this.#arbiter = new Arbiter(executor, {
      maxAgeTicks: positive('maxAgeTicks', maxAgeTicks),
      coolDownTicks: positive('coolDownTicks', coolDownTicks),
    })
    this.#clock = clock
  }

  /**
   * Asks for a plan, counted from the next tick. Newest world wins: it replaces a request of the same agent that still waits,
   * and cancels one that the model is at work on, so ask again only when something changed. A finished plan that has not
   * started yet is dropped as `superseded`; one in execution goes on until the new one is here.
   *
   * @throws RangeError for a `deadlineTicks` that is not above 0 or a `priority` that is not finite; TypeError for an id that is
   * no string; Error after `close()`.
   */
  request({ agentId, world, instructions, priority = 0, deadlineTicks }: PlannerRequest<W>): void {
    if (this.#closed) throw new Error('this planner is closed: it takes no more requests')
    // What the executor would refuse is refused here, or one bad request would cost everybody else's.
    if (typeof agentId !== 'string') throw new TypeError(`an agent id is a string, not ${String(agentId)}`)
    if (!Number.isFinite(priority)) throw new RangeError(`priority must be a finite number, not ${priority}`)
    const ticks = deadlineTicks === undefined ? this.#deadlineTicks : positive('deadlineTicks', deadlineTicks)
    const agent = this.#roster.get(agentId) ?? this.#roster.meet(agentId, world)
    agent.world = world
    agent.instructions = instructions
    agent.priority = priority
    agent.deadlineTicks = ticks
    agent.askedItself = false
    this.#desk.ask(agent)
  }

  /** What the agent sees now: steps are checked against it right before they are issued. Ignored for unknown agents. */
  observe(agentId: AgentId, world: W): void {
    const agent = this.#roster.get(agentId)
    if (agent) agent.world = world
  }

  /**
   * How a step went; the next one follows in the next tick, or when the step's `ticks.min` are over. `failed` ends its plan,
   * and `reason` goes to the model with the agent's next request. False, and nothing happens, when that step is no longer the
   * current one or was settled before.
   */
  settle(step: StepRef, result: 'done' | 'failed', reason?: string): boolean {
    const agent = this.#roster.get(step.agentId)
    const running = agent?.running
    if (!agent || !running || running.held) return false
    if (running.index !== step.index || running.track.planId !== step.planId) return false
    if (running.minAt > this.#roster.now) {
      agent.running = { ...running, held: { result, reason } }
      this.#roster.schedule(agent)
    } else {
      this.#endStep(agent, result, reason)
    }
    return true
  }

  has(agentId: AgentId): boolean {
    return this.#roster.get(agentId) !== undefined
  }

  /** Forgets an agent, and cancels what the model does for it. Whatever still arrives for it vanishes. */
  remove(agentId: AgentId): void {
    const agent = this.#roster.get(agentId)
    if (!agent) return
    this.#roster.forget(agent)
    this.#desk.letGo(agent)
  }

  /**
   * Once per tick: the new directives, by (priority, agent id, step); agents that a budget left out come first in the next
   * one. Every known agent without a running step gets an `act`, unless the budget is spent. Never waits and never throws, but
   * for `maxMicros` without a clock, a RangeError. Without news it returns the same empty array every time.
   *
   * `tick` is the game's number for `thinking.sinceTick`; it may jump or go back. After `close()`, and when called from inside
   * itself by a heuristic or a `check`, the array is empty.
   */
  tick(tick: number, budget?: TickBudget): readonly Directive<S>[] {
    if (budget?.maxMicros !== undefined && !this.#clock) throw new RangeError("maxMicros needs the planner's clock")
    if (this.#ticking) return NOTHING
    this.#ticking = true
    try {
      this.#roster.now += 1
      this.#prepare(tick)
      return this.#roster.hasDue ? this.#serve(budget) : NOTHING
    } finally {
      this.#ticking = false
    }
  }

  get stats(): PlannerStats {
    let thinking = 0
    let running = 0
    let queued = 0
    for (const agent of this.#roster.values()) {
      if (agent.running) running += 1
      if (this.#desk.isQueued(agent)) queued += 1
      else if (agent.awaitsPlan) thinking += 1
    }
    const spent = this.#governor?.spent(this.#roster.now)
    return { agents: this.#roster.size, thinking, running, queued, ...(spent && { spent: { ...spent } }) }
  }

  /** Ends every run, socket and timer, and forgets every agent. */
  close(): void {
    this.#closed = true
    for (const agent of [...this.#roster.values()]) this.#roster.forget(agent)
    this.#desk.close()
  }

  /** Everything that is not for the game to see yet. */
  #prepare(tick: number): void {
    try {
      // Taken out before anything is scheduled anew, which is for the next tick at the earliest.
      const woken = this.#roster.takeWoken()
      this.#desk.takeArrivals()
      if (woken) for (const agent of woken) this.#wake(agent)
      this.#desk.takeRequests(tick)
      this.#desk.startRuns()
    } catch (error) {
      this.#report(error)
    }
  }

  /** One of this agent's time limits may be over. */
  #wake(agent: AgentState<S, W>): void {
    // By the heuristic of one who was woken before it: what is no longer known must not become due.
    if (agent.removed) return
    const { now } = this.#roster
    const { running } = agent
    if (running?.held && now >= running.minAt) this.#endStep(agent, running.held.result, running.held.reason)
    else if (running && now >= running.maxAt) this.#endStep(agent, 'failed', 'max-ticks')
    this.#desk.expireIfOverdue(agent)
    if (now >= agent.askAgainAt) {
      agent.askAgain(now)
      this.#desk.ask(agent)
    }
    this.#roster.schedule(agent)
  }

  #endStep(agent: AgentState<S, W>, result: 'done' | 'failed', reason: string | undefined): void {
    const track = agent.running?.track
    this.#roster.endStep(agent, result, reason)
    // The model is still writing a plan that failed already.
    if (track?.open && track !== agent.current) this.#desk.letGo(agent)
    this.#roster.schedule(agent)
  }

  #serve(budget: TickBudget | undefined): readonly Directive<S>[] {
    const spending = new TickSpending(budget, this.#clock, this.#report)
    const round = new TickRound(this.#roster, this.#arbiter, spending, this.#report)
    round.serveAll()
    return round.directives.length > 0 ? round.directives : NOTHING
  }
}
