import type { Actions } from '../actions.ts'
import type { BatchRun } from '../batch/batch-events.ts'
import type { PlanOutcome } from '../batch/plan-outcome.ts'
import type { AnyStep } from '../plan.ts'
import type { PlanRequest } from '../world.ts'

/** What the planner needs of a `BatchExecutor`; whatever wraps one fits as well. */
export interface PlanMaker<S extends AnyStep, W extends object> {
  /** The registry that the executor's plans are made of: each step is checked by it before it is issued. */
  readonly actions: Actions<S, W>
  run(requests: readonly PlanRequest<W>[]): BatchRun<S>
  /** A plan without a model, at once. Each one has a `planId` of its own, or a late `settle` could hit the wrong step. */
  fallback(request: PlanRequest<W>): PlanOutcome<S>
}
