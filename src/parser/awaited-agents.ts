import type { AgentId } from '../plan.ts'

/** An agent that a plan is awaited of. */
export interface AwaitedAgent {
  readonly id: AgentId
  /** How many plans of it were begun. */
  attempts: number
  planned: boolean
}

/** Those a plan is awaited of, and who has one. */
export class AwaitedAgents {
  /** By id; of one that has its plan nothing more is kept, because a game may await thousands for as long as a reply takes. */
  readonly #agents = new Map<string, AwaitedAgent | undefined>()
  readonly #aliases: ReadonlyMap<string, AgentId> | undefined
  /** How many have a plan. */
  planned = 0

  /** An alias comes before an agent's own id. */
  constructor(agents: readonly AgentId[], aliases: ReadonlyMap<string, AgentId> | undefined) {
    this.#aliases = aliases
    for (const id of agents) this.#agents.set(id, { id, attempts: 0, planned: false })
  }

  get allPlanned(): boolean {
    return this.planned === this.#agents.size
  }

  /** Who is meant by a name; nothing when no plan is awaited of them. */
  find(name: string): AwaitedAgent | undefined {
    const id = this.#aliases?.get(name) ?? name
    return this.#agents.get(id) ?? (this.#agents.has(id) ? { id, attempts: 0, planned: true } : undefined)
  }

  /** Does a name by which somebody could be meant start so? */
  mayBegin(start: string): boolean {
    for (const id of this.#agents.keys()) if (id.startsWith(start)) return true
    for (const [alias, id] of this.#aliases ?? []) if (alias.startsWith(start) && this.#agents.has(id)) return true
    return false
  }

  /** The plan was accepted. */
  plan(agent: AwaitedAgent): void {
    agent.planned = true
    this.planned++
    this.#agents.set(agent.id, undefined)
  }
}
