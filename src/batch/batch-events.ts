import type { EventEmitter } from 'eventemitter3'
import type { RejectionCode } from '../parser/plan-event.ts'
import type { AgentId } from '../plan.ts'
import type { ChosenStrategy } from './choose-strategy.ts'
import type { PlanOutcome } from './plan-outcome.ts'

export interface BatchResult<S> {
  /** In (priority descending, agent id) order. */
  readonly outcomes: readonly PlanOutcome<S>[]
  /** Milliseconds from `run()`, by the injected clock; absent when it never came to that. */
  readonly metrics: {
    readonly firstTextMs?: number
    readonly firstStepMs?: number
    readonly firstPlanMs?: number
    readonly totalMs: number
    readonly modelCalls: number
    /** How many plans were remembered ones; absent when none was. */
    readonly cachedPlans?: number
    readonly promptTokens?: number
    readonly outputTokens?: number
    /** How it was asked for, also when `auto` chose. */
    readonly strategy: ChosenStrategy
  }
}

export interface BatchEvents<S> {
  /** A piece of a reply, as it came. */
  chunk: (event: { readonly text: string; readonly atMs: number }) => void
  /** A step whose closing brace has just arrived; the rest of its plan may still fail. */
  step: (event: {
    readonly planId: string
    readonly agentId: AgentId
    readonly index: number
    readonly step: S
  }) => void
  /** What was added to one of the `textFields` of an open plan. */
  text: (event: {
    readonly planId: string
    readonly agentId: AgentId
    readonly field: string
    readonly delta: string
  }) => void
  /** A step that its action refuses. What becomes of its plan is `onIllegalStep`'s to say, and comes as `outcome` or `rejected`. */
  stepRejected: (event: {
    readonly planId: string
    readonly agentId: AgentId
    readonly index: number
    readonly reason: string
    readonly raw: string
  }) => void
  /** A plan that counts for nothing, or a piece of the reply that was no plan; asked again for, its agent may still get one. */
  rejected: (event: {
    readonly agentId?: AgentId
    readonly code: RejectionCode
    readonly message: string
    readonly raw: string
  }) => void
  outcome: (outcome: PlanOutcome<S>) => void
  end: (result: BatchResult<S>) => void
  /** A listener of the game's threw: reported, not obeyed. */
  listenerError: (error: unknown) => void
}

/**
 * One call of `BatchExecutor.run`. Nothing is emitted before the caller's synchronous turn ends. The iterator replays from the
 * first outcome, in arrival order; several may run. Leaving it only stops listening: `cancel()` or the signal stop the work.
 */
export interface BatchRun<S>
  extends Pick<EventEmitter<BatchEvents<S>>, 'on' | 'once' | 'off'>,
    AsyncIterable<PlanOutcome<S>> {
  /** Never rejects. */
  readonly result: Promise<BatchResult<S>>
  /** Ends one agent's planning, or everybody's: it gets its heuristic or emergency plan at once, its attempts end in 'cancelled'. */
  cancel(agentId?: AgentId): void
}
