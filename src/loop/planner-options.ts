import type { Clock } from '../clock.ts'
import type { AnyStep } from '../plan.ts'
import type { PlanRequest } from '../world.ts'
import type { PlanMaker } from './plan-maker.ts'
import type { SpendCaps } from './spend-governor.ts'

/** What an agent asks of the planner. Times are in ticks, never in milliseconds. */
export type PlannerRequest<W extends object> = Omit<PlanRequest<W>, 'deadlineMs'> & {
  /** Counted from the tick after the request. @defaultValue the planner's */
  readonly deadlineTicks?: number
}

/** Ticks are calls of `tick()`, whatever numbers they carry: a clock that is set back, or jumps, changes no deadline. */
export interface PlannerOptions<S extends AnyStep, W extends object> {
  /** A `BatchExecutor`, or what wraps one. */
  readonly executor: PlanMaker<S, W>
  /**
   * A request without a plan after this many ticks is cancelled; the agent goes on by heuristic. One that, by what was observed
   * so far, would have to wait too long is refused at once. @defaultValue 600
   */
  readonly deadlineTicks?: number
  /**
   * `atomic`: a plan starts once all of it is here. `eager`: it starts with its first step, while the model writes on; if it
   * fails afterwards there is a `revoked` directive. @defaultValue 'atomic'
   */
  readonly execution?: 'atomic' | 'eager'
  /** What becomes of the running step of a revoked plan: it goes on, or the agent does something else at once. @defaultValue 'finish-step' */
  readonly onPlanFailed?: 'finish-step' | 'stop'
  /** A plan that could start only more than this many ticks after it was asked for is dropped as `stale`. @defaultValue no limit */
  readonly maxAgeTicks?: number
  /**
   * An agent whose plan was dropped as `stale` or `illegal-now` asks again by itself: in the next tick, then after this many
   * ticks, then twice, four, eight and sixteen times as many, until a plan of the model's is done to its end. In the same way,
   * an agent whom the model fails twice in a row is not asked for during so many ticks, and a request for it waits so long.
   * @defaultValue 60
   */
  readonly coolDownTicks?: number
  /**
   * Runs under way at once: as many as the server has slots. What is requested meanwhile waits, by priority and waiting time;
   * every fourth place goes to whoever waits the longest. Runs that hang are replaced by up to as many more, if the executor's
   * `concurrency` has room for them. @defaultValue 4
   */
  readonly maxRunsInFlight?: number
  /** Agents in one run. With more than fit into one prompt, the last of them wait longer than they need to. @defaultValue 10 */
  readonly maxBatchAgents?: number
  /**
   * What the model may cost. When it is used up, those of the lowest priority are `refused` first, and everybody acts by heuristic
   * until there is something left. @defaultValue no caps
   */
  readonly spend?: SpendCaps
  /** Needed for `TickBudget.maxMicros`, and for nothing else. */
  readonly clock?: Clock
  /**
   * Hears what an executor threw against its own promise: the agents concerned act by the floor until their deadline. And what the
   * `clock` threw: there was no time left in that tick.
   */
  readonly onError?: (error: unknown) => void
}

/** @throws RangeError unless it is a number above 0; `Infinity` is one. */
export function positive(name: string, value: number): number {
  if (!(value > 0)) throw new RangeError(`${name} must be above 0, not ${value}`)
  return Math.ceil(value)
}
