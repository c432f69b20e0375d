import type { AgentId } from '../plan.ts'
import type { KeptSection } from './agent-section.ts'

/** Which part of the limit is forgotten at once, so that the oldest are looked for once for many. */
const FORGOTTEN = 1 / 8

interface Place {
  readonly agentId: AgentId
  /** Absent while it is the caller's. */
  section: KeptSection | undefined
  /** Counted in sections kept. */
  keptAt: number
}

/**
 * The last sections of so many agents; of more, those that were asked for last, an eighth fewer at times. Sections hold copies of what
 * games told, never their objects.
 */
export class KeptSections {
  readonly #limit: number
  /**
   * An agent keeps its place: a Map that is added to and deleted from all the time leaves old tables behind that lead from one to the
   * next, and hold what was in them until the next full collection.
   */
  readonly #places = new Map<AgentId, Place>()
  #kept = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The section is the caller's then, so that no two agents of a batch have the same one. */
  take(agentId: AgentId): KeptSection | undefined {
    const place = this.#places.get(agentId)
    const section = place?.section
    if (place) place.section = undefined
    return section
  }

  keep(section: KeptSection): void {
    if (this.#limit <= 0) return
    const { agentId } = section
    this.#kept += 1
    const place = this.#places.get(agentId)
    if (place) {
      place.section = section
      place.keptAt = this.#kept
      return
    }
    if (this.#places.size >= this.#limit) this.#forgetOldest()
    this.#places.set(agentId, { agentId, section, keptAt: this.#kept })
  }

  #forgetOldest(): void {
    const oldest = [...this.#places.values()].sort((a, b) => a.keptAt - b.keptAt)
    for (const { agentId } of oldest.slice(0, Math.ceil(oldest.length * FORGOTTEN))) this.#places.delete(agentId)
  }
}
