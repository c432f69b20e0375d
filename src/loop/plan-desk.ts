import type { AgentId, AnyStep } from '../plan.ts'
import type { PlanRequest } from '../world.ts'
import type { AgentRoster } from './agent-roster.ts'
import type { AgentState } from './agent-state.ts'
import type { OpenRuns } from './open-runs.ts'
import { isFloor, PlanTrack } from './plan-track.ts'
import { Thought } from './thought.ts'

export interface PlanDeskOptions {
  readonly maxConcurrentRuns: number
  readonly onPlanFailed: 'finish-step' | 'stop'
}

/** Where requests go out and plans come in: from an agent's wish to the plan that waits for its turn, or to its end. */
export class PlanDesk<S extends AnyStep, W extends object> {
  readonly #roster: AgentRoster<S, W>
  readonly #runs: OpenRuns<S, W>
  readonly #options: PlanDeskOptions
  /** Whose request came since the last tick. */
  readonly #asking = new Set<AgentState<S, W>>()
  /** Who waits for a run to start. */
  readonly #waiting = new Set<AgentState<S, W>>()

  constructor(roster: AgentRoster<S, W>, runs: OpenRuns<S, W>, options: PlanDeskOptions) {
    this.#roster = roster
    this.#runs = runs
    this.#options = options
  }

  ask(agent: AgentState<S, W>): void {
    this.#asking.add(agent)
  }

  /** Its request has not gone out yet. */
  isQueued(agent: AgentState<S, W>): boolean {
    return this.#asking.has(agent) || this.#waiting.has(agent)
  }

  /** Nobody waits for this agent's plan any more: the model may stop. */
  letGo(agent: AgentState<S, W>): void {
    const { thought } = agent
    agent.thought = undefined
    this.#waiting.delete(agent)
    if (thought) this.#runs.cancel(thought)
  }

  forget(agent: AgentState<S, W>): void {
    this.#asking.delete(agent)
    this.letGo(agent)
  }

  close(): void {
    this.#asking.clear()
    this.#waiting.clear()
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
      if (agent.notices.length > 0 || agent.texts || !agent.running) this.#roster.due.add(agent)
      this.#roster.schedule(agent)
    }
  }

  /** Cancels what took too long; the agent goes on without the model. */
  expireIfOverdue(agent: AgentState<S, W>): void {
    const { thought } = agent
    if (!thought || thought.state === 'expired' || !thought.isOverdue(this.#roster.now)) return
    this.#revoke(agent, thought, 'deadline')
    if (agent.notices.length > 0) this.#roster.due.add(agent)
    if (thought.state === 'waiting') {
      this.letGo(agent)
    } else {
      thought.state = 'expired'
      this.#runs.cancel(thought)
    }
  }

  /** Takes up the requests since the last tick. `tick` is the game's number for it. */
  takeRequests(tick: number): void {
    if (this.#asking.size === 0) return
    for (const agent of this.#asking) {
      const isNew = agent.thought?.state !== 'waiting'
      if (isNew) this.#supersede(agent)
      // What is cancelled ends in the game's heuristic, which may have removed the agent.
      if (agent.removed) continue
      if (isNew) agent.think(tick)
      agent.askAgainAt = Number.POSITIVE_INFINITY
      agent.thought = new Thought(agent.id, this.#roster.now + agent.deadlineTicks)
      agent.thought.watchDeadline(this.#roster.now)
      this.#waiting.add(agent)
      this.#roster.due.add(agent)
      this.#roster.schedule(agent)
    }
    this.#asking.clear()
  }

  /** Sends off all who wait, as one run. Which tick this happens in never depends on a clock. */
  startRun(): void {
    if (this.#waiting.size === 0 || this.#runs.size >= this.#options.maxConcurrentRuns) return
    const requests: PlanRequest<W>[] = []
    const thoughts = new Map<AgentId, Thought<S>>()
    for (const agent of this.#waiting) {
      const { thought } = agent
      if (!thought) continue
      thought.state = 'sent'
      thought.sentAt = this.#roster.now
      thoughts.set(agent.id, thought)
      requests.push(agent.takeRequest())
    }
    this.#waiting.clear()
    this.#runs.start(requests, thoughts)
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
    const { shown } = thought
    if (shown?.planId === outcome.plan.planId && !isFloor(outcome.tier)) {
      shown.tier = outcome.tier
      shown.steps = outcome.plan.steps
      shown.open = false
      return
    }
    this.#revoke(agent, thought, outcome.attempts.at(-1)?.error.message ?? 'the plan failed')
    // A plan without a model was made from the world as it was then: the agent makes its own from the newest.
    if (!isFloor(outcome.tier)) agent.arrived = PlanTrack.of(outcome, thought.sentAt)
  }

  /** Its deadline was over before it came. */
  #takeLate(agent: AgentState<S, W>, { outcome, shown }: Thought<S>): void {
    if (!outcome) return
    agent.thought = undefined
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
    agent.notices.push({ type: 'revoked', agentId: agent.id, planId, fromIndex, reason })
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
