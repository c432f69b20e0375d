import type { Capture } from './capture.ts'
import { type OpenObject, rawOf } from './open-object.ts'

const NO_REPAIRS: readonly string[] = []

/** The text of what is open, cut from the capture and given to whom it belongs; and what had to be mended in it. */
export class OpenText {
  readonly #capture: Capture
  /** Objects that are plans or may become some, innermost last. */
  readonly objects: OpenObject[] = []
  /** Who gets the text: a step, what stands between the steps, or the innermost object. */
  owner: 'nobody' | 'object' | 'gap' | 'step' = 'nobody'
  step = ''
  stepRepairs = NO_REPAIRS
  gap = ''

  constructor(capture: Capture) {
    this.#capture = capture
  }

  /** The innermost object; asked only when there is one. */
  get object(): OpenObject {
    const object = this.objects[this.objects.length - 1]
    if (!object) throw new Error('no object is open')
    return object
  }

  startStep(): void {
    this.owner = 'step'
    this.step = ''
    this.stepRepairs = NO_REPAIRS
  }

  startGap(): void {
    this.owner = 'gap'
    this.step = ''
    this.gap = ''
  }

  /** Gives what was captured to whom it belongs, and returns it. */
  flush(to: number): string {
    const text = this.#capture.take(to)
    if (text !== '') this.give(text)
    return text
  }

  give(text: string): void {
    switch (this.owner) {
      case 'step':
        this.step += text
        break
      case 'gap':
        this.gap += text
        break
      case 'object':
        if (!this.object.wrapper) this.object.head += text
        break
    }
  }

  /** Takes the last characters, up to `at`, back from whom they were given to. */
  takeBack(from: number, at: number): string {
    const captured = this.flush(at)
    const chars = at - from
    let text = ''
    switch (this.owner) {
      case 'step':
        text = this.step
        this.step = text.slice(0, -chars)
        break
      case 'gap':
        text = this.gap
        this.gap = text.slice(0, -chars)
        break
      case 'object':
        // Between the plans nobody keeps it.
        text = this.object.wrapper ? captured : this.object.head
        if (!this.object.wrapper) this.object.head = text.slice(0, -chars)
        break
      case 'nobody':
        text = captured
    }
    return text.slice(-chars)
  }

  /** Forgets what was captured since the last cut, and says so. */
  leaveOut(end: number, what: string): void {
    this.#capture.drop(end)
    this.note(`left out ${what}`)
  }

  /** Something about the open step or plan had to be mended. */
  note(repair: string): void {
    if (this.owner === 'step') this.stepRepairs = withRepair(this.stepRepairs, repair)
    else if (this.owner !== 'nobody') this.object.repairs = withRepair(this.object.repairs, repair)
  }

  /** The open plan that started there, as far as it was written. */
  rawFrom(start: number): string {
    const plan = this.objects.find(object => object.start === start)
    const open = this.owner === 'step' ? this.step : this.owner === 'gap' ? this.gap : ''
    return plan ? rawOf(plan, open) : ''
  }
}

function withRepair(repairs: readonly string[], repair: string): readonly string[] {
  return repairs.includes(repair) ? repairs : [...repairs, repair]
}
