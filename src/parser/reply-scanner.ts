import type { Capture } from './capture.ts'
import { EscapeReader } from './escape-reader.ts'
import { hiddenBlockOf } from './hidden-block.ts'
import type { PlanOutline } from './plan-outline.ts'

/** Where the reader stands; each place where a piece can end has a name. */
type Mode =
  | 'prose'
  | 'json'
  | 'string'
  | 'after-backslash'
  | 'tag'
  | 'hidden'
  | 'fence'
  | 'fence-language'
  | 'after-slash'
  | 'line-comment'
  | 'block-comment'
  | 'block-comment-star'

/** What stands before, inside brackets. `words` is a bare word and space after it; `junk` is what fits nowhere. */
type Before = 'opener' | 'colon' | 'string' | 'closer' | 'word' | 'words' | 'junk'

export interface ScannerLimits {
  readonly replyChars: number
  readonly elementChars: number
  readonly whitespaceRun: number
}

const TAB = 9
const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const SPACE = 32
const QUOTE = 34
const APOSTROPHE = 39
const STAR = 42
const COMMA = 44
const SLASH = 47
const COLON = 58
const LESS = 60
const GREATER = 62
const OPEN_BRACKET = 91
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const BACKTICK = 96
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
const LEFT_SMART_QUOTE = 0x201c
const RIGHT_SMART_QUOTE = 0x201d

const LONGEST_TAG = 64
const LITERAL = /^(?:-?\d[\d.eE+-]*|true|false|null|True|False|None)$/
const TAG_CHAR = /[\w|/:.=\s-]/
const TAG_START = /[a-z/|_]/i
const ODD_SPACE = /[\s\u200b\ufeff]/

/**
 * Reads a reply once, character by character, and tells the outline where brackets, keys and strings are. Prose, tags, fences
 * and what stands inside `<think>` and its like never get there.
 */
export class ReplyScanner {
  readonly #outline: PlanOutline
  readonly #capture: Capture
  readonly #limits: ScannerLimits
  readonly #onLimit: (limit: keyof ScannerLimits, at: number) => void
  #mode: Mode = 'prose'
  #before: Before = 'opener'
  #piece = ''
  /** Where the piece starts in the reply. */
  #offset = 0
  /** Where reading has to stop, in the piece: its end, or a limit. */
  #stop = 0
  #read = 0
  #halted = false
  #planStart = -1
  #quote = QUOTE
  #stringIsKey = false
  #stringIsText = false
  /** Where in the piece the unsent part of a text field starts. */
  #textFrom = 0
  #word = ''
  #wordFrom = 0
  #tag = ''
  #backticks = 0
  #hidden = ''
  #hiddenDepth = 0
  #spaceStart = -1
  #spaceEnd = -1
  #escapes: EscapeReader | undefined

  constructor(
    outline: PlanOutline,
    capture: Capture,
    limits: ScannerLimits,
    onLimit: (limit: keyof ScannerLimits, at: number) => void,
  ) {
    this.#outline = outline
    this.#capture = capture
    this.#limits = limits
    this.#onLimit = onLimit
  }

  /** How many characters were read. */
  get read(): number {
    return this.#read
  }

  /** Nothing that comes after is read. */
  halt(): void {
    this.#halted = true
    this.#stop = 0
  }

  push(piece: string): void {
    const start = this.#read
    this.#read += piece.length
    let at = 0
    while (at < piece.length && !this.#halted) {
      if (this.#escapes) at += this.#scanEscaped(this.#escapes, at === 0 ? piece : piece.slice(at), start + at)
      else at += this.#scan(at === 0 ? piece : piece.slice(at), start + at)
    }
  }

  /** Reads a document inside a string, to the string's end. */
  #scanEscaped(escapes: EscapeReader, piece: string, offset: number): number {
    const read = escapes.read(piece, (text, from) => {
      for (let at = 0; at < text.length && !this.#halted; ) at += this.#scan(text.slice(at), offset + from + at)
    })
    if (!escapes.ended) return read
    this.#escapes = undefined
    this.#capture.feed(piece, offset)
    this.#capture.skip(offset + read - 1)
    this.#outline.leaveString(offset + read - 1)
    this.#mode = 'json'
    this.#before = 'string'
    return read
  }

  /** Reads to the end of the piece or to the start of a document inside a string; returns how far. */
  #scan(piece: string, offset: number): number {
    this.#piece = piece
    this.#offset = offset
    this.#capture.feed(piece, offset)
    this.#textFrom = 0
    this.#wordFrom = 0
    this.#bound()
    let i = 0
    const outer = this.#escapes
    while (i < this.#stop && this.#escapes === outer) {
      switch (this.#mode) {
        case 'json':
          i = this.#readJson(i)
          break
        case 'string':
          i = this.#quote === QUOTE ? this.#readString(i) : this.#readOddString(i)
          break
        case 'after-backslash':
          this.#mode = 'string'
          i++
          break
        case 'prose':
          i = this.#readProse(i)
          break
        default:
          i = this.#readNoise(i)
      }
    }
    if (this.#escapes !== outer) return i
    if (this.#halted) return piece.length
    if (i < piece.length) {
      const reply = offset + i >= this.#limits.replyChars
      this.#onLimit(reply ? 'replyChars' : 'elementChars', offset + i)
      return piece.length
    }
    if (this.#stringIsText) this.#outline.text(piece.slice(this.#textFrom), false)
    if (this.#before === 'word' && this.#mode === 'json') this.#word += piece.slice(this.#wordFrom)
    if (this.#mode === 'prose' || this.#mode === 'hidden') this.#capture.drop(offset + piece.length)
    else this.#capture.hold()
    return piece.length
  }

  /** Sets how far this piece may be read, now that the open plan may be another. */
  #bound(): void {
    this.#planStart = this.#outline.planStart
    const start = this.#planStart
    const limit = this.#limits.replyChars
    const end = start === -1 ? limit : Math.min(limit, start + this.#limits.elementChars)
    this.#stop = this.#halted ? 0 : Math.min(this.#piece.length, end - this.#offset)
  }

  #readString(from: number): number {
    const piece = this.#piece
    const stop = this.#stop
    for (let i = from; i < stop; i++) {
      const code = piece.charCodeAt(i)
      if (code === QUOTE) return this.#closeString(i)
      if (code === BACKSLASH) {
        if (i + 1 < stop) i++
        else {
          this.#mode = 'after-backslash'
          return i + 1
        }
      }
    }
    return stop
  }

  /** A string in single or smart quotes. */
  #readOddString(from: number): number {
    const piece = this.#piece
    for (let i = from; i < this.#stop; i++) {
      const code = piece.charCodeAt(i)
      if (code === this.#quote) return this.#closeString(i)
      if (this.#quote === RIGHT_SMART_QUOTE && (code === QUOTE || code === LEFT_SMART_QUOTE))
        return this.#closeString(i)
      if (code === BACKSLASH) {
        this.#mode = 'after-backslash'
        return i + 1
      }
    }
    return this.#stop
  }

  #closeString(i: number): number {
    this.#mode = 'json'
    this.#before = 'string'
    if (this.#stringIsText) {
      this.#stringIsText = false
      this.#outline.text(this.#piece.slice(this.#textFrom, i), true)
    }
    if (this.#outline.readsKeys) {
      if (this.#stringIsKey) this.#outline.keyEnd(this.#offset + i + 1)
      else this.#outline.valueEnd(this.#offset + i + 1)
      this.#check()
    }
    return i + 1
  }

  #openString(i: number, quote: number): number {
    const outline = this.#outline
    const before = this.#before
    this.#mode = 'string'
    this.#quote = quote
    this.#stringIsKey = before !== 'colon' && outline.inObject
    outline.leaveBareSteps(this.#offset + i)
    if (!outline.readsKeys) return i + 1
    if (this.#stringIsKey) {
      outline.keyStart(this.#offset + i)
      return i + 1
    }
    if (outline.holdsDocument) {
      outline.enterString(this.#offset + i)
      this.#escapes = new EscapeReader(quote)
      this.#mode = 'prose'
    } else if (outline.startText(this.#offset + i)) {
      this.#stringIsText = true
      this.#textFrom = i + 1
    }
    return i + 1
  }

  #readJson(from: number): number {
    const piece = this.#piece
    let stop = this.#stop
    for (let i = from; i < stop; i++) {
      const code = piece.charCodeAt(i)
      switch (code) {
        case QUOTE:
          if (this.#opensString(i)) return this.#openString(i, QUOTE)
          break
        case COMMA:
          if (this.#outline.readsKeys) {
            this.#outline.comma(this.#offset + i)
            this.#check()
            stop = this.#stop
          }
          this.#before = 'opener'
          break
        case COLON:
          if (this.#outline.readsKeys) this.#outline.colon(this.#offset + i)
          this.#before = 'colon'
          break
        case SPACE:
        case LINE_FEED:
        case CARRIAGE_RETURN:
        case TAB:
          if (this.#before === 'word') this.#endWord(i)
          if (this.#isFlood(i)) return i
          break
        case OPEN_BRACE:
        case OPEN_BRACKET:
          this.#outline.open(code === OPEN_BRACE, this.#offset + i, this.#atValue())
          this.#before = 'opener'
          this.#check()
          stop = this.#stop
          break
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          this.#outline.close(code === CLOSE_BRACE, this.#offset + i)
          this.#before = 'closer'
          this.#check()
          stop = this.#stop
          if (this.#outline.outside) {
            this.#mode = 'prose'
            return i + 1
          }
          break
        case APOSTROPHE:
          if (this.#opensOddString()) return this.#openString(i, APOSTROPHE)
          this.#bare(i)
          break
        case LEFT_SMART_QUOTE:
          if (this.#opensOddString()) return this.#openString(i, RIGHT_SMART_QUOTE)
          this.#bare(i)
          break
        case LESS:
        case BACKTICK:
        case SLASH:
          return this.#startNoise(code, i)
        default:
          if (code > 127 && ODD_SPACE.test(piece.charAt(i))) {
            if (this.#before === 'word') this.#endWord(i)
          } else this.#bare(i)
      }
    }
    return stop
  }

  /** May a value start here? A key without its colon counts as one, so that its bracket is not taken for a new element. */
  #atValue(): boolean {
    return this.#before === 'colon' || (this.#before === 'string' && this.#stringIsKey)
  }

  /** A quote opens a string where a value or key may stand, or where only a comma is missing; inside words it is part of them. */
  #opensString(i: number): boolean {
    switch (this.#before) {
      case 'word':
        this.#endWord(i)
        return this.#opensString(i)
      case 'words':
        if (LITERAL.test(this.#word)) return true
        this.#before = 'junk'
        return false
      case 'junk':
        return false
      default:
        return true
    }
  }

  #opensOddString(): boolean {
    if (this.#before !== 'opener' && this.#before !== 'colon') return false
    return this.#before === 'colon' || !this.#outline.listsObjects
  }

  /** A character that belongs to a bare word. */
  #bare(i: number): void {
    if (this.#before === 'word') return
    if (this.#before === 'opener' || this.#before === 'colon') {
      this.#before = 'word'
      this.#word = ''
      this.#wordFrom = i
    } else this.#before = 'junk'
  }

  #endWord(i: number): void {
    this.#word += this.#piece.slice(this.#wordFrom, i)
    this.#before = 'words'
  }

  #readProse(from: number): number {
    const piece = this.#piece
    for (let i = from; i < this.#stop; i++) {
      const code = piece.charCodeAt(i)
      switch (code) {
        case OPEN_BRACE:
        case OPEN_BRACKET:
          this.#capture.drop(this.#offset + i)
          this.#mode = 'json'
          this.#before = 'opener'
          this.#outline.open(code === OPEN_BRACE, this.#offset + i, true)
          return i + 1
        case LESS:
          return this.#startNoise(code, i)
        case SPACE:
        case LINE_FEED:
        case CARRIAGE_RETURN:
        case TAB:
          if (this.#isFlood(i)) return i
      }
    }
    return this.#stop
  }

  /** Counts white space in a row, also over the cuts. */
  #isFlood(i: number): boolean {
    const at = this.#offset + i
    if (at !== this.#spaceEnd) this.#spaceStart = at
    this.#spaceEnd = at + 1
    if (at - this.#spaceStart < this.#limits.whitespaceRun) return false
    this.#onLimit('whitespaceRun', at)
    return true
  }

  /** After each call that may open or close a plan. */
  #check(): void {
    if (this.#halted || this.#outline.planStart !== this.#planStart) this.#bound()
  }

  #startNoise(code: number, i: number): number {
    if (code === SLASH && (!this.#outline.inDocument || this.#before === 'word' || this.#before === 'junk')) {
      this.#bare(i)
      return i + 1
    }
    this.#outline.flush(this.#offset + i)
    if (this.#before === 'word') this.#endWord(i)
    if (code === LESS) {
      this.#mode = 'tag'
      this.#tag = '<'
    } else if (code === BACKTICK) {
      this.#mode = 'fence'
      this.#backticks = 1
    } else this.#mode = 'after-slash'
    return i + 1
  }

  /** Back to what stands around the noise. */
  #resume(): void {
    this.#mode = this.#hiddenDepth > 0 ? 'hidden' : this.#outline.outside ? 'prose' : 'json'
  }

  /** Leaves out everything since the mark, where the capture was cut. */
  #leaveOut(end: number, what: string): void {
    this.#outline.leaveOut(this.#offset + end, what)
    this.#resume()
  }

  /** It was no mark after all: its characters are words. */
  #unmark(): void {
    this.#resume()
    if (this.#mode === 'json') this.#before = 'junk'
  }

  #readNoise(i: number): number {
    const code = this.#piece.charCodeAt(i)
    switch (this.#mode) {
      case 'tag':
        return this.#readTag(i, code)
      case 'hidden': {
        const less = this.#piece.indexOf('<', i)
        if (less === -1 || less >= this.#stop) return this.#stop
        this.#mode = 'tag'
        this.#tag = '<'
        return less + 1
      }
      case 'fence':
        if (code === BACKTICK) this.#backticks++
        else if (this.#backticks < 3) {
          this.#unmark()
          return i
        } else {
          this.#mode = 'fence-language'
          return i
        }
        break
      case 'fence-language':
        if (/\w/.test(this.#piece.charAt(i))) break
        this.#leaveOut(i, 'a code fence')
        return i
      case 'after-slash':
        if (code === SLASH) this.#mode = 'line-comment'
        else if (code === STAR) this.#mode = 'block-comment'
        else {
          this.#unmark()
          return i
        }
        break
      case 'line-comment':
        if (code !== LINE_FEED) break
        this.#leaveOut(i, 'a comment')
        return i
      case 'block-comment':
        if (code === STAR) this.#mode = 'block-comment-star'
        break
      case 'block-comment-star':
        if (code === SLASH) this.#leaveOut(i + 1, 'a comment')
        else if (code !== STAR) this.#mode = 'block-comment'
        break
    }
    return i + 1
  }

  #readTag(i: number, code: number): number {
    const char = this.#piece.charAt(i)
    if (code === GREATER && this.#tag.length > 1) {
      this.#endTag(i)
      return i + 1
    }
    const fits = this.#tag.length === 1 ? TAG_START.test(char) : TAG_CHAR.test(char) && this.#tag.length < LONGEST_TAG
    if (!fits) {
      this.#unmark()
      return i
    }
    this.#tag += char
    return i + 1
  }

  #endTag(i: number): void {
    const { name, closes } = hiddenBlockOf(this.#tag)
    if (this.#hiddenDepth > 0) {
      if (name === this.#hidden) this.#hiddenDepth += closes ? -1 : 1
      if (this.#hiddenDepth > 0) this.#mode = 'hidden'
      else {
        this.#capture.drop(this.#offset + i + 1)
        this.#outline.note(`left out <${this.#hidden}>`)
        this.#resume()
      }
      return
    }
    if (name === undefined || closes) {
      this.#leaveOut(i + 1, `${this.#tag}>`)
      return
    }
    this.#hidden = name
    this.#hiddenDepth = 1
    this.#mode = 'hidden'
  }
}
