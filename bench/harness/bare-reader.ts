/**
 * The least that any program must do to have steps and plans early: look at each character once, `JSON.parse` each step at its
 * closing brace, and the plan around them, without them, at its own. It knows the one shape `{"plans":[{…,"steps":[{…}],…}]}`
 * with no other lists of objects in a plan, checks nothing and survives nothing. Without `onStep` it does not look at steps, and
 * each plan is parsed whole.
 */
export class BareReader {
  readonly #onStep: ((step: unknown) => void) | undefined
  readonly #onPlan: (plan: unknown) => void
  #depth = 0
  #inString = false
  #escaped = false
  /** Between the first step and the end of its list: only the steps themselves are kept. */
  #amongSteps = false
  /** What is open and has to be kept: a step, or the plan around the steps. */
  #open = ''
  #head = ''
  #steps: unknown[] = []

  constructor(onStep: ((step: unknown) => void) | undefined, onPlan: (plan: unknown) => void) {
    this.#onStep = onStep
    this.#onPlan = onPlan
  }

  push(chunk: string): void {
    // Fields are read once and written once for each chunk: in the loop they would be the greater part of its cost.
    const stepDepth = this.#onStep ? STEP_DEPTH : NEVER
    let depth = this.#depth
    let inString = this.#inString
    let escaped = this.#escaped
    let start = 0
    for (let i = 0; i < chunk.length; i++) {
      const code = chunk.charCodeAt(i)
      if (inString) {
        if (escaped) escaped = false
        else if (code === BACKSLASH) escaped = true
        else if (code === QUOTE) inString = false
      } else if (code === QUOTE) inString = true
      else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
        depth++
        if (depth === PLAN_DEPTH) start = i
        else if (depth === stepDepth && code === OPEN_BRACE) {
          if (!this.#amongSteps) this.#head = this.#open + chunk.slice(start, i)
          this.#amongSteps = true
          this.#open = ''
          start = i
        }
      } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
        if (depth === stepDepth && code === CLOSE_BRACE) {
          this.#closeStep(this.#open + chunk.slice(start, i + 1))
          start = i + 1
        } else if (depth === LIST_DEPTH && this.#amongSteps) {
          this.#amongSteps = false
          this.#open = ''
          start = i
        } else if (depth === PLAN_DEPTH) {
          this.#closePlan(this.#open + chunk.slice(start, i + 1))
          start = i + 1
        }
        depth--
      }
    }
    if (depth >= PLAN_DEPTH) this.#open += chunk.slice(start)
    this.#depth = depth
    this.#inString = inString
    this.#escaped = escaped
  }

  #closeStep(text: string): void {
    const step: unknown = JSON.parse(text)
    this.#steps.push(step)
    this.#open = ''
    this.#onStep?.(step)
  }

  #closePlan(rest: string): void {
    const plan = JSON.parse(this.#head + rest)
    if (this.#steps.length > 0) {
      plan.steps = this.#steps
      this.#steps = []
    }
    this.#open = ''
    this.#head = ''
    this.#onPlan(plan)
  }
}

const PLAN_DEPTH = 3
const LIST_DEPTH = 4
const STEP_DEPTH = 5
/** No depth, and a small integer as they are: one number of another kind would slow every comparison down. */
const NEVER = -1
const QUOTE = 34
const OPEN_BRACKET = 91
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
