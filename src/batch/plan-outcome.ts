import type { LlmErrorCode } from '../errors.ts'
import type { RejectionCode } from '../parser/plan-event.ts'
import type { AgentId, Plan } from '../plan.ts'

/**
 * Who made a plan: the model asked once, the model asked again, the standby that took over when its reply broke, a simpler model,
 * the game's heuristic, or the last resort.
 */
export type Tier = 'model' | 're-ask' | 'takeover' | 'simplified' | 'heuristic' | 'emergency'

/** Why a tier gave no plan. Branch on `code`; `message` is for people. */
export interface AttemptError {
  readonly code: LlmErrorCode | RejectionCode | 'missing' | 'empty-plan' | 'deadline' | 'cancelled' | 'heuristic-failed'
  readonly message: string
}

/** A tier that was tried and gave nothing, and why. */
export interface Attempt {
  readonly tier: Tier
  readonly error: AttemptError
  /** Milliseconds from the end of the attempt before, or from `run()`: queueing included, so that they add up. */
  readonly ms: number
  /** What the model wrote for this agent, capped at 500 characters. */
  readonly raw?: string
}

/** How one request ended: always with a plan that the game can run. */
export interface PlanOutcome<S> {
  readonly agentId: AgentId
  readonly plan: Plan<S>
  readonly tier: Tier
  /** Every tier tried before this one, and why it failed. Empty when the first one answered. */
  readonly attempts: readonly Attempt[]
  /** The model made this plan before, for an equal world: it was not asked again. */
  readonly cached?: true
}
