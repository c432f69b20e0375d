import type { Clock } from '../clock.ts'

/** How much one `Planner.tick` may do. What is left out comes first in the next tick. */
export interface TickBudget {
  /** Directives of any type. @defaultValue no limit */
  readonly maxDirectives?: number
  /** Plans that begin in this tick, the model's and the heuristic's alike: each may cost the game a path to find. @defaultValue no limit */
  readonly maxPlans?: number
  /**
   * Microseconds; looked at between agents, of whom at least one is served. Needs the planner's `clock`, and makes a tick's
   * content depend on the machine: such a game does not replay. @defaultValue no limit
   */
  readonly maxMicros?: number
}

/** What is left of one tick's budget. */
export class TickSpending {
  #directives: number
  #plans: number
  readonly #clock: Clock | undefined
  readonly #endsAtMs: number
  readonly #report: (error: unknown) => void

  /** `report` hears of a clock that throws, by which no time is left. */
  constructor(budget: TickBudget | undefined, clock: Clock | undefined, report: (error: unknown) => void) {
    this.#report = report
    this.#directives = budget?.maxDirectives ?? Number.POSITIVE_INFINITY
    this.#plans = budget?.maxPlans ?? Number.POSITIVE_INFINITY
    this.#clock = budget?.maxMicros === undefined ? undefined : clock
    this.#endsAtMs = this.#clock ? this.#now(this.#clock) + (budget?.maxMicros ?? 0) / 1000 : Number.POSITIVE_INFINITY
  }

  get directiveLeft(): boolean {
    return this.#directives >= 1
  }

  get planLeft(): boolean {
    return this.#plans >= 1
  }

  get timeLeft(): boolean {
    return this.#clock === undefined || this.#now(this.#clock) < this.#endsAtMs
  }

  /** Not earlier than anything where there is none. */
  #now(clock: Clock): number {
    try {
      return clock.now()
    } catch (error) {
      this.#report(error)
      return Number.NaN
    }
  }

  takeDirective(): void {
    this.#directives -= 1
  }

  takePlan(): void {
    this.#plans -= 1
  }
}
