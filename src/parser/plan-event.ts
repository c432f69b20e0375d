import type { AgentId, Plan } from '../plan.ts'

/** UTF-16 offsets in the raw reply; `end` is exclusive. */
export interface Span {
  readonly start: number
  readonly end: number
}

export type RejectionCode = 'malformed' | 'invalid' | 'unknown-agent' | 'duplicate-agent' | 'truncated' | 'limit'

/** What a piece of the reply completed. Steps come in order, then their plan; plans never interleave; `end` is last. */
export type PlanEvent<S> =
  | {
      readonly type: 'step'
      readonly planId: string
      readonly agentId: AgentId
      /** The step's place in `plan.steps`. */
      readonly index: number
      readonly step: S
      readonly span: Span
      /** What had to be mended to read it, in words; empty when nothing. */
      readonly repairs: readonly string[]
    }
  | {
      readonly type: 'step-rejected'
      readonly planId: string
      readonly agentId: AgentId
      readonly index: number
      readonly reason: string
      readonly raw: string
      readonly span: Span
    }
  /** Opt-in (`textFields`): what was added to a string field of an open plan. Deltas follow the cuts of the text; joined, they don't. */
  | {
      readonly type: 'text'
      readonly planId: string
      readonly agentId: AgentId
      readonly field: string
      readonly delta: string
    }
  | { readonly type: 'plan'; readonly plan: Plan<S>; readonly span: Span; readonly repairs: readonly string[] }
  | {
      readonly type: 'rejected'
      readonly agentId?: AgentId
      readonly code: RejectionCode
      readonly message: string
      readonly raw: string
      readonly span: Span
    }
  | {
      readonly type: 'end'
      readonly status: 'complete' | 'truncated' | 'empty' | 'limit'
      readonly plans: number
      readonly rejected: number
    }
