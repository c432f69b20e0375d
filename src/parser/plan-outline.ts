import type { Capture } from './capture.ts'

/** What a reply's brackets turned out to hold. Offsets are raw; `end` is exclusive; `repairs` are in words. */
export interface OutlineSink {
  /** `asAskedFor`: in the list of the asked-for document, and nowhere else. */
  planOpened(start: number, asAskedFor: boolean): void
  /** A key that names an agent, and its value as it was written. May come more than once. */
  named(key: string, value: string): void
  step(text: string, start: number, end: number, repairs: readonly string[]): void
  /** Something among the steps that is no object. */
  strayStep(text: string, start: number, end: number): void
  /** Part of a text field, still escaped; `last` closes it. */
  text(field: string, escaped: string, last: boolean): void
  /** `head` is the plan without its steps. */
  planClosed(head: string, start: number, end: number, repairs: readonly string[], hasSteps: boolean): void
  /** A plan that the end of the reply cut off. */
  planCut(head: string, start: number, end: number): void
  /** Stands where a plan should, or looks like part of one. */
  notAPlan(message: string, raw: string, start: number, end: number): void
  /** An element without agent and steps that the end of the reply cut off. */
  elementCut(raw: string, start: number, end: number): void
  /** `depth` brackets are open: too many. */
  tooDeep(at: number): void
}

/**
 * What an open bracket holds. `any-…` is prose, a wrapper or a plan whose keys did not tell yet; `maybe-step` is an object among
 * steps before its first key; `inner-…` is the inside of a step or of a note; `string` is a document written inside a string.
 */
type Role =
  | 'any-object'
  | 'any-list'
  | 'plan-list'
  | 'plan'
  | 'steps'
  | 'maybe-step'
  | 'step'
  | 'inner-object'
  | 'inner-list'
  | 'string'

/** An object that is a plan or may become one. */
interface OpenObject {
  readonly start: number
  /** Its text without the steps, as far as it was cut from the capture. */
  head: string
  /** Values of keys that name an agent, seen before it was known to be a plan. */
  names: [key: string, value: string][]
  texts: [field: string, escaped: string][]
  /** A wrapper, which holds plans and is none. */
  wrapper: boolean
  hasSteps: boolean
  hasAct: boolean
  hasKeys: boolean
  /** Stands where a step should: a plan that follows one which lost its closing brackets, or a step with odd keys. */
  readonly amongSteps: boolean
}

/** Who gets the text that is cut from the capture. */
type Owner = 'nobody' | 'object' | 'gap' | 'step'

const AGENT_KEYS: ReadonlySet<string> = new Set(['agent', 'agent_id', 'agentId', 'id'])
const NO_REPAIRS: readonly string[] = []
const RAW_CHARS = 4_000

/**
 * The brackets of a reply as a typed stack, and what each of them holds. A closer that does not match closes down to its
 * partner, and a brace where a key should stand closes what is open up to the list around it: a plan that lost a bracket
 * never swallows the next one.
 */
export class PlanOutline {
  readonly #capture: Capture
  readonly #sink: OutlineSink
  readonly #maxDepth: number
  readonly #textFields: ReadonlySet<string>
  readonly #strict: boolean
  #roles: Role[] = []
  #objects: OpenObject[] = []
  #owner: Owner = 'nobody'
  #key: string | undefined
  #step = ''
  #stepStart = 0
  #stepRepairs = NO_REPAIRS
  #gap = ''
  #gapStart = 0
  #stepsSeen = 0
  /** The list of steps has no bracket of its own. */
  #bareSteps = false
  #planRepairs = NO_REPAIRS
  #orphan: { raw: string; readonly start: number; end: number } | undefined
  #field: string | undefined
  /** A list of plans was seen. */
  documentSeen = false
  /** The innermost bracket is an object whose keys matter. */
  readsKeys = false
  /** Where the open plan started, or -1. */
  planStart = -1

  constructor(
    capture: Capture,
    sink: OutlineSink,
    options: { readonly depth: number; readonly strict: boolean; readonly textFields: readonly string[] },
  ) {
    this.#capture = capture
    this.#sink = sink
    this.#maxDepth = options.depth
    this.#strict = options.strict
    this.#textFields = new Set(options.textFields)
  }

  /** No bracket is open; the inside of a string counts as a reply of its own. */
  get outside(): boolean {
    const role = this.#roles.at(-1)
    return role === undefined || role === 'string'
  }

  /** Inside a document, as opposed to brackets in prose. */
  get inDocument(): boolean {
    return this.planStart !== -1 || this.#roles.at(-1) === 'plan-list'
  }

  /** Only objects belong here, so that quotes in the prose between them open nothing. */
  get listsObjects(): boolean {
    const role = this.#roles.at(-1)
    return role === 'plan-list' || role === 'steps'
  }

  get inObject(): boolean {
    const role = this.#roles.at(-1)
    return role !== undefined && isObject(role)
  }

  /** A string that starts now may hold a whole document: the arguments of a tool call. */
  get holdsDocument(): boolean {
    return (
      !this.#strict &&
      this.#roles.at(-1) === 'any-object' &&
      (this.#key === 'arguments' || this.#key === 'parameters') &&
      !this.#roles.includes('string')
    )
  }

  /** The text field that a string which starts now belongs to. */
  startText(at: number): boolean {
    const object = this.#objects.at(-1)
    if (!object || this.#key === undefined || object.amongSteps || !this.#textFields.has(this.#key)) return false
    if (this.#roles.at(-1) === 'plan') {
      this.#field = this.#key
      return true
    }
    // Not known to be a plan yet: the text waits, whole.
    this.flush(at)
    this.#field = undefined
    return false
  }

  text(escaped: string, last: boolean): void {
    if (this.#field !== undefined) this.#sink.text(this.#field, escaped, last)
  }

  open(braces: boolean, at: number, atValue: boolean): void {
    const role = this.#roles.at(-1)
    switch (role) {
      case undefined:
      case 'string':
      case 'any-list':
      case 'plan-list':
        this.flush(at)
        if (braces) this.#openObject(at, false)
        else this.#push('any-list', at)
        return
      case 'any-object':
        this.#openInAnyObject(braces, at, atValue)
        return
      case 'plan':
        this.#openInPlan(braces, at, atValue)
        return
      case 'steps':
        this.#openInSteps(braces, at)
        return
      case 'maybe-step':
      case 'step':
      case 'inner-object':
        if (braces && !atValue) this.#reopen(at)
        else {
          if (role === 'maybe-step') this.#roles[this.#roles.length - 1] = 'step'
          this.#push(braces ? 'inner-object' : 'inner-list', at)
        }
        return
      case 'inner-list':
        this.#push(braces ? 'inner-object' : 'inner-list', at)
        return
      default:
        role satisfies never
    }
  }

  #openInAnyObject(braces: boolean, at: number, atValue: boolean): void {
    const object = this.#object
    const key = atValue ? this.#key : undefined
    this.#key = undefined
    if (!braces && key === 'steps' && !object.wrapper && !object.hasAct) {
      this.flush(at + 1)
      this.#becomePlan(object)
      this.#openSteps(at)
    } else if (object.amongSteps || object.hasAct) {
      if (braces && !atValue) this.#reopen(at)
      else this.#push(braces ? 'inner-object' : 'inner-list', at)
    } else if (braces) {
      this.flush(at)
      this.#openObject(at, false)
    } else if (key === 'plans') {
      object.wrapper = true
      object.head = ''
      this.documentSeen = true
      this.#push('plan-list', at)
    } else this.#push('any-list', at)
  }

  #openInPlan(braces: boolean, at: number, atValue: boolean): void {
    const key = atValue ? this.#key : undefined
    this.#key = undefined
    if (key === 'steps') {
      this.flush(braces ? at : at + 1)
      if (!braces) {
        this.#openSteps(at)
        return
      }
      this.#object.head += '['
      this.note('added a missing [')
      this.#openSteps(at)
      this.#bareSteps = true
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
    this.#push('maybe-step', at)
    this.#owner = 'step'
    this.#step = ''
    this.#stepStart = at
    this.#stepRepairs = NO_REPAIRS
  }

  /** A brace where a key should stand: what is open up to the next list lost its closer, and this starts afresh. */
  #reopen(at: number): void {
    this.#settle(at)
    let role = this.#roles.at(-1)
    while (role !== undefined && isObject(role)) {
      this.#abandon(at)
      role = this.#roles.at(-1)
    }
    this.open(true, at, true)
  }

  #openObject(at: number, amongSteps: boolean): void {
    this.#push('any-object', at)
    this.#objects.push({
      start: at,
      head: '',
      names: [],
      texts: [],
      wrapper: false,
      hasSteps: false,
      hasAct: false,
      hasKeys: false,
      amongSteps,
    })
    this.#owner = 'object'
  }

  #openSteps(at: number): void {
    this.#push('steps', at)
    this.#object.hasSteps = true
    this.#owner = 'gap'
    this.#gap = ''
    this.#gapStart = at + 1
    this.#stepsSeen = 0
    this.#bareSteps = false
  }

  /** Something at this place can only belong outside a list of steps that lost its bracket. */
  leaveBareSteps(at: number): void {
    if (!this.#bareSteps || this.#roles.at(-1) !== 'steps') return
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
    while (this.#roles.at(-1) !== 'string') this.#abandon(at)
    this.#pop()
  }

  close(braces: boolean, at: number): void {
    let partner = this.#roles.length - 1
    for (; partner >= 0; partner--) {
      const role = this.#roles[partner]
      if (role === undefined || role === 'string') partner = -1
      else if (isObject(role) === braces) break
    }
    if (partner < 0) {
      this.flush(at)
      this.leaveOut(at + 1, braces ? 'a stray }' : 'a stray ]')
      return
    }
    if (partner < this.#roles.length - 1) this.#settle(at)
    while (this.#roles.length - 1 > partner) this.#abandon(at)
    this.#finish(at, at + 1)
  }

  /** Forgets what was captured since the last cut, and says so. */
  leaveOut(end: number, what: string): void {
    this.#capture.drop(end)
    this.note(`left out ${what}`)
  }

  /** Something about the open step or plan had to be mended. */
  note(repair: string): void {
    if (this.#owner === 'step') this.#stepRepairs = [...this.#stepRepairs, repair]
    else if (this.planStart !== -1 && !this.#planRepairs.includes(repair))
      this.#planRepairs = [...this.#planRepairs, repair]
  }

  /** Gives what was captured to whom it belongs. */
  flush(to: number): void {
    const text = this.#capture.take(to)
    switch (this.#owner) {
      case 'step':
        this.#step += text
        break
      case 'gap':
        this.#gap += text
        break
      case 'object': {
        const object = this.#object
        if (!object.wrapper) object.head += text
        break
      }
    }
  }

  /** A string that starts where a key should. */
  keyStart(at: number): void {
    this.#key = undefined
    if (this.#owner === 'object') this.flush(at)
  }

  /** The key ends right before `end`. */
  keyEnd(end: number): void {
    if (this.#roles.at(-1) === 'maybe-step') {
      this.#firstKeyOfStep(end)
      return
    }
    const object = this.#object
    const text = this.#capture.take(end)
    if (!object.wrapper) object.head += text
    object.hasKeys = true
    this.#setKey(object, text.slice(1, -1))
  }

  #setKey(object: OpenObject, key: string): void {
    this.#key = key
    if (key !== 'act' || this.#roles.at(-1) === 'plan') return
    object.hasAct = true
    if (object.amongSteps && !object.hasSteps) this.#becomeStep(object)
  }

  #firstKeyOfStep(end: number): void {
    this.#step += this.#capture.take(end)
    const key = this.#step.slice(1).trim().slice(1, -1)
    this.#roles.pop()
    if (key !== 'steps' && !AGENT_KEYS.has(key)) {
      this.#roles.push('step')
      this.readsKeys = false
      return
    }
    const start = this.#stepStart
    this.#openObject(start, true)
    this.#object.head = this.#step
    this.#object.hasKeys = true
    this.#key = key
  }

  #becomeStep(object: OpenObject): void {
    this.#objects.pop()
    this.#roles[this.#roles.length - 1] = 'step'
    this.readsKeys = false
    this.#owner = 'step'
    this.#step = object.head
    this.#key = undefined
  }

  /** The text of the open plan so far, without its steps. */
  get openText(): string {
    return this.#objects.find(object => object.start === this.planStart)?.head ?? ''
  }

  /** After a key's colon. */
  colon(at: number): void {
    if (this.#key !== undefined && this.#owner === 'object') this.flush(at + 1)
  }

  /** A string, number or word ends right before `end`, where a value was due. */
  valueEnd(end: number): void {
    const key = this.#key
    this.#key = undefined
    if (key === undefined || this.#owner !== 'object') return
    if (AGENT_KEYS.has(key)) this.#readName(key, end)
    else if (this.#textFields.has(key) && this.#roles.at(-1) === 'any-object') {
      const object = this.#object
      const text = this.#capture.take(end)
      object.head += text
      object.texts.push([key, text.trim().slice(1, -1)])
    }
  }

  #readName(key: string, end: number): void {
    const object = this.#object
    const text = this.#capture.take(end)
    if (object.wrapper) return
    object.head += text
    if (this.#roles.at(-1) === 'plan') {
      this.#sink.named(key, text.trim())
      return
    }
    object.names.push([key, text.trim()])
    // An id alone may be anything: that of a tool call, for one. Those among steps wait for their steps.
    if (key !== 'id' && !object.amongSteps && !object.hasAct) this.#becomePlan(object)
  }

  comma(at: number): void {
    this.valueEnd(at)
  }

  #becomePlan(object: OpenObject): void {
    if (object.amongSteps) {
      // The plan before lost its closers.
      this.#roles.pop()
      this.#objects.pop()
      this.#owner = 'gap'
      while (this.#roles.at(-1) === 'steps' || this.#roles.at(-1) === 'plan') this.#abandon(object.start)
      this.#roles.push('any-object')
      this.#objects.push(object)
      this.#owner = 'object'
    }
    this.#reportOrphan()
    for (const outer of this.#objects) {
      if (outer === object) continue
      outer.wrapper = true
      outer.head = ''
    }
    const parent = this.#roles.length - 2
    if (this.#roles[parent] === 'any-list') this.#roles[parent] = 'plan-list'
    this.#roles[this.#roles.length - 1] = 'plan'
    this.readsKeys = true
    this.planStart = object.start
    this.#planRepairs = NO_REPAIRS
    this.#sink.planOpened(object.start, this.#asAskedFor())
    for (const [key, value] of object.names) this.#sink.named(key, value)
    for (const [field, escaped] of object.texts) this.#sink.text(field, escaped, true)
  }

  /** `{"plans":[{…` and nothing else around the plan. */
  #asAskedFor(): boolean {
    return (
      this.documentSeen && this.#roles.length === 3 && this.#roles[1] === 'plan-list' && this.#roles[0] === 'any-object'
    )
  }

  #finish(at: number, end: number): void {
    const role = this.#roles.at(-1)
    switch (role) {
      case 'maybe-step':
      case 'step':
        this.flush(end)
        this.#closeStep(this.#step, end)
        return
      case 'steps':
        this.flush(at)
        this.#closeSteps(at)
        return
      case 'plan':
        this.valueEnd(at)
        this.flush(end)
        this.#closePlan(end)
        return
      case 'any-object':
        this.valueEnd(at)
        if (this.#roles.at(-1) === 'plan') this.#finish(at, end)
        else {
          this.flush(end)
          this.#closeObject(end)
        }
        return
      case 'any-list':
      case 'plan-list':
        this.flush(end)
        this.#reportOrphan()
        this.#pop()
        return
      default:
        this.#pop()
    }
  }

  /** Gives everything before `at` to whom it belongs, so that brackets can be closed that have no closer in the text. */
  #settle(at: number): void {
    if (this.readsKeys) this.valueEnd(at)
    this.flush(at)
  }

  /** Closes the innermost bracket, which lost its closer, right before `at`. */
  #abandon(at: number): void {
    const role = this.#roles.at(-1)
    if (role === undefined) return
    const closer = isObject(role) ? '}' : ']'
    if (role !== 'steps' || !this.#bareSteps) this.note(`added a missing ${closer}`)
    switch (role) {
      case 'maybe-step':
      case 'step':
        this.#closeStep(this.#step + closer, at)
        return
      case 'steps':
        this.#closeSteps(at)
        this.#object.head += closer
        return
      case 'plan':
        this.#object.head += closer
        this.#closePlan(at)
        return
      case 'any-object':
        this.#object.head += closer
        this.#closeObject(at)
        return
      case 'any-list':
      case 'plan-list':
        this.#reportOrphan()
        this.#pop()
        return
      default:
        if (this.#owner === 'step') this.#step += closer
        else if (this.#owner === 'object') this.#object.head += closer
        this.#pop()
    }
  }

  #closeStep(text: string, end: number): void {
    this.#pop()
    this.#owner = 'gap'
    this.#gap = ''
    this.#gapStart = end
    this.#step = ''
    this.#stepsSeen++
    this.#sink.step(text, this.#stepStart, end, this.#stepRepairs)
  }

  #closeSteps(at: number): void {
    if (this.#bareSteps) this.#object.head += `]${this.#gap}`
    else this.#readGap(at, true)
    this.#pop()
    this.#owner = 'object'
    this.#gap = ''
  }

  /** What stands between two steps: one comma, and whatever a model adds. */
  #readGap(at: number, last: boolean): void {
    const gap = this.#gap
    this.#gap = ''
    if (gap === (this.#stepsSeen > 0 && !last ? ',' : '')) return
    const rest = gap.replace(/[\s,]+/g, '')
    if (/["\d[\]{}]|^'|^(?:null|true|false|None|True|False)$/.test(rest)) {
      this.#sink.strayStep(gap.replace(/^[\s,]+|[\s,]+$/g, ''), this.#gapStart, at)
      this.#stepsSeen++
      return
    }
    if (rest !== '') this.note('left out text between the steps')
    let commas = 0
    for (const char of gap) if (char === ',') commas++
    const due = this.#stepsSeen > 0 && !last ? 1 : 0
    if (commas > due) this.note('left out an extra comma')
    else if (commas < due) this.note('added a missing comma')
  }

  #closePlan(end: number): void {
    const object = this.#object
    this.#pop()
    this.#objects.pop()
    this.#owner = this.#objects.length > 0 ? 'object' : 'nobody'
    this.planStart = -1
    this.#sink.planClosed(object.head, object.start, end, this.#planRepairs, object.hasSteps)
  }

  #closeObject(end: number): void {
    const object = this.#object
    this.#pop()
    this.#objects.pop()
    const role = this.#roles.at(-1)
    if (object.amongSteps) {
      this.#owner = 'gap'
      this.#gap = ''
      this.#gapStart = end
      this.#stepsSeen++
      this.#sink.step(object.head, object.start, end, this.#stepRepairs)
      return
    }
    this.#owner = this.#objects.length > 0 ? 'object' : 'nobody'
    if (object.hasAct) this.#keepOrphan(object, end)
    else if (role === 'plan-list' && !object.wrapper)
      this.#sink.notAPlan('an element without agent and steps', object.head.slice(0, RAW_CHARS), object.start, end)
    else if (this.#objects.length > 0 && !this.#object.wrapper) this.#object.head += object.head
  }

  #keepOrphan(object: OpenObject, end: number): void {
    if (!this.#orphan) {
      this.#orphan = { raw: object.head.slice(0, RAW_CHARS), start: object.start, end }
      return
    }
    this.#orphan.end = end
    if (this.#orphan.raw.length < RAW_CHARS) this.#orphan.raw += object.head.slice(0, RAW_CHARS)
  }

  #reportOrphan(): void {
    const orphan = this.#orphan
    if (!orphan) return
    this.#orphan = undefined
    this.#sink.notAPlan('steps without an agent', orphan.raw, orphan.start, orphan.end)
  }

  /** The reply is over. True when something was left open that is more than prose. */
  end(at: number): boolean {
    this.#reportOrphan()
    if (this.#roles.length === 0) return false
    this.flush(at)
    const object = this.#objects.at(-1)
    if (this.planStart !== -1) {
      const plan = this.#objects.find(open => open.start === this.planStart)
      if (plan) this.#sink.planCut(plan.head, plan.start, at)
    } else if (object && !object.wrapper && this.#roles.includes('plan-list'))
      this.#sink.elementCut(object.head.slice(0, RAW_CHARS), object.start, at)
    return this.documentSeen || this.#roles.includes('plan-list') || (object?.hasKeys ?? false)
  }

  get #object(): OpenObject {
    const object = this.#objects.at(-1)
    if (!object) throw new Error('no object is open')
    return object
  }

  #push(role: Role, at: number): void {
    this.#roles.push(role)
    this.readsKeys = role === 'any-object' || role === 'maybe-step'
    if (this.#roles.length > this.#maxDepth) this.#sink.tooDeep(at)
  }

  #pop(): void {
    this.#roles.pop()
    const role = this.#roles.at(-1)
    this.readsKeys = role === 'any-object' || role === 'plan'
    this.#key = undefined
  }
}

function isObject(role: Role): boolean {
  return role === 'any-object' || role === 'plan' || role === 'step' || role === 'maybe-step' || role === 'inner-object'
}
