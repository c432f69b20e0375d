import type { Completion } from '../llm/llm-client.ts'
import type { BatchResult } from './batch-events.ts'
import type { ChosenStrategy } from './choose-strategy.ts'

/** What one run took, counted as it happens. Times are milliseconds since `run()`. */
export class RunMetrics {
  modelCalls = 0
  cachedPlans = 0
  readonly #strategy: ChosenStrategy
  #firstTextMs: number | undefined
  #firstStepMs: number | undefined
  #firstPlanMs: number | undefined
  #promptTokens: number | undefined
  #outputTokens: number | undefined

  constructor(strategy: ChosenStrategy) {
    this.#strategy = strategy
  }

  text(atMs: number): void {
    this.#firstTextMs ??= atMs
  }

  step(atMs: number): void {
    this.#firstStepMs ??= atMs
  }

  plan(atMs: number): void {
    this.#firstPlanMs ??= atMs
  }

  usage({ promptTokens, outputTokens }: Completion['usage']): void {
    // Absent until somebody counted: 0 would be a claim.
    if (promptTokens !== undefined) this.#promptTokens = (this.#promptTokens ?? 0) + promptTokens
    if (outputTokens !== undefined) this.#outputTokens = (this.#outputTokens ?? 0) + outputTokens
  }

  report(totalMs: number): BatchResult<never>['metrics'] {
    return {
      ...(this.#firstTextMs !== undefined && { firstTextMs: this.#firstTextMs }),
      ...(this.#firstStepMs !== undefined && { firstStepMs: this.#firstStepMs }),
      ...(this.#firstPlanMs !== undefined && { firstPlanMs: this.#firstPlanMs }),
      totalMs,
      modelCalls: this.modelCalls,
      ...(this.cachedPlans > 0 && { cachedPlans: this.cachedPlans }),
      ...(this.#promptTokens !== undefined && { promptTokens: this.#promptTokens }),
      ...(this.#outputTokens !== undefined && { outputTokens: this.#outputTokens }),
      strategy: this.#strategy,
    }
  }
}
