import type { AgentId } from '../plan.ts'
import type { KeptSection } from './agent-section.ts'

/**
 * The last sections of so many agents; of more, those that were asked for last. Sections hold copies of what games told, never
 * their objects.
 */
export class KeptSections {
  readonly #limit: number
  /** Least recently used first. */
  readonly #sections = new Map<AgentId, KeptSection>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The section is the caller's then, so that no two agents of a batch have the same one. */
  take(agentId: AgentId): KeptSection | undefined {
    const section = this.#sections.get(agentId)
    if (section) this.#sections.delete(agentId)
    return section
  }

  keep(section: KeptSection): void {
    if (this.#limit <= 0) return
    this.#sections.delete(section.agentId)
    if (this.#sections.size >= this.#limit) {
      for (const oldest of this.#sections.keys()) {
        this.#sections.delete(oldest)
        break
      }
    }
    this.#sections.set(section.agentId, section)
  }
}
