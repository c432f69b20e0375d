import type { OpenText } from './open-text.ts'
import type { OutlineSink } from './outline-sink.ts'
import { mayEndWithStepsKey } from './plan-in-step.ts'
import { StepTexts } from './step-texts.ts'
import { readStepsGap } from './steps-gap.ts'

/** How often in one step it is asked whether that is a plan: each time costs the text of the step. */
const MOST_LISTS = 4

/** The steps of the open plan, and what stands between them. */
export class StepList {
  readonly #text: OpenText
  readonly #sink: OutlineSink
  readonly #texts = new StepTexts()
  /** It has no bracket of its own. */
  isBare = false
  /** Where the open step started. */
  stepStart = 0
  #gapStart = 0
  #seen = 0
  /** How many braces too many opened the last step. */
  #extra = 0
  /** How many lists that may be steps the open step had. */
  #lists = 0

  constructor(text: OpenText, sink: OutlineSink) {
    this.#text = text
    this.#sink = sink
  }

  open(at: number): void {
    const { object } = this.#text
    object.hasSteps = true
    object.stepsAt = object.head.length
    object.listed = this.#texts
    this.#texts.clear()
    this.#text.startGap()
    this.#gapStart = at + 1
    this.#seen = 0
    this.isBare = false
  }

  openStep(at: number): void {
    this.#readGap(at, false)
    this.#text.startStep()
    this.stepStart = at
    this.#extra = 0
    this.#lists = 0
  }

  /** A list opens in the open step. Should it be asked whether it is the list of a plan's steps? */
  listMayBeSteps(at: number): boolean {
    return mayEndWithStepsKey(this.#text.flush(at)) && ++this.#lists <= MOST_LISTS
  }

  /** A brace in a step where a key should stand: right after the one that opened it, it is one too many, as is its closer. */
  leavesOutBrace(at: number): boolean {
    this.#text.flush(at)
    if (this.#text.step.trimEnd() !== '{') return false
    this.#extra++
    this.#text.leaveOut(at + 1, 'an extra {')
    return true
  }

  /** A closing brace right after a step. */
  leavesOutCloser(at: number): boolean {
    if (this.#extra === 0 || this.#text.flush(at).trim() !== '' || this.#text.gap.trim() !== '') return false
    this.#extra--
    this.#text.leaveOut(at + 1, 'an extra }')
    return true
  }

  closeStep(end: number, hasLongKey: boolean): void {
    const { step, stepRepairs } = this.#text
    this.#texts.add(step)
    this.#text.startGap()
    this.#gapStart = end
    this.#seen++
    // Where a quote was added, keys look shorter than they are.
    this.#sink.step(step, this.stepStart, end, stepRepairs, hasLongKey || stepRepairs.length > 0)
  }

  close(at: number): void {
    this.#readGap(at, true)
    this.#text.owner = 'object'
    this.isBare = false
  }

  /** What stands before the next step, or before the end of the steps. */
  #readGap(at: number, last: boolean): void {
    const { gap } = this.#text
    const commas = this.#seen > 0 && !last ? 1 : 0
    this.#text.gap = ''
    this.#texts.add(gap)
    if (gap === (commas === 1 ? ',' : '')) return
    const { repairs, stray } = readStepsGap(gap, commas)
    for (const repair of repairs) this.#text.note(repair)
    if (stray === undefined) return
    this.#seen++
    this.#sink.strayStep(stray, this.#gapStart, at)
  }
}
