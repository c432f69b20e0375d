import type { StepTexts } from './step-texts.ts'
import type { WrittenName } from './written-name.ts'

/** An object that is a plan or may become one. */
export interface OpenObject {
  readonly start: number
  /** Its text without the steps, as far as it was cut from the capture. */
  head: string
  /** Its steps and what stands between them, once it has a list of them, and where in the head they belong. */
  listed: StepTexts | undefined
  stepsAt: number
  /** Values of keys that name an agent, and text fields, seen before it was known to be a plan. */
  names: WrittenName[] | undefined
  texts: [field: string, escaped: string][] | undefined
  /** A wrapper, which holds plans and is none. */
  wrapper: boolean
  /** What had to be mended outside its steps. */
  repairs: readonly string[]
  hasSteps: boolean
  /** Written as calls, with nothing beside its steps. */
  isCalls: boolean
  hasAct: boolean
  /** How many keys it has so far. */
  keys: number
}

export function openObject(start: number, head: string): OpenObject {
  return {
    start,
    head,
    listed: undefined,
    stepsAt: 0,
    names: undefined,
    texts: undefined,
    wrapper: false,
    repairs: [],
    hasSteps: false,
    isCalls: false,
    hasAct: false,
    keys: 0,
  }
}

/** It holds plans and is none: its own text is nobody's. */
export function makeWrapper(object: OpenObject): void {
  object.wrapper = true
  object.head = ''
}

/** As it was written, steps included; `open` is the part of the steps that is not closed yet. */
export function rawOf(object: OpenObject, open = ''): string {
  const { head, listed, stepsAt } = object
  return head.slice(0, stepsAt) + (listed?.joined() ?? '') + open + head.slice(stepsAt)
}
