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
  /**
   * Opt-in (`fields`): a scalar of a plan that is still open, as soon as it is complete, as the model wrote it: nothing of it
   * was validated, and the plan may yet be refused. All fields come before the event of the step or plan that they stand in;
   * where the plan stops being JSON, no more of its fields come.
   */
  | {
      readonly type: 'field'
      /** Left out while the plan has not named its agent. */
      readonly agentId?: AgentId
      /** From the plan's own braces: `['steps', 0, 'x']`, where 0 counts what the model wrote. */
      readonly path: readonly (string | number)[]
      readonly value: string | number | boolean | null
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
