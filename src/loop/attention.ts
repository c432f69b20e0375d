import type { AgentState } from './agent-state.ts'
import { ServiceTimes } from './service-times.ts'
import type { SpendGovernor } from './spend-governor.ts'
import { WaitingLine } from './waiting-line.ts'

export interface AttentionOptions {
  readonly maxRunsInFlight: number
  readonly maxBatchAgents: number
  readonly governor?: SpendGovernor | undefined
}

/** What it needs to know of the runs under way. */
export interface RunCounts {
  readonly size: number
  countSince(tick: number): number
}

/**
 * Decides who the model works for next, and who it cannot serve in time. It knows ticks, what waits and what it observed of the
 * model, and no clock: the same ticks give the same batches.
 */
export class Attention<S, W extends object> {
  readonly line = new WaitingLine<S, W>()
  /** From a request's going out until its plan is here… */
  readonly planTicks = new ServiceTimes()
  /** …and until its whole run is over. */
  readonly runTicks = new ServiceTimes()
  readonly #options: AttentionOptions
  #lastStartAt = Number.NEGATIVE_INFINITY

  constructor(options: AttentionOptions) {
    this.#options = options
  }

  observe(): void {
    this.planTicks.settle()
    this.runTicks.settle()
  }

  /**
   * Could the plan of an agent with this many others before it be here before its deadline? Where it would go out at once the
   * answer is yes, however slow the model was: somebody has to find out whether it still is.
   */
  canServe(agent: AgentState<S, W>, ahead: number, runs: RunCounts, now: number): boolean {
    const ticksLeft = (agent.thought?.deadlineAt ?? Number.POSITIVE_INFINITY) - now
    const pause = Math.max(0, agent.coolUntil - now)
    const { maxBatchAgents, maxRunsInFlight, governor } = this.#options
    const runsToGo = Math.floor(ahead / maxBatchAgents) + 1
    const unpaid = governor?.ticksUntil(runsToGo, ahead + 1, now) ?? 0
    if (Math.max(pause, unpaid) >= ticksLeft) return false
    const runsBefore = this.#countBusy(runs, now) + runsToGo - maxRunsInFlight
    const { usual } = this.planTicks
    if (usual === undefined || runsBefore <= 0) return true
    const queueing = (runsBefore * (this.runTicks.usual ?? usual)) / maxRunsInFlight
    return Math.max(pause, unpaid, queueing) + usual <= ticksLeft
  }

  /**
   * Who goes out now, as one run; nobody, when it is not time. `highestPriority`, of all known agents, is asked for when there
   * is not enough left to spend for everybody.
   */
  nextBatch(
    runs: RunCounts,
    now: number,
    highestPriority = () => Number.NEGATIVE_INFINITY,
  ): readonly AgentState<S, W>[] {
    if (this.line.size === 0) return NOBODY
    const { maxBatchAgents, maxRunsInFlight, governor } = this.#options
    const busy = this.#countBusy(runs, now)
    if (busy >= maxRunsInFlight) return NOBODY
    const ready = this.line.countReady(now)
    if (ready === 0 || (ready < maxBatchAgents && now < this.#lastStartAt + this.#gapTicks(busy))) return NOBODY
    const room = governor?.room(now) ?? { all: maxBatchAgents, ordinary: maxBatchAgents }
    const count = Math.min(maxBatchAgents, room.all)
    if (count < 1) return NOBODY
    const scarce = room.ordinary < count
    const batch = this.line.take(count, now, scarce ? { count: room.ordinary, below: highestPriority() } : undefined)
    if (batch.length > 0) this.#lastStartAt = now
    return batch
  }

  /**
   * Runs that take a place. One that takes much longer than usual most likely hangs, and must not keep everybody waiting until
   * its agents' deadlines: it counts no more, but as many hanging ones as there are places take all the same.
   */
  #countBusy(runs: RunCounts, now: number): number {
    const { usual } = this.runTicks
    if (usual === undefined) return runs.size
    const fresh = runs.countSince(now - Math.ceil(HANGS_AFTER * usual))
    return Math.max(fresh, runs.size - this.#options.maxRunsInFlight)
  }

  /**
   * How long after the last run the next one may start, unless it is full. With most runs taken by single agents at once, all
   * others would wait until one of them is over. With half of them taken they start as evenly as they end; the fewer are left, the
   * longer they gather.
   */
  #gapTicks(busy: number): number {
    const { maxRunsInFlight } = this.#options
    return ((this.planTicks.usual ?? 0) / maxRunsInFlight) * (busy / (maxRunsInFlight / 2))
  }
}

/** Times the usual. */
const HANGS_AFTER = 2
const NOBODY: readonly never[] = []
