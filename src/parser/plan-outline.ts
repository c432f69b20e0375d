import { BracketStack, isObject, type Role } from './bracket-stack.ts'
import type { Capture } from './capture.ts'
import { makeWrapper, type OpenObject, openObject } from './open-object.ts'
import { OpenText } from './open-text.ts'
import { OrphanSteps } from './orphan-steps.ts'
import type { OutlineSink } from './outline-sink.ts'
import { planInStep } from './plan-in-step.ts'
import { PlanKeys } from './plan-keys.ts'
import { RAW_CHARS } from './raw-chars.ts'
import { StepList } from './step-list.ts'

/**
 * The brackets of a reply as a typed stack, and what each of them holds. A closer that does not match closes down to its
 * partner, and a brace where a key should stand closes what is open up to the list around it: a plan that lost a bracket
 * never swallows the next one.
 */
export class PlanOutline {
  readonly brackets = new BracketStack()
  readonly text: OpenText
  readonly steps: StepList
  readonly keys: PlanKeys
  readonly #sink: OutlineSink
  readonly #maxDepth: number
  readonly #textFields: ReadonlySet<string>
  readonly #orphans: OrphanSteps
  /** A list of plans was seen. */
  #documentSeen = false
  /** Where the open plan started, or -1. */
  planStart = -1

  constructor(
    capture: Capture,
    sink: OutlineSink,
    options: { readonly depth: number; readonly strict: boolean; readonly textFields: readonly string[] },
  ) {
    this.text = new OpenText(capture)
    this.steps = new StepList(this.text, sink)
    this.#sink = sink
    this.#orphans = new OrphanSteps(sink)
    this.#maxDepth = options.depth
    this.#textFields = new Set(options.textFields)
    const { strict } = options
    const keysOptions = { strict, textFields: this.#textFields }
    this.keys = new PlanKeys(this.brackets, this.text, sink, keysOptions, object => this.#becomePlan(object))
  }

  /** No bracket is open; the inside of a string counts as a reply of its own. */
  get outside(): boolean {
    const { top } = this.brackets
    return top === 'outside' || top === 'string'
  }

  /** Inside a document, as opposed to brackets in prose. */
  get inDocument(): boolean {
    return this.planStart !== -1 || this.brackets.top === 'plan-list'
  }

  /** Only objects belong here, so that quotes in the prose between them open nothing. */
  get listsObjects(): boolean {
    return this.brackets.top === 'plan-list' || this.brackets.top === 'steps'
  }

  /** The text of the open plan, up to `at`. */
  openRaw(at: number): string {
    this.text.flush(at)
    return this.text.rawFrom(this.planStart)
  }

  /** A bracket opens. `atValue`: where a value may stand. */
  open(braces: boolean, at: number, atValue: boolean): void {
    const { top } = this.brackets
    switch (top) {
      case 'steps':
        this.#openInSteps(braces, at)
        return
      case 'step':
        if (braces && !atValue) {
          if (!this.steps.leavesOutBrace(at)) this.#reopen(at)
        } else if (!braces && atValue && this.#isPlan(at)) this.#openSteps(at)
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
      case 'outside':
        this.text.flush(at)
        if (braces) this.#openObject(at, '')
        else this.#push('any-list', at)
        return
      default:
        top satisfies never
    }
  }

  /** A list opens in an object of a document, but no value may stand there. */
  leavesOutBracket(at: number): boolean {
    if (!this.brackets.inObject || this.planStart === -1) return false
    this.text.flush(at)
    this.text.leaveOut(at + 1, 'a stray [')
    return true
  }

  #openInAnyObject(braces: boolean, at: number, atValue: boolean): void {
    const object = this.text.object
    const taken = this.keys.take()
    const key = atValue ? taken : undefined
    // What names an action is a word: this is the echo of a schema.
    if (key === 'act') object.hasAct = false
    if (!braces && key === 'steps' && !object.wrapper && !object.hasAct) {
      this.text.flush(at + 1)
      this.#becomePlan(object)
      this.#openSteps(at)
    } else if (object.hasAct) this.#push(braces ? 'inner-object' : 'inner-list', at)
    else if (braces) {
      this.text.flush(at)
      this.#openObject(at, '')
    } else if (key === 'plans') {
      makeWrapper(object)
      this.#documentSeen = true
      this.#push('plan-list', at)
    } else this.#push('any-list', at)
  }

  #openInPlan(braces: boolean, at: number, atValue: boolean): void {
    const taken = this.keys.take()
    const key = atValue ? taken : undefined
    if (key === 'steps' && !this.text.object.hasSteps) {
      this.text.flush(braces ? at : at + 1)
      this.#openSteps(at)
      if (!braces) return
      this.text.note('added a missing [')
      this.text.object.head += '['
      this.#sink.added('[')
      this.steps.isBare = true
      this.#openInSteps(braces, at)
    } else if (braces && !atValue) this.#reopen(at)
    else this.#push(braces ? 'inner-object' : 'inner-list', at)
  }

  #openInSteps(braces: boolean, at: number): void {
    this.text.flush(at)
    if (!braces) {
      this.#push('inner-list', at)
      return
    }
    this.steps.openStep(at)
    this.#push('step', at)
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
    this.text.objects.push(object)
    this.text.owner = 'object'
    return object
  }

  #openSteps(at: number): void {
    this.#push('steps', at)
    this.steps.open(at)
  }

  /**
   * A list opens in a step. When it is a list of steps, and no action was named so far, then this is no step but the next plan:
   * the one before lost its closing brackets.
   */
  #isPlan(at: number): boolean {
    const mayBe = this.steps.listMayBeSteps(at)
    this.text.flush(at + 1)
    const { step, stepRepairs } = this.text
    const found = mayBe ? planInStep(`${step}]}`, this.#textFields) : undefined
    if (!found) return false
    const start = this.steps.stepStart
    this.brackets.pop()
    this.text.startGap()
    while (this.brackets.top === 'steps' || this.brackets.top === 'plan') this.#abandon(start)
    const object = this.#openObject(start, step)
    object.repairs = stepRepairs
    object.names = found.names
    object.texts = found.texts
    this.#becomePlan(object)
    return true
  }

  /** A key can only belong outside a list of steps that has no bracket of its own. */
  leaveBareSteps(at: number): void {
    this.#settle(at)
    this.#abandon(at)
  }

  enterString(at: number): void {
    this.text.flush(at + 1)
    this.#push('string', at)
  }

  /** The string that held a document ends. */
  leaveString(at: number): void {
    this.#settle(at)
    while (this.brackets.top !== 'string') this.#abandon(at)
    this.#pop()
  }

  /**
   * A bracket closes: the innermost of its kind, and with it all that lost their closers. `hasLongKey`: if that is a step, a key of it
   * may be as long as those that are forbidden.
   */
  close(braces: boolean, at: number, hasLongKey: boolean): void {
    if (braces && this.brackets.top === 'steps' && this.steps.leavesOutCloser(at)) return
    const fits = braces ? this.brackets.inObject : !this.brackets.inObject
    const inside = fits && !this.outside ? 0 : this.brackets.insidePartner(braces)
    if (inside < 0) {
      this.text.flush(at)
      this.text.leaveOut(at + 1, braces ? 'a stray }' : 'a stray ]')
      return
    }
    if (inside > 0) this.#settle(at)
    for (let i = 0; i < inside; i++) this.#abandon(at)
    this.#finish(at, at + 1, hasLongKey)
  }

  #becomePlan(object: OpenObject): void {
    this.#orphans.report()
    for (const outer of this.text.objects) if (outer !== object) makeWrapper(outer)
    if (this.brackets.around(1) === 'any-list') this.brackets.turnInto('plan-list', 1)
    this.brackets.turnInto('plan')
    this.planStart = object.start
    this.#sink.planOpened(object.start, this.#asAskedFor())
    if (object.names) for (const { key, name, quoted } of object.names) this.#sink.named(key, name, quoted)
    this.#sink.planBegun(object.head)
    if (object.texts) for (const [field, escaped] of object.texts) this.#sink.text(field, escaped, true)
  }

  /** `{"plans":[{…` and nothing else around the plan. */
  #asAskedFor(): boolean {
    const { brackets } = this
    return (
      this.#documentSeen && brackets.depth === 3 && brackets.around(1) === 'plan-list' && this.text.objects.length === 2
    )
  }

  /** Closes the innermost bracket, by the closer at `at`. */
  #finish(at: number, end: number, hasLongKey: boolean): void {
    const { top } = this.brackets
    switch (top) {
      case 'step':
        this.text.flush(end)
        this.#closeStep(end, hasLongKey)
        return
      case 'steps':
        this.text.flush(at)
        this.#closeSteps(at)
        return
      case 'plan':
      case 'any-object':
        this.text.flush(end)
        this.#closeObject(end)
        return
      case 'any-list':
      case 'plan-list':
        this.text.flush(end)
        this.#orphans.report()
        this.#pop()
        return
      default:
        this.#pop()
    }
  }

  /** Gives everything before `at` to whom it belongs, so that brackets can be closed that have no closer in the text. */
  #settle(at: number): void {
    if (this.brackets.readsKeys) this.keys.endValue(at)
    this.text.flush(at)
  }

  /** Closes the innermost bracket, which lost its closer, right before `at`. */
  #abandon(at: number): void {
    const { top } = this.brackets
    if (top === 'outside') return
    const closer = isObject(top) ? '}' : ']'
    if (top !== 'steps' || !this.steps.isBare) this.text.note(`added a missing ${closer}`)
    switch (top) {
      case 'step':
        this.text.give(closer)
        this.#sink.added(closer)
        this.#closeStep(at, true)
        return
      case 'steps': {
        // Without a bracket of its own, the comma after it is not one between steps.
        const comma = this.steps.isBare ? this.text.gap : ''
        if (this.steps.isBare) this.text.gap = ''
        this.#closeSteps(at)
        this.text.object.head += closer + comma
        this.#sink.added(closer + comma)
        return
      }
      case 'plan':
      case 'any-object':
        this.text.object.head += closer
        this.#sink.added(closer)
        this.#closeObject(at)
        return
      case 'any-list':
      case 'plan-list':
        this.#orphans.report()
        this.#pop()
        return
      default:
        this.text.give(closer)
        this.#sink.added(closer)
        this.#pop()
    }
  }

  #closeStep(end: number, hasLongKey: boolean): void {
    this.#pop()
    this.steps.closeStep(end, hasLongKey)
  }

  #closeSteps(at: number): void {
    this.steps.close(at)
    this.#pop()
  }

  /** A plan, or an object that never became one. */
  #closeObject(end: number): void {
    const object = this.text.object
    const isPlan = this.brackets.top === 'plan'
    this.#pop()
    this.text.objects.pop()
    this.text.owner = this.text.objects.length > 0 ? 'object' : 'nobody'
    if (isPlan) {
      this.planStart = -1
      this.#sink.planClosed(object, end)
    } else if (object.hasAct) {
      this.#orphans.add(object.head, object.start, end)
      this.text.note('left out a step without an agent')
    } else if (this.brackets.top === 'plan-list' && !object.wrapper) {
      const raw = object.head.slice(0, RAW_CHARS)
      this.#sink.notAPlan('an element without agent and steps', raw, object.start, end)
    } else if (this.text.objects.length > 0) this.text.give(object.head)
  }

  /** The reply is over. True when something was left open that is more than prose. */
  end(at: number): boolean {
    this.#orphans.report()
    if (this.brackets.depth === 0) return false
    this.text.flush(at)
    const object = this.text.objects.at(-1)
    const inList = this.brackets.includes('plan-list')
    if (this.planStart !== -1) this.#sink.planCut(this.openRaw(at), at)
    else if (object && !object.wrapper && inList)
      this.#sink.elementCut(object.head.slice(0, RAW_CHARS), object.start, at)
    return this.#documentSeen || inList || this.planStart !== -1 || (object !== undefined && object.keys > 0)
  }

  #push(role: Role, at: number): void {
    this.brackets.push(role)
    if (this.brackets.depth > this.#maxDepth) this.#sink.tooDeep(at)
  }

  #pop(): void {
    this.brackets.pop()
    this.keys.forget()
  }
}
