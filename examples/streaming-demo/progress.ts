import type { AgentId, PlanOutcome } from 'planweave'
import type { AstraStep } from '../astraweave/actions.ts'
import type { AgentTimes, RunWatcher } from './measured-run.ts'

/** How far one run has come: what a view draws. */
export class Progress implements RunWatcher {
  firstChunkMs: number | undefined
  readonly #agents: Map<AgentId, AgentTimes>
  readonly #onChange: () => void

  constructor(agentIds: readonly AgentId[], onChange: () => void = () => {}) {
    this.#agents = new Map(agentIds.map(agentId => [agentId, { agentId }]))
    this.#onChange = onChange
  }

  get agents(): readonly AgentTimes[] {
    return [...this.#agents.values()]
  }

  firstChunk(atMs: number): void {
    this.firstChunkMs = atMs
    this.#onChange()
  }

  firstStep(agentId: AgentId, step: AstraStep, atMs: number): void {
    this.#agents.set(agentId, { ...this.#agents.get(agentId), agentId, firstStep: { step, atMs } })
    this.#onChange()
  }

  plan(outcome: PlanOutcome<AstraStep>, atMs: number): void {
    const { agentId } = outcome
    this.#agents.set(agentId, { ...this.#agents.get(agentId), agentId, plan: { outcome, atMs } })
    this.#onChange()
  }
}
