import type { BatchRun } from '../batch/batch-events.ts'
import type { PlanOutcome } from '../batch/plan-outcome.ts'
import type { AgentId } from '../plan.ts'
import type { PlanTrack } from './plan-track.ts'

/** The steps of a plan that the model is still writing. */
export interface Draft<S> {
  readonly planId: string
  readonly steps: S[]
}

/** One agent's request, from the tick that took it up until its plan is here or given up. Times are in calls of `tick()`. */
export class Thought<S> {
  readonly agentId: AgentId
  readonly deadlineAt: number
  /** The deadline is one tick away: from now on it is watched whether the event loop gets a turn. */
  #watched = false
  #turnPassed = false
  /** `expired`: its deadline is over and it was cancelled; what it still brings is dropped. */
  state: 'waiting' | 'sent' | 'expired' = 'waiting'
  sentAt = 0
  run: BatchRun<S> | undefined
  /** What arrived since the tick that last looked; only in `eager`. */
  draft: Draft<S> | undefined
  outcome: PlanOutcome<S> | undefined
  /** The draft as the agent got it. */
  shown: PlanTrack<S> | undefined
  #texts: Map<string, string> | undefined

  constructor(agentId: AgentId, deadlineAt: number) {
    this.agentId = agentId
    this.deadlineAt = deadlineAt
  }

  /**
   * Is the deadline over? A game that catches up calls `tick()` many times in a row, and nothing can arrive in between: so it
   * is over only once the event loop had a turn since the tick before the deadline.
   */
  isOverdue(now: number): boolean {
    this.watchDeadline(now)
    return now >= this.deadlineAt && this.#turnPassed
  }

  watchDeadline(now: number): void {
    if (this.#watched || now < this.deadlineAt - 1) return
    this.#watched = true
    queueMicrotask(() => {
      this.#turnPassed = true
    })
  }

  /** When `isOverdue` is to be asked next. */
  nextLookAt(now: number): number {
    if (this.state === 'expired') return Number.POSITIVE_INFINITY
    return Math.max(now + 1, this.#watched ? this.deadlineAt : this.deadlineAt - 1)
  }

  addStep(planId: string, step: S): void {
    // Another plan of the same agent: the model was asked again, and starts over.
    if (this.draft?.planId !== planId) this.draft = { planId, steps: [] }
    this.draft.steps.push(step)
  }

  addText(field: string, delta: string): void {
    this.#texts ??= new Map()
    this.#texts.set(field, (this.#texts.get(field) ?? '') + delta)
  }

  takeTexts(): ReadonlyMap<string, string> | undefined {
    const texts = this.#texts
    this.#texts = undefined
    return texts
  }
}
