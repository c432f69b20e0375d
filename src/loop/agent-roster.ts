import type { AgentId } from '../plan.ts'
import { AgentState } from './agent-state.ts'
import { TickTimers } from './tick-timers.ts'

/** Every known agent, and which of them a tick has to look at: nobody else costs it anything. */
export class AgentRoster<S, W extends object> {
  readonly #agents = new Map<AgentId, AgentState<S, W>>()
  readonly #timers = new TickTimers<AgentState<S, W>>()
  /** Who has no running step, or something to be told, and whoever of them was forgotten. */
  #due: AgentState<S, W>[] = []
  /** Calls of `tick()` so far. All times are counted in them. */
  now = 0

  get size(): number {
    return this.#agents.size
  }

  get(agentId: AgentId): AgentState<S, W> | undefined {
    return this.#agents.get(agentId)
  }

  values(): Iterable<AgentState<S, W>> {
    return this.#agents.values()
  }

  meet(agentId: AgentId, world: W): AgentState<S, W> {
    const agent = new AgentState<S, W>(agentId, world)
    this.#agents.set(agentId, agent)
    this.addDue(agent)
    return agent
  }

  get hasDue(): boolean {
    return this.#due.length > 0
  }

  addDue(agent: AgentState<S, W>): void {
    if (agent.isDue) return
    agent.isDue = true
    this.#due.push(agent)
  }

  /** Hands over everybody who is due, and whoever was forgotten meanwhile. Each is due until `setDue` says otherwise. */
  takeDue(): AgentState<S, W>[] {
    const due = this.#due
    this.#due = []
    return due
  }

  /** Of one who was taken: is it due in the next tick as well? */
  setDue(agent: AgentState<S, W>, stays: boolean): void {
    agent.isDue = stays
    if (stays) this.#due.push(agent)
  }

  forget(agent: AgentState<S, W>): void {
    agent.removed = true
    this.#agents.delete(agent.id)
    this.#timers.delete(agent)
  }

  /** The running step is over: the agent needs another one. */
  endStep(agent: AgentState<S, W>, result: 'done' | 'failed', reason: string | undefined): void {
    agent.endStep(result, reason)
    this.addDue(agent)
  }

  /** Who is to be looked at in this tick, as `schedule` said. */
  takeWoken(): Iterable<AgentState<S, W>> | undefined {
    return this.#timers.take(this.now)
  }

  /** Sees to it that this agent is looked at when its next time limit is over. */
  schedule(agent: AgentState<S, W>): void {
    if (!agent.removed) this.#timers.set(agent, Math.max(this.now + 1, agent.nextLimitAt(this.now)))
  }
}
