import type { AnyStep } from '../plan.ts'
import type { AwaitedAgent } from './awaited-agents.ts'
import type { RejectionCode, Span } from './plan-event.ts'
import type { ReadObject } from './read-object.ts'

/** A step as it was read, before anybody asks whether its agent may do that. */
export interface WrittenStep {
  readonly type: 'step'
  readonly read: ReadObject
  readonly raw: string
  readonly span: Span
  readonly repairs: readonly string[]
}

/** Part of a text field. */
export interface WrittenText {
  readonly type: 'text'
  readonly field: string
  readonly delta: string
}

/** A plan between its opening and its closing brace. */
export interface OpenPlan<S extends AnyStep> {
  readonly start: number
  /** Known once a key names an awaited agent; its id is minted then. */
  agent: AwaitedAgent | undefined
  planId: string
  /** A name that is nobody's. */
  stranger: string | undefined
  /** Why nothing more of it is released, and what its end will say. */
  fault: { readonly code: RejectionCode; readonly message: string } | undefined
  /** A step was refused and the policy ends the plan there. */
  ended: boolean
  /** The first refusal, for a plan without any step left. */
  refusal: string | undefined
  readonly steps: S[]
  readonly repairs: string[]
  /** What is held back until its agent is known. */
  readonly waiting: (WrittenStep | WrittenText)[]
  stepsRead: number
}

export function openPlan<S extends AnyStep>(start: number): OpenPlan<S> {
  return {
    start,
    agent: undefined,
    planId: '',
    stranger: undefined,
    fault: undefined,
    ended: false,
    refusal: undefined,
    steps: [],
    repairs: [],
    waiting: [],
    stepsRead: 0,
  }
}
