/** The game's own name for an agent: any string, echoed as it is, never a position. */
export type AgentId = string

/** A step names its action; its other fields are that action's arguments. */
export interface AnyStep {
  readonly act: string
}

/** What one agent is going to do. */
export interface Plan<S> {
  /** Minted by planweave, never read from the model: `${runId}/${agentId}/${attempt}`. */
  readonly planId: string
  readonly agentId: AgentId
  readonly steps: readonly S[]
  /** Everything else that the model wrote beside the steps, such as `say` or `reasoning`. Untrusted. */
  readonly notes: Readonly<Record<string, unknown>>
}

/** The one way to write a plan's id, so that ids of the model's plans and of fallback plans never meet. */
export function planIdOf(runId: string, agentId: AgentId, attempt: number): string {
  return `${runId}/${agentId}/${attempt}`
}

/** How a model writes its plans: as a JSON document, or a line of calls for each. */
export type AnswerForm = 'json' | 'compact'
