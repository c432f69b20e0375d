import type { Clock } from '../clock.ts'
import type { Completion } from '../llm/llm-client.ts'
import type { BatchResult } from './batch-events.ts'
import type { ChosenStrategy } from './choose-strategy.ts'

type Metrics = BatchResult<never>['metrics']
type Report = { -readonly [Key in keyof Metrics]: Metrics[Key] }

/** What one run took, counted as it happens. Times are milliseconds since `run()`. */
export class RunMetrics {
  modelCalls = 0
  cachedPlans = 0
  readonly #strategy: ChosenStrategy
  readonly #clock: Clock
  readonly #startedMs: number
  #firstTextMs: number | undefined
  #firstStepMs: number | undefined
  #firstPlanMs: number | undefined
  #promptTokens: number | undefined
  #outputTokens: number | undefined

  constructor(strategy: ChosenStrategy, clock: Clock, startedMs: number) {
    this.#strategy = strategy
    this.#clock = clock
    this.#startedMs = startedMs
  }

  get elapsedMs(): number {
    return this.#clock.now() - this.#startedMs
  }

  // Only the first of each asks for the time, because a reply has as many pieces as tokens.

  text(): void {
    this.#firstTextMs ??= this.elapsedMs
  }

  step(): void {
    this.#firstStepMs ??= this.elapsedMs
  }

  plan(): void {
    this.#firstPlanMs ??= this.elapsedMs
  }

  usage({ promptTokens, outputTokens }: Completion['usage']): void {
    // Absent until somebody counted: 0 would be a claim.
    if (promptTokens !== undefined) this.#promptTokens = (this.#promptTokens ?? 0) + promptTokens
    if (outputTokens !== undefined) this.#outputTokens = (this.#outputTokens ?? 0) + outputTokens
  }

  report(): Metrics {
    const report: Report = { totalMs: this.elapsedMs, modelCalls: this.modelCalls, strategy: this.#strategy }
    if (this.#firstTextMs !== undefined) report.firstTextMs = this.#firstTextMs
    if (this.#firstStepMs !== undefined) report.firstStepMs = this.#firstStepMs
    if (this.#firstPlanMs !== undefined) report.firstPlanMs = this.#firstPlanMs
    if (this.cachedPlans > 0) report.cachedPlans = this.cachedPlans
    if (this.#promptTokens !== undefined) report.promptTokens = this.#promptTokens
    if (this.#outputTokens !== undefined) report.outputTokens = this.#outputTokens
    return report
  }
}
