import { agentNamedIn, withoutMarksAfter } from './agent-named-in.ts'
import type { AwaitedAgents } from './awaited-agents.ts'
import { NoiseReader } from './noise-reader.ts'
import { type OpenObject, openObject } from './open-object.ts'
import type { OutlineSink } from './outline-sink.ts'
import type { ParserLimits } from './parser-policy.ts'
import { RAW_CHARS } from './raw-chars.ts'
import type { ReplyScanner } from './reply-scanner.ts'
import { WhitespaceRun } from './whitespace-run.ts'

/** `args` lies between the parentheses of a call, `between` after one; `prose` is a line that is none of ours. */
type State = 'head' | 'args' | 'between' | 'prose' | 'noise'

/** The longest start of a line that may still name an agent. */
const LONGEST_HEAD = 400
const SEPARATORS = /[\s,;]+/
const WORDS = /[^\s,;]+/g
const LAST_WORD = /[^\s,;]*$/
const LIST_MARK = /^\s*(?:[-*•]\s+|\d+[.)]\s+)/
const FIRST_CALL = /^\s*(?:[-*•]\s+|\d+[.)]\s+)?([^\s,;(]+)\(/
/** What begins an id now and then, and else JSON or a tag. */
const BRACKET = /[[{<]/
/** A line that ends so says that its plan goes on in the next one. */
const GOES_ON = /[,;]\s*$/
const SEVERAL_LINES = 'read a plan of several lines'

export interface CallReaderOptions {
  readonly limits: ParserLimits
  readonly strict: boolean
  readonly agents: AwaitedAgents
  readonly actions: ReadonlyMap<string, { readonly fields: readonly unknown[] }>
  /** Reads a reply that turns out to be JSON after all. */
  readonly json: ReplyScanner
  readonly onLimit: (limit: keyof ParserLimits, at: number) => void
}

/**
 * Reads the compact answer, a line for each plan: `guard-7: MoveTo(3,4) Wait(2)`. A call is told at its own closing parenthesis,
 * a plan at the end of its line, whatever it lost: no plan ever swallows the next one.
 */
export class CallReader {
  readonly #sink: OutlineSink
  readonly #options: CallReaderOptions
  readonly #noise = new NoiseReader()
  readonly #spaces: WhitespaceRun
  #state: State = 'head'
  /** Where noise ends, reading goes on there. */
  #after: State = 'head'
  /** What may turn out to be no noise, from where. */
  #doubtful = ''
  #read = 0
  #isJson = false
  #halted = false
  #lineStart = 0
  /** Since the start of the line, of the call, or since the last call. */
  #text = ''
  #callStart = 0
  #depth = 0
  #parens = 0
  #inString = false
  #escaped = false
  #plan: OpenObject | undefined
  /** The open plan may go on in the next line, and where the last of its lines ended. */
  #goesOn = false
  #planEnd = 0
  /** A line with nothing but an agent's name: the plan may stand below. */
  #nameLine: { readonly name: string; readonly start: number; readonly head: string } | undefined
  /** The line so far may be the start of an id, or what its first bracket usually means. */
  #inId = false
  #noId = false

  constructor(sink: OutlineSink, options: CallReaderOptions) {
    this.#sink = sink
    this.#options = options
    this.#spaces = new WhitespaceRun(options.limits.whitespaceRun)
  }

  push(piece: string): void {
    const offset = this.#read
    this.#read += piece.length
    this.#feed(piece, offset)
  }

  #feed(piece: string, offset: number): void {
    for (let i = 0; i < piece.length && !this.#halted; i++) {
      if (this.#isJson) {
        this.#options.json.pushAt(piece.slice(i), offset + i)
        return
      }
      if (this.#state === 'noise') i = this.#readNoise(piece, i, offset)
      else if (this.#readChar(piece.charAt(i), offset + i)) i--
    }
  }

  halt(): void {
    this.#halted = true
  }

  /** The open plan as it was written so far; nothing when the reply turned out to be JSON. */
  get openRaw(): string | undefined {
    return this.#plan?.head.slice(0, RAW_CHARS)
  }

  /** The reply is over, and with it its last line. True when that was cut inside a plan. */
  end(): boolean {
    if (this.#inId) this.#leaveId()
    if (this.#halted || this.#isJson) return false
    const cut = this.#state === 'args' ? this.#plan : this.#cutInName()
    if (cut) {
      this.#sink.planCut(cut.head.slice(0, RAW_CHARS), this.#read)
      return true
    }
    this.#endLine(this.#read)
    this.#leavePlan()
    return false
  }

  /** The plan whose last word may be the start of a call: an action that takes arguments, or of which more may follow. */
  #cutInName(): OpenObject | undefined {
    const last = LAST_WORD.exec(this.#text)?.[0] ?? ''
    if (last === '' || (this.#state !== 'head' && this.#state !== 'between')) return undefined
    const mayGoOn = [...this.#options.actions].some(
      ([name, { fields }]) => name.startsWith(last) && (name !== last || fields.length > 0),
    )
    if (mayGoOn && !this.#plan && this.#openPlan(this.#text))
      this.#readWords(this.#text.slice(0, -last.length), this.#read)
    return mayGoOn ? this.#plan : undefined
  }

  /** True when the character has to be read again. */
  #readChar(char: string, at: number): boolean {
    if (this.#exceeds(char, at)) return false
    if (this.#inId && !this.#staysInId(char)) return true
    if (this.#plan && this.#plan.head.length < RAW_CHARS) this.#plan.head += char
    switch (this.#state) {
      case 'args':
        this.#readArgs(char, at)
        return false
      case 'prose':
        if (char === '\n') this.#endLine(at)
        else if (char === '<') this.#startNoise()
        return false
      default:
        if (this.#inId || this.#beginsId(char)) this.#text += char
        else if (char === '\n') this.#endLine(at)
        else if (char === '<') this.#startNoise()
        else if (char === '(') this.#openCall(at)
        else if ((char === '{' || char === '[') && this.#atLineStart && !this.#options.strict) {
          this.#leavePlan()
          this.#isJson = true
          return true
        } else {
          this.#text += char
          if (this.#text.length > LONGEST_HEAD && !this.#plan) this.#state = 'prose'
        }
        return false
    }
  }

  get #atLineStart(): boolean {
    return this.#state === 'head' && this.#text.trim() === ''
  }

  #beginsId(char: string): boolean {
    this.#inId = !this.#noId && BRACKET.test(char) && this.#atLineStart && this.#options.agents.mayBegin(char)
    return this.#inId
  }

  /** False when the character has to be read again, as what it usually is. */
  #staysInId(char: string): boolean {
    const { agents } = this.#options
    const begun = this.#text.trimStart()
    if (agents.mayBegin(begun + char)) return true
    this.#inId = false
    if (!agents.find(begun) || !/[\s:]/.test(char)) this.#leaveId()
    return false
  }

  /** It was no id: read it again. */
  #leaveId(): void {
    const begun = this.#text.trimStart()
    const start = this.#lineStart + this.#text.length - begun.length
    this.#text = ''
    this.#inId = false
    this.#noId = true
    this.#feed(begun, start)
    this.#noId = false
  }

  #exceeds(char: string, at: number): boolean {
    const { limits, onLimit } = this.#options
    if (at >= limits.replyChars) onLimit('replyChars', at)
    else if (this.#plan && at - this.#plan.start >= limits.elementChars) onLimit('elementChars', at)
    else if (!this.#inString && /\s/.test(char) && this.#spaces.isOver(at)) onLimit('whitespaceRun', at)
    return this.#halted
  }

  #readArgs(char: string, at: number): void {
    if (char === '\n') {
      this.#cutCall(at)
      return
    }
    this.#text += char
    if (this.#escaped) this.#escaped = false
    else if (this.#inString) {
      if (char === '\\') this.#escaped = true
      else if (char === '"') this.#inString = false
    } else if (char === '"') this.#inString = true
    else if (char === '(' || char === '[' || char === '{') {
      if (char === '(') this.#parens++
      if (++this.#depth > this.#options.limits.depth) this.#sink.tooDeep(at)
    } else if (char === ')' && this.#parens-- === 0) this.#closeCall(at + 1)
    else if (char === ')' || char === ']' || char === '}') this.#depth--
  }

  /** A parenthesis opens, in a line that is a plan or begins one. */
  #openCall(at: number): void {
    const before = this.#plan
    this.#readLineStart()
    if (!this.#plan && !this.#openPlan(this.#text)) {
      this.#text += '('
      return
    }
    // A plan that was not open when this was read has all that came before it.
    if (this.#plan && this.#plan !== before) this.#plan.head += '('
    const trimmed = this.#text.trimEnd()
    const hasBlank = !this.#options.strict && this.#options.actions.has(LAST_WORD.exec(trimmed)?.[0] ?? '')
    const blanks = hasBlank ? this.#text.length - trimmed.length : 0
    if (hasBlank) this.#text = trimmed
    if (blanks > 0) this.#note('left out a blank before (')
    const act = LAST_WORD.exec(this.#text)?.[0] ?? ''
    const start = at - blanks - act.length
    this.#readWords(this.#text.slice(0, this.#text.length - act.length), start)
    this.#callStart = start
    this.#text = `${act}(`
    this.#depth = 0
    this.#parens = 0
    this.#state = 'args'
  }

  /** Does this line begin with an agent? Then what is left of the text is what follows the name. */
  #openPlan(head: string): boolean {
    const colon = head.lastIndexOf(':')
    const words = head
      .slice(colon + 1)
      .split(SEPARATORS)
      .filter(word => word !== '')
    const [first = '', ...others] = words
    const { agents, actions } = this.#options
    const name = agentNamedIn(head.slice(0, colon), agents)
    if (colon === -1 || name === '' || first === '') return false
    // Prose may have a colon, and calls in it, but hardly right after each other.
    if (others.length > 0 ? !actions.has(first) : !actions.has(first) && !agents.find(name)) return false
    this.#begin(name, head, this.#lineStart)
    this.#text = head.slice(colon + 1)
    return true
  }

  #begin(name: string, head: string, lineStart: number): void {
    const plan = openObject(lineStart + (head.length - head.trimStart().length), head.trimStart())
    plan.hasSteps = true
    plan.isCalls = true
    this.#plan = plan
    this.#sink.planOpened(plan.start, true)
    this.#sink.named('agent', name, true)
  }

  /** A line below one that may go on: either it does, with a call, or it is a line of its own. */
  #readLineStart(): void {
    if (this.#state !== 'head' || !(this.#plan || this.#nameLine)) return
    const calls = this.#text.replace(LIST_MARK, '')
    const [first = ''] = calls.split(SEPARATORS).filter(word => word !== '')
    if (!this.#options.actions.has(first)) {
      this.#leavePlan()
      return
    }
    const line = this.#nameLine
    this.#nameLine = undefined
    if (!this.#plan && line) this.#begin(line.name, `${line.head}\n${this.#text}`, line.start)
    this.#goesOn = true
    this.#note(SEVERAL_LINES)
    this.#text = calls
  }

  /** What might have gone on does not. */
  #leavePlan(): void {
    const plan = this.#plan
    this.#nameLine = undefined
    this.#goesOn = false
    this.#plan = undefined
    if (!plan || this.#halted) return
    plan.head = plan.head.slice(0, this.#planEnd - plan.start)
    this.#sink.planClosed(plan, this.#planEnd)
  }

  #closeCall(end: number): void {
    const text = this.#text
    this.#text = ''
    this.#state = 'between'
    this.#sink.step(text, this.#callStart, end, [])
  }

  /** The line ends inside a call. */
  #cutCall(at: number): void {
    const text = this.#text
    this.#text = ''
    this.#inString = false
    this.#escaped = false
    this.#sink.strayStep(text, this.#callStart, at)
    this.#endLine(at)
  }

  /** What stands between calls: an action alone lost its parentheses, anything else is text. */
  #readWords(text: string, end: number): void {
    for (const { 0: word, index } of text.matchAll(WORDS)) {
      if (this.#options.actions.has(word)) {
        const start = end - text.length + index
        this.#sink.step(`${word}()`, start, start + word.length, ['added a missing ()'])
      } else this.#note('left out text between the steps')
    }
  }

  #note(repair: string): void {
    const plan = this.#plan
    if (plan && !plan.repairs.includes(repair)) plan.repairs = [...plan.repairs, repair]
  }

  #endLine(at: number): void {
    const { strict } = this.#options
    if (this.#state === 'prose' || !this.#atLineStart) this.#readLineStart()
    if (this.#state === 'prose') this.#leavePlan()
    const text = this.#text
    // A plan of nothing but actions without parentheses.
    if (this.#state === 'head' && !this.#plan && this.#namesCalls(text)) this.#openPlan(text)
    if (!this.#plan && !strict && this.#state === 'head' && text.trim() !== '') {
      this.#nameLine = this.#nameAlone(text)
      const [, act = ''] = FIRST_CALL.exec(text) ?? []
      if (this.#options.actions.has(act))
        this.#sink.notAPlan('steps without an agent', text.slice(0, RAW_CHARS), this.#lineStart, at)
    } else if (this.#plan && !this.#atLineStart) {
      this.#readWords(this.#text, at)
      this.#planEnd = at
      if (!this.#goesOn && (strict || !GOES_ON.test(text))) this.#leavePlan()
    }
    this.#text = ''
    this.#state = 'head'
    this.#lineStart = at + 1
  }

  #namesCalls(text: string): boolean {
    const calls = text.slice(text.lastIndexOf(':') + 1).split(SEPARATORS)
    return calls.every(word => word === '' || this.#options.actions.has(word))
  }

  #nameAlone(text: string): { readonly name: string; readonly start: number; readonly head: string } | undefined {
    const { agents } = this.#options
    const head = withoutMarksAfter(text)
    const name = head.endsWith(':') ? agentNamedIn(head.slice(0, -1), agents) : ''
    return agents.find(name) && { name, start: this.#lineStart, head: text }
  }

  #startNoise(): void {
    this.#after = this.#state
    this.#state = 'noise'
    this.#doubtful = ''
    this.#noise.start('<'.charCodeAt(0))
  }

  /** Returns the last character that was read. */
  #readNoise(piece: string, from: number, offset: number): number {
    const to = this.#noise.read(piece, from, piece.length)
    if (!this.#noise.hides) this.#doubtful += piece.slice(from, to)
    if (offset + to > this.#options.limits.replyChars)
      this.#options.onLimit('replyChars', this.#options.limits.replyChars)
    if (this.#noise.verdict === 'undecided') return to - 1
    this.#state = this.#after
    if (this.#noise.verdict === 'noise') return to - 1
    // It only looked like a tag.
    const text = this.#doubtful
    if (this.#state !== 'prose') this.#text += '<'
    const start = offset + to - text.length
    for (let i = 0; i < text.length && !this.#halted; i++) {
      if (this.#readChar(text.charAt(i), start + i)) break
    }
    return to - 1
  }
}
