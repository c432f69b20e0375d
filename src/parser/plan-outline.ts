import { BracketStack, isObject, type Role } from './bracket-stack.ts'
import type { Capture } from './capture.ts'
import { isAgentKey } from './is-agent-key.ts'
import { makeWrapper, type OpenObject, openObject, rawOf } from './open-object.ts'
import { OrphanSteps } from './orphan-steps.ts'
import type { OutlineSink } from './outline-sink.ts'
import { endsWithStepsKey, planInStep } from './plan-in-step.ts'
import { RAW_CHARS } from './raw-chars.ts'
import { readStepsGap } from './steps-gap.ts'
import { nameOf, type WrittenName } from './written-name.ts'

/** Who gets the text that is cut from the capture. */
type Owner = 'nobody' | 'object' | 'gap' | 'step'

const NO_REPAIRS: readonly string[] = []

/**
 * The brackets of a reply as a typed stack, and what each of them holds. A closer that does not match closes down to its
 * partner, and a brace where a key should stand closes what is open up to the list around it: a plan that lost a bracket
 * never swallows the next one.
 */
export class PlanOutline {
  readonly brackets = new BracketStack()
  readonly #capture: Capture
  readonly #sink: OutlineSink
  readonly #maxDepth: number
  readonly #textFields: ReadonlySet<string>
  readonly #strict: boolean
  readonly #objects: OpenObject[] = []
  readonly #orphans: OrphanSteps
  #owner: Owner = 'nobody'
  #key: string | undefined
  #value: WrittenName | undefined
  /** The value of the key that was just read says who the plan is for, or is a text field that has to wait for that. */
  wantsValue = false
  #step = ''
  #stepStart = 0
  #stepRepairs = NO_REPAIRS
  #gap = ''
  #gapStart = 0
  #stepsSeen = 0
  #field = ''
  /** A list of plans was seen. */
  #documentSeen = false
  /** The innermost list is one of steps that has no bracket of its own. */
  bareSteps = false
  /** Where the open plan started, or -1. */
  planStart = -1

  constructor(
    capture: Capture,
    sink: OutlineSink,
    options: { readonly depth: number; readonly strict: boolean; readonly textFields: readonly string[] },
  ) {
    this.#capture = capture
    this.#sink = sink
    this.#orphans = new OrphanSteps(sink)
    this.#maxDepth = options.depth
    this.#strict = options.strict
    this.#textFields = new Set(options.textFields)
  }

  /** No bracket is open; the inside of a string counts as a reply of its own. */
  get outside(): boolean {
    const { top } = this.brackets
    return top === undefined || top === 'string'
  }

  /** Inside a document, as opposed to brackets in prose. */
  get inDocument(): boolean {
    return this.planStart !== -1 || this.brackets.top === 'plan-list'
  }

  /** Only objects belong here, so that quotes in the prose between them open nothing. */
  get listsObjects(): boolean {
    return this.brackets.top === 'plan-list' || this.brackets.top === 'steps'
  }

  /** A string that starts now may hold a whole document: the arguments of a tool call. */
  get holdsDocument(): boolean {
    const { top } = this.brackets
    return (
      (this.#key === 'arguments' || this.#key === 'parameters') &&
      top === 'any-object' &&
      !this.#strict &&
      !this.brackets.includes('string')
    )
  }

  /** The text of the open plan, up to `at`. */
  openRaw(at: number): string {
    this.flush(at)
    const plan = this.#objects.find(object => object.start === this.planStart)
    const open = this.#owner === 'step' ? this.#gap + this.#step : this.#owner === 'gap' ? this.#gap : ''
    return plan ? rawOf(plan, open) : ''
  }

  /** A value string starts: is it a text field of the open plan? */
  startsText(at: number): boolean {
    if (this.#key === undefined || this.brackets.top !== 'plan' || !this.#isText(this.#key)) return false
    this.flush(at)
    this.#field = this.#key
    return true
  }

  /** Most games name no text fields, and then no key is looked up. */
  #isText(key: string): boolean {
    return this.#textFields.size > 0 && this.#textFields.has(key)
  }

  text(escaped: string, last: boolean): void {
    this.#sink.text(this.#field, escaped, last)
  }

  /** A bracket opens. `atValue`: where a value may stand. */
  open(braces: boolean, at: number, atValue: boolean): void {
    const { top } = this.brackets
    switch (top) {
      case 'steps':
        this.#openInSteps(braces, at)
        return
      case 'step':
        if (braces && !atValue) this.#reopen(at)
        else if (!braces && atValue && this.#isPlan(at)) this.#openSteps(at)
        else this.#push(braces ? 'inner-object' : 'inner-list', at)
        return
      case 'inner-object':
        if (braces && !atValue) this.#reopen(at)
        else this.#push(braces ? 'inner-object' : 'inner-list', at)
        return
      case 'inner-list':
        this.#push(braces ? 'inner-object' : 'inner-list', at)
        return
      case 'plan':
        this.#openInPlan(braces, at, atValue)
        return
      case 'any-object':
        this.#openInAnyObject(braces, at, atValue)
        return
      case 'any-list':
      case 'plan-list':
      case 'string':
      case undefined:
        this.flush(at)
        if (braces) this.#openObject(at, '')
        else this.#push('any-list', at)
        return
      default:
        top satisfies never
    }
  }

  #openInAnyObject(braces: boolean, at: number, atValue: boolean): void {
    const object = this.#object
    const key = atValue ? this.#key : undefined
    this.#forgetKey()
    // What names an action is a word: this is the echo of a schema.
    if (key === 'act') object.hasAct = false
    if (!braces && key === 'steps' && !object.wrapper && !object.hasAct) {
      this.flush(at + 1)
      this.#becomePlan(object)
      this.#openSteps(at)
    } else if (object.hasAct) this.#push(braces ? 'inner-object' : 'inner-list', at)
    else if (braces) {
      this.flush(at)
      this.#openObject(at, '')
    } else if (key === 'plans') {
      makeWrapper(object)
      this.#documentSeen = true
      this.#push('plan-list', at)
    } else this.#push('any-list', at)
  }

  #openInPlan(braces: boolean, at: number, atValue: boolean): void {
    const key = atValue ? this.#key : undefined
    this.#forgetKey()
    if (key === 'steps' && !this.#object.hasSteps) {
      this.flush(braces ? at : at + 1)
      this.#openSteps(at)
      if (!braces) return
      this.note('added a missing [')
      this.#object.head += '['
      this.#sink.added('[')
      this.bareSteps = true
      this.#openInSteps(braces, at)
    } else if (braces && !atValue) this.#reopen(at)
    else this.#push(braces ? 'inner-object' : 'inner-list', at)
  }

  #openInSteps(braces: boolean, at: number): void {
    this.flush(at)
    if (!braces) {
      this.#push('inner-list', at)
      return
    }
    this.#readGap(at, false)
    this.#push('step', at)
    this.#owner = 'step'
    this.#step = ''
    this.#stepStart = at
    this.#stepRepairs = NO_REPAIRS
  }

  /** A brace where a key should stand: what is open up to the next list lost its closer, and this starts afresh. */
  #reopen(at: number): void {
    this.#settle(at)
    while (this.brackets.inObject) this.#abandon(at)
    this.open(true, at, true)
  }

  #openObject(at: number, head: string): OpenObject {
    const object = openObject(at, head)
    this.#push('any-object', at)
    this.#objects.push(object)
    this.#owner = 'object'
    return object
  }

  #openSteps(at: number): void {
    this.#push('steps', at)
    this.#object.hasSteps = true
    this.#object.stepsAt = this.#object.head.length
    this.#owner = 'gap'
    this.#gap = ''
    this.#gapStart = at + 1
    this.#stepsSeen = 0
    this.bareSteps = false
  }

  /**
   * A list opens in a step. When it is a list of steps, and no action was named so far, then this is no step but the next plan:
   * the one before lost its closing brackets.
   */
  #isPlan(at: number): boolean {
    const text = this.#capture.take(at + 1)
    this.#step += text
    const found = endsWithStepsKey(text.slice(0, -1)) ? planInStep(`${this.#step}]}`, this.#textFields) : undefined
    if (!found) return false
    const head = this.#step
    const start = this.#stepStart
    const repairs = this.#stepRepairs
    this.brackets.pop()
    this.#owner = 'gap'
    this.#step = ''
    while (this.brackets.top === 'steps' || this.brackets.top === 'plan') this.#abandon(start)
    const object = this.#openObject(start, head)
    object.repairs = repairs
    object.names.push(...found.names)
    object.texts.push(...found.texts)
    this.#becomePlan(object)
    return true
  }

  /** A key can only belong outside a list of steps that has no bracket of its own. */
  leaveBareSteps(at: number): void {
    this.#settle(at)
    this.#abandon(at)
  }

  enterString(at: number): void {
    this.flush(at + 1)
    this.#push('string', at)
  }

  /** The string that held a document ends. */
  leaveString(at: number): void {
    this.#settle(at)
    while (this.brackets.top !== 'string') this.#abandon(at)
    this.#pop()
  }

  /** A bracket closes: the innermost of its kind, and with it all that lost their closers. */
  close(braces: boolean, at: number): void {
    const inside = this.brackets.inObject === braces && !this.outside ? 0 : this.brackets.insidePartner(braces)
    if (inside < 0) {
      this.flush(at)
      this.leaveOut(at + 1, braces ? 'a stray }' : 'a stray ]')
      return
    }
    if (inside > 0) this.#settle(at)
    for (let i = 0; i < inside; i++) this.#abandon(at)
    this.#finish(at, at + 1)
  }

  /** Forgets what was captured since the last cut, and says so. */
  leaveOut(end: number, what: string): void {
    this.#capture.drop(end)
    this.note(`left out ${what}`)
  }

  /** Something about the open step or plan had to be mended. */
  note(repair: string): void {
    if (this.#owner === 'step') this.#stepRepairs = withRepair(this.#stepRepairs, repair)
    else if (this.#owner !== 'nobody') this.#object.repairs = withRepair(this.#object.repairs, repair)
  }

  /** Gives what was captured to whom it belongs. */
  flush(to: number): void {
    const text = this.#capture.take(to)
    if (text !== '') this.#give(text)
  }

  #give(text: string): void {
    switch (this.#owner) {
      case 'step':
        this.#step += text
        break
      case 'gap':
        this.#gap += text
        break
      case 'object':
        if (!this.#object.wrapper) this.#object.head += text
        break
    }
  }

  /** Takes the last characters, up to `at`, back from whom they were given to. */
  takeBack(from: number, at: number): string {
    const captured = this.#capture.take(at)
    if (captured !== '') this.#give(captured)
    const chars = at - from
    let text = ''
    switch (this.#owner) {
      case 'step':
        text = this.#step
        this.#step = text.slice(0, -chars)
        break
      case 'gap':
        text = this.#gap
        this.#gap = text.slice(0, -chars)
        break
      case 'object':
        // Between the plans nobody keeps it.
        text = this.#object.wrapper ? captured : this.#object.head
        if (!this.#object.wrapper) this.#object.head = text.slice(0, -chars)
        break
      case 'nobody':
        text = captured
    }
    return text.slice(-chars)
  }

  /** Gives back what was taken. */
  giveBack(text: string): void {
    this.#give(text)
  }

  /** A key was read. */
  setKey(key: string): void {
    const object = this.#object
    object.keys++
    this.#key = key
    this.#value = undefined
    this.wantsValue = isAgentKey(key) || (this.brackets.top === 'any-object' && this.#isText(key))
    if (key === 'act' && this.brackets.top === 'any-object') object.hasAct = true
    if (key === 'steps' && object.hasSteps) this.note('left out a second list of steps')
  }

  /** The value that was wanted, or a bare word: as it was written, without its quotes. */
  setValue(written: string, quoted: boolean): void {
    this.#value = { written, quoted }
  }

  /** A value ends, in an object whose keys matter. */
  endValue(at: number): void {
    const key = this.#key
    const value = this.#value
    const wanted = this.wantsValue
    this.#forgetKey()
    if (key === undefined || value === undefined || !wanted) return
    this.flush(at)
    const object = this.#object
    if (object.wrapper) return
    if (!isAgentKey(key)) {
      if (value.quoted) object.texts.push([key, value.written])
    } else if (this.brackets.top === 'plan') this.#sink.named(key, value)
    else {
      object.names.push([key, value])
      // An id alone may be anything: that of a tool call, for one.
      if (key !== 'id' && !object.hasAct && nameOf(value) !== undefined) this.#becomePlan(object)
    }
  }

  #forgetKey(): void {
    this.#key = undefined
    this.#value = undefined
    this.wantsValue = false
  }

  #becomePlan(object: OpenObject): void {
    this.#orphans.report()
    for (const outer of this.#objects) if (outer !== object) makeWrapper(outer)
    if (this.brackets.around(1) === 'any-list') this.brackets.turnInto('plan-list', 1)
    this.brackets.turnInto('plan')
    this.planStart = object.start
    this.#sink.planOpened(object.start, this.#asAskedFor())
    for (const [key, value] of object.names) this.#sink.named(key, value)
    this.#sink.planBegun(object.head)
    for (const [field, escaped] of object.texts) this.#sink.text(field, escaped, true)
  }

  /** `{"plans":[{…` and nothing else around the plan. */
  #asAskedFor(): boolean {
    const { brackets } = this
    return (
      this.#documentSeen && brackets.depth === 3 && brackets.around(1) === 'plan-list' && this.#objects.length === 2
    )
  }

  /** Closes the innermost bracket, by the closer at `at`. */
  #finish(at: number, end: number): void {
    const { top } = this.brackets
    switch (top) {
      case 'step':
        this.flush(end)
        this.#closeStep(end)
        return
      case 'steps':
        this.flush(at)
        this.#closeSteps(at)
        return
      case 'plan':
      case 'any-object':
        this.flush(end)
        this.#closeObject(end)
        return
      case 'any-list':
      case 'plan-list':
        this.flush(end)
        this.#orphans.report()
        this.#pop()
        return
      default:
        this.#pop()
    }
  }

  /** Gives everything before `at` to whom it belongs, so that brackets can be closed that have no closer in the text. */
  #settle(at: number): void {
    if (this.brackets.readsKeys) this.endValue(at)
    this.flush(at)
  }

  /** Closes the innermost bracket, which lost its closer, right before `at`. */
  #abandon(at: number): void {
    const { top } = this.brackets
    if (top === undefined) return
    const closer = isObject(top) ? '}' : ']'
    if (top !== 'steps' || !this.bareSteps) this.note(`added a missing ${closer}`)
    switch (top) {
      case 'step':
        this.#step += closer
        this.#sink.added(closer)
        this.#closeStep(at)
        return
      case 'steps': {
        // Without a bracket of its own, the comma after it is not one between steps.
        const comma = this.bareSteps ? this.#gap : ''
        if (this.bareSteps) this.#gap = ''
        this.#closeSteps(at)
        this.#object.head += closer + comma
        this.#sink.added(closer + comma)
        return
      }
      case 'plan':
      case 'any-object':
        this.#object.head += closer
        this.#sink.added(closer)
        this.#closeObject(at)
        return
      case 'any-list':
      case 'plan-list':
        this.#orphans.report()
        this.#pop()
        return
      default:
        this.#give(closer)
        this.#sink.added(closer)
        this.#pop()
    }
  }

  #closeStep(end: number): void {
    const text = this.#step
    this.#list(text)
    this.#pop()
    this.#owner = 'gap'
    this.#gap = ''
    this.#gapStart = end
    this.#step = ''
    this.#stepsSeen++
    this.#sink.step(text, this.#stepStart, end, this.#stepRepairs)
  }

  #closeSteps(at: number): void {
    this.#readGap(at, true)
    this.#pop()
    this.#owner = 'object'
    this.bareSteps = false
  }

  /** Keeps the text of the steps, for the report of a refused plan. */
  #list(text: string): void {
    const object = this.#object
    if (object.listed.length < RAW_CHARS) object.listed += text
  }

  /** What stands before the next step, or before the end of the steps. */
  #readGap(at: number, last: boolean): void {
    const gap = this.#gap
    const commas = this.#stepsSeen > 0 && !last ? 1 : 0
    this.#gap = ''
    this.#list(gap)
    if (gap === (commas === 1 ? ',' : '')) return
    const { repairs, stray } = readStepsGap(gap, commas)
    for (const repair of repairs) this.note(repair)
    if (stray === undefined) return
    this.#stepsSeen++
    this.#sink.strayStep(stray, this.#gapStart, at)
  }

  /** A plan, or an object that never became one. */
  #closeObject(end: number): void {
    const object = this.#object
    const isPlan = this.brackets.top === 'plan'
    this.#pop()
    this.#objects.pop()
    this.#owner = this.#objects.length > 0 ? 'object' : 'nobody'
    if (isPlan) {
      this.planStart = -1
      this.#sink.planClosed(object, end)
    } else if (object.hasAct) {
      this.#orphans.add(object.head, object.start, end)
      this.note('left out a step without an agent')
    } else if (this.brackets.top === 'plan-list' && !object.wrapper) {
      const raw = object.head.slice(0, RAW_CHARS)
      this.#sink.notAPlan('an element without agent and steps', raw, object.start, end)
    } else if (this.#objects.length > 0) this.#give(object.head)
  }

  /** The reply is over. True when something was left open that is more than prose. */
  end(at: number): boolean {
    this.#orphans.report()
    if (this.brackets.depth === 0) return false
    this.flush(at)
    const object = this.#objects.at(-1)
    const inList = this.brackets.includes('plan-list')
    if (this.planStart !== -1) this.#sink.planCut(this.openRaw(at), at)
    else if (object && !object.wrapper && inList)
      this.#sink.elementCut(object.head.slice(0, RAW_CHARS), object.start, at)
    return this.#documentSeen || inList || this.planStart !== -1 || (object !== undefined && object.keys > 0)
  }

  get #object(): OpenObject {
    const object = this.#objects[this.#objects.length - 1]
    if (!object) throw new Error('no object is open')
    return object
  }

  #push(role: Role, at: number): void {
    this.brackets.push(role)
    if (this.brackets.depth > this.#maxDepth) this.#sink.tooDeep(at)
  }

  #pop(): void {
    this.brackets.pop()
    if (this.#key !== undefined) this.#forgetKey()
  }
}

function withRepair(repairs: readonly string[], repair: string): readonly string[] {
  return repairs.includes(repair) ? repairs : [...repairs, repair]
}
