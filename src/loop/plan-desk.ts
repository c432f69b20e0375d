import type { BatchResult } from '../batch/batch-events.ts'
import type { PlanOutcome } from '../batch/plan-outcome.ts'
import type { AgentId, AnyStep } from '../plan.ts'
import type { PlanRequest } from '../world.ts'
import type { AgentRoster } from './agent-roster.ts'
import { type AgentState, byId } from './agent-state.ts'
import { Attention, type AttentionOptions } from './attention.ts'
import type { OpenRuns } from './open-runs.ts'
import { isFloor, PlanTrack } from './plan-track.ts'
import type { Spending } from './spend-governor.ts'
import { Thought } from './thought.ts'

export interface PlanDeskOptions extends AttentionOptions {
  readonly coolDownTicks: number
  readonly onPlanFailed: 'finish-step' | 'stop'
}

/** Where requests go out and plans come in: from an agent's wish to the plan that waits for its turn, or to its end. */
export class PlanDesk<S extends AnyStep, W extends object> {
  readonly #roster: AgentRoster<S, W>
  readonly #runs: OpenRuns<S, W>
  readonly #options: PlanDeskOptions
  /** Whose request came since the last tick, and whoever of them was forgotten. */
  #asking: AgentState<S, W>[] = []
  readonly #attention: Attention<S, W>
  /** Plans that never were, so far. */
  #unplanned = 0

  constructor(roster: AgentRoster<S, W>, runs: OpenRuns<S, W>, options: PlanDeskOptions) {
    this.#roster = roster
    this.#runs = runs
    this.#options = options
    this.#attention = new Attention(options)
  }

  ask(agent: AgentState<S, W>): void {
    if (agent.isAsking) return
    agent.isAsking = true
    this.#asking.push(agent)
  }

  /** Its request has not gone out yet. */
  isQueued(agent: AgentState<S, W>): boolean {
    return agent.isAsking || this.#attention.line.has(agent)
  }

  /** Nobody waits for this agent's plan any more: the model may stop. */
  letGo(agent: AgentState<S, W>): void {
    const { thought } = agent
    agent.thought = undefined
    this.#attention.line.delete(agent)
    if (thought) this.#runs.cancel(thought)
  }

  close(): void {
    this.#asking = []
    this.#attention.line.clear()
    this.#runs.close()
  }

  /** What came in since the last tick, before any deadline is looked at. */
  takeArrivals(): void {
    if (!this.#runs.hasArrivals) return
    for (const thought of this.#runs.takeArrivals()) {
      const agent = this.#roster.get(thought.agentId)
      // Removed, removed and met again, or asked again: nobody waits for this one any more.
      if (agent?.thought !== thought) continue
      if (thought.state === 'expired') this.#takeLate(agent, thought)
      else this.#take(agent, thought)
      if (agent.notices.length > 0 || agent.texts || !agent.running) this.#roster.addDue(agent)
      this.#roster.schedule(agent)
    }
    this.#attention.observe()
  }

  /** Cancels what took too long; the agent goes on without the model. */
  expireIfOverdue(agent: AgentState<S, W>): void {
    const { thought } = agent
    if (!thought || thought.state === 'expired' || !thought.isOverdue(this.#roster.now)) return
    this.#revoke(agent, thought, 'deadline')
    // Nobody was asked: there is nothing that could come late.
    if (thought.state === 'waiting') agent.drop(this.#unplannedId(agent), 'cancelled')
    if (agent.notices.length > 0) this.#roster.addDue(agent)
    if (thought.state === 'waiting') {
      this.letGo(agent)
    } else {
      thought.state = 'expired'
      this.#runs.cancel(thought)
    }
  }

  /** Takes up the requests since the last tick. `tick` is the game's number for it. */
  takeRequests(tick: number): void {
    if (this.#asking.length === 0) return
    const { now } = this.#roster
    const asking = this.#asking.sort(byId)
    this.#asking = []
    for (const agent of asking) {
      const isNew = agent.thought?.state !== 'waiting'
      if (isNew) this.#supersede(agent)
      // What is cancelled ends in the game's heuristic, which may have removed the agent.
      if (agent.removed) continue
      agent.askAgainAt = Number.POSITIVE_INFINITY
      agent.thought = new Thought(agent.id, now + agent.deadlineTicks)
      agent.thought.watchDeadline(now)
      this.#attention.line.add(agent, now)
      this.#roster.addDue(agent)
    }
    // Not before: what was cancelled ran the game's code, which may have asked for one of them again, and that is done.
    for (const agent of asking) agent.isAsking = false
    let ahead = 0
    for (const { agent, isLeft } of this.#attention.line.inOrder()) {
      if (isLeft) continue
      if (agent.waitingSince < now) ahead += 1
      else if (this.#attention.canServe(agent, ahead, this.#runs, now)) {
        agent.think(tick)
        ahead += 1
      } else this.#refuse(agent)
    }
    for (const agent of asking) if (agent.waitingSince === now) this.#roster.schedule(agent)
  }

  /** Sends off who is to be served next. Which tick this happens in never depends on a clock. */
  startRuns(): void {
    const { now } = this.#roster
    for (;;) {
      const batch = this.#attention.nextBatch(this.#runs, now, this.#highestPriority)
      if (batch.length === 0) return
      this.#startRun(batch)
    }
  }

  #startRun(batch: readonly AgentState<S, W>[]): void {
    const sentAt = this.#roster.now
    const requests: PlanRequest<W>[] = []
    const thoughts = new Map<AgentId, Thought<S>>()
    for (const agent of batch) {
      const { thought } = agent
      if (!thought) continue
      thought.state = 'sent'
      thought.sentAt = sentAt
      thoughts.set(agent.id, thought)
      requests.push(agent.takeRequest())
    }
    const { governor } = this.#options
    let reserved: Spending | undefined
    this.#runs.start(requests, thoughts, sentAt, ({ outcomes, metrics }) => {
      if (reserved) governor?.finish(reserved, metrics.modelCalls, tokensOf(metrics), this.#roster.now + 1)
      // What the model had no part in says nothing of its pace.
      if (outcomes.some(({ tier }) => !isFloor(tier))) this.#attention.runTicks.add(this.#roster.now + 1 - sentAt)
    })
    // Not before: what was never sent costs nothing.
    reserved = governor?.start(requests.length)
  }

  readonly #highestPriority = (): number => {
    let highest = Number.NEGATIVE_INFINITY
    for (const { priority } of this.#roster.values()) highest = Math.max(highest, priority)
    return highest
  }

  /** The model could not serve it in time, and the agent knows at once. */
  #refuse(agent: AgentState<S, W>): void {
    this.letGo(agent)
    agent.drop(this.#unplannedId(agent), 'refused')
    if (agent.askedItself) agent.askAgainSoon(this.#roster.now, this.#options.coolDownTicks)
  }

  #unplannedId(agent: AgentState<S, W>): string {
    this.#unplanned += 1
    return `unplanned-${this.#unplanned}/${agent.id}/0`
  }

  #take(agent: AgentState<S, W>, thought: Thought<S>): void {
    const { draft, outcome } = thought
    const texts = thought.takeTexts()
    if (texts) agent.addTexts(texts)
    if (draft && draft.planId !== thought.shown?.planId) {
      this.#revoke(agent, thought, 'the model started over')
      thought.shown = new PlanTrack(draft.planId, 'model', draft.steps, thought.sentAt, true)
      agent.arrived = thought.shown
    }
    if (!outcome) return
    agent.thought = undefined
    if (isFloor(outcome.tier)) this.#takeFailure(agent, thought, outcome)
    else this.#takeSuccess(agent, thought, outcome)
  }

  #takeSuccess(agent: AgentState<S, W>, thought: Thought<S>, outcome: PlanOutcome<S>): void {
    agent.noteSuccess()
    this.#attention.planTicks.add(this.#roster.now - thought.sentAt)
    const { shown } = thought
    if (shown?.planId === outcome.plan.planId) {
      shown.tier = outcome.tier
      shown.steps = outcome.plan.steps
      shown.open = false
      return
    }
    this.#revoke(agent, thought, outcome.attempts.at(-1)?.error.message ?? 'the model started over')
    agent.arrived = PlanTrack.of(outcome, thought.sentAt)
  }

  /** A plan without a model was made from the world as it was then: the agent makes its own from the newest. */
  #takeFailure(agent: AgentState<S, W>, thought: Thought<S>, { plan, attempts }: PlanOutcome<S>): void {
    agent.noteFailure(thought.sentAt, this.#options.coolDownTicks)
    const begun = thought.shown !== undefined && thought.shown === agent.current
    const draft = thought.shown !== undefined && thought.shown === agent.arrived ? thought.shown : undefined
    this.#revoke(agent, thought, attempts.at(-1)?.error.message ?? 'the plan failed')
    // `revoked` says it where something began.
    if (!begun) agent.drop(draft?.planId ?? plan.planId, 'failed')
  }

  /** Its deadline was over before it came. */
  #takeLate(agent: AgentState<S, W>, thought: Thought<S>): void {
    const { outcome, shown } = thought
    if (!outcome) return
    agent.thought = undefined
    agent.noteFailure(thought.sentAt, this.#options.coolDownTicks)
    // What began was revoked at the deadline.
    if (!shown?.issued) agent.drop(shown?.planId ?? outcome.plan.planId, 'cancelled')
  }

  /** The draft that the agent has will not be finished. */
  #revoke(agent: AgentState<S, W>, { shown }: Thought<S>, reason: string): void {
    if (!shown) return
    shown.open = false
    if (agent.arrived === shown) agent.arrived = undefined
    if (agent.current !== shown) return
    agent.current = undefined
    const { planId, issued: fromIndex } = shown
    agent.note({ type: 'revoked', agentId: agent.id, planId, fromIndex, reason })
    if (this.#options.onPlanFailed === 'stop' && agent.running?.track === shown) agent.running = undefined
  }

  /** A new request: what the model was making, or had made and nobody had started, comes too late. */
  #supersede(agent: AgentState<S, W>): void {
    const draft = agent.thought?.shown
    if (agent.arrived) agent.drop(agent.arrived.planId, 'superseded')
    agent.arrived = undefined
    if (draft?.open && draft === agent.current) {
      agent.current = undefined
      agent.drop(draft.planId, 'superseded')
    }
    if (draft) draft.open = false
    this.letGo(agent)
  }
}

/** `undefined` where the server counted none. */
function tokensOf({ promptTokens, outputTokens }: BatchResult<unknown>['metrics']): number | undefined {
  return promptTokens === undefined && outputTokens === undefined
    ? undefined
    : (promptTokens ?? 0) + (outputTokens ?? 0)
}
