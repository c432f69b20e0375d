import type { BracketStack } from './bracket-stack.ts'
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
const ZERO = 48
const NINE = 57
const COLON = 58
const LESS = 60
const GREATER = 62
const OPEN_BRACKET = 91
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const BACKTICK = 96
const SMALL_A = 97
const SMALL_Z = 122
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
const LEFT_SMART_QUOTE = 0x201c
const RIGHT_SMART_QUOTE = 0x201d

const LONGEST_TAG = 64
const LITERAL = /^(?:-?\d[\d.eE+-]*|true|false|null|True|False|None)$/
const TAG_CHAR = /[\w|/:.=\s-]/
const TAG_START = /[a-z/|_]/i
const STRUCTURE = '{}[],: \n\r\t'
/** How often in a reply a quote is looked for: each time costs the text of the open plan. */
const MOST_DOUBTS = 100
const ODD_SPACE = /[\s\u200b\ufeff]/

/**
 * Reads a reply once, character by character, and tells the outline where brackets, keys and strings are. Prose, tags, fences
 * and what stands inside `<think>` and its like never get there.
 */
export class ReplyScanner {
  readonly #outline: PlanOutline
  readonly #brackets: BracketStack
  readonly #capture: Capture
  readonly #limits: ScannerLimits
  readonly #onLimit: (limit: keyof ScannerLimits, at: number) => void
  #mode: Mode = 'prose'
  #before: Before = 'opener'
  /** Where reading has to stop, in the piece: its end, or a limit. */
  #stop = 0
  #read = 0
  #halted = false
  /** Where in the reply the next limit lies. */
  #end: number
  #planStart = -1
  #quote = QUOTE
  #stringIsKey = false
  #stringIsText = false
  /** Where in the piece the unsent part of a text field starts. */
  #textFrom = 0
  /** Where in the reply the last string in double quotes started, and what stood before it; -1 when it can't be told any more. */
  #stringStart = -1
  #stringBefore: Before = 'opener'
  /** A word right after a string, and then perhaps a quote: was it the string that lost its closing quote? */
  #doubt: 'none' | 'word' | 'word-and-quote' = 'none'
  #doubts = 0
  #replaying = false
  #word = ''
  #wordFrom = 0
  #tag = ''
  #backticks = 0
  #hidden = ''
  #hiddenDepth = 0
  #spaceStart = -1
  #spaceEnd = -1
  /** Reads the string that holds a document. */
  #escapes: EscapeReader | undefined
  #entered = false

  constructor(
    outline: PlanOutline,
    capture: Capture,
    limits: ScannerLimits,
    onLimit: (limit: keyof ScannerLimits, at: number) => void,
  ) {
    this.#outline = outline
    this.#brackets = outline.brackets
    this.#capture = capture
    this.#limits = limits
    this.#onLimit = onLimit
    this.#end = limits.replyChars
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
    let at = this.#escapes ? 0 : this.#scan(piece, start)
    // More than once only where a document inside a string starts or ends.
    while (at < piece.length && !this.#halted) {
      const rest = piece.slice(at)
      at += this.#escapes ? this.#scanEscaped(this.#escapes, rest, start + at) : this.#scan(rest, start + at)
    }
  }

  /** The reply is over. */
  end(): void {
    this.#capture.feed('', this.#read)
  }

  /** Reads a document inside a string, to the string's end. */
  #scanEscaped(escapes: EscapeReader, piece: string, offset: number): number {
    const read = escapes.read(piece, (text, from) => {
      if (!this.#halted) this.#scan(text, offset + from)
    })
    if (!escapes.ended) return read
    this.#escapes = undefined
    this.#capture.feed(piece, offset)
    this.#capture.skip(offset + read - 1)
    this.#outline.leaveString(offset + read - 1)
    this.#capture.skip(offset + read)
    this.#check()
    this.#mode = 'json'
    this.#before = 'string'
    return read
  }

  /** Reads to the end of the piece, or to the start of a document inside a string; returns how far. */
  #scan(piece: string, offset: number): number {
    this.#capture.feed(piece, offset)
    const room = this.#end - offset
    this.#stop = Math.min(piece.length, room)
    let i = 0
    while (i < this.#stop) {
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
    if (i < piece.length) {
      if (this.#halted) return piece.length
      if (this.#entered) {
        this.#entered = false
        return i
      }
      if (this.#stringIsText) this.#outline.text(piece.slice(this.#textFrom, i), false)
      this.#onLimit(offset + i >= this.#limits.replyChars ? 'replyChars' : 'elementChars', offset + i)
      return piece.length
    }
    this.#entered = false
    if (!this.#halted) this.#endPiece()
    return piece.length
  }

  #endPiece(): void {
    switch (this.#mode) {
      case 'prose':
      case 'hidden':
        this.#capture.drop(this.#capture.offset + this.#capture.piece.length)
        return
      case 'json':
        if (this.#before === 'word') {
          this.#word += this.#capture.piece.slice(this.#wordFrom)
          this.#wordFrom = 0
        }
        break
      default:
        if (!this.#stringIsText) break
        this.#outline.text(this.#capture.piece.slice(this.#textFrom), false)
        this.#textFrom = 0
    }
    this.#capture.hold()
  }

  #readString(from: number): number {
    const { piece } = this.#capture
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
    const { piece } = this.#capture
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
      this.#outline.text(this.#capture.piece.slice(this.#textFrom, i), true)
    }
    if (this.#stringIsKey && this.#brackets.readsKeys) this.#outline.keyEnd(this.#capture.offset + i + 1)
    return i + 1
  }

  #openString(i: number, quote: number): number {
    const outline = this.#outline
    this.#mode = 'string'
    this.#quote = quote
    if (outline.bareSteps && outline.listsObjects) outline.leaveBareSteps(this.#capture.offset + i)
    const afterKey = this.#before === 'string' && this.#stringIsKey
    this.#stringIsKey = this.#before !== 'colon' && !afterKey && this.#brackets.inObject
    this.#stringStart = quote === QUOTE ? this.#capture.offset + i : -1
    this.#stringBefore = this.#before
    if (!this.#brackets.readsKeys) return i + 1
    if (afterKey) outline.colon(this.#capture.offset + i - 1)
    if (this.#stringIsKey) outline.keyStart(this.#capture.offset + i)
    else if (outline.holdsDocument) {
      outline.enterString(this.#capture.offset + i)
      this.#escapes = new EscapeReader(quote)
      this.#mode = 'prose'
      this.#entered = true
      this.#stop = 0
    } else if (!this.#replaying && outline.startsText()) {
      this.#stringIsText = true
      this.#textFrom = i + 1
    }
    return i + 1
  }

  #readJson(from: number): number {
    const { piece } = this.#capture
    let stop = this.#stop
    for (let i = from; i < stop; i++) {
      const code = piece.charCodeAt(i)
      if (isWordChar(code)) {
        if (this.#before !== 'word') this.#bare(i)
        continue
      }
      switch (code) {
        case QUOTE: {
          if (!this.#opensString(i)) break
          i = this.#openString(i, QUOTE)
          // Most strings end in the same piece: no need to come back for them.
          if (this.#isIn('string')) i = this.#readString(i)
          if (!this.#isIn('json')) return i
          i--
          break
        }
        case COMMA:
          if (this.#doubt === 'word-and-quote') {
            this.#mendQuote(i, code)
            return i
          }
          if (this.#brackets.readsKeys) {
            this.#outline.valueEnd(this.#capture.offset + i)
            this.#check()
            stop = this.#stop
          }
          this.#before = 'opener'
          break
        case COLON:
          if (this.#doubt === 'word-and-quote') {
            this.#mendQuote(i, code)
            return i
          }
          if (this.#brackets.readsKeys) this.#readColon(i)
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
          this.#doubt = 'none'
          this.#outline.open(code === OPEN_BRACE, this.#capture.offset + i, this.#atValue())
          this.#before = 'opener'
          this.#check()
          stop = this.#stop
          break
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          if (this.#doubt === 'word-and-quote') {
            this.#mendQuote(i, code)
            return i
          }
          this.#outline.close(code === CLOSE_BRACE, this.#capture.offset + i)
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
          } else if (this.#before !== 'word') this.#bare(i)
      }
    }
    return stop
  }

  /** Asked after calls that may have changed the mode. */
  #isIn(mode: Mode): boolean {
    return this.#mode === mode
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
        this.#doubt = this.#doubt === 'word' ? 'word-and-quote' : 'none'
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
      return
    }
    const follows = this.#before === 'string' ? this.#stringStart !== -1 : this.#doubt === 'word'
    this.#doubt = follows ? 'word' : 'none'
    this.#before = 'junk'
  }

  /**
   * `"act":"Wait,"seconds":2`: when a string ends like a place where a string may start, a word follows, then a quote, and then
   * what has to follow that string, it was the closing quote of the first one that is missing. It is added, and the text
   * is read again from there.
   */
  #mendQuote(i: number, next: number): void {
    this.#doubt = 'none'
    const { piece, offset } = this.#capture
    const start = this.#stringStart
    if (this.#escapes || ++this.#doubts > MOST_DOUBTS) return
    const text = this.#outline.takeBack(start, offset + i)
    const close = text.lastIndexOf('"', text.lastIndexOf('"') - 1)
    let tail = close
    while (tail > 1 && STRUCTURE.includes(text.charAt(tail - 1))) tail--
    if (text.length !== offset + i - start || tail <= 1 || !mayFollow(text.slice(tail, close).trimEnd().at(-1), next)) {
      this.#outline.giveBack(text)
      return
    }
    this.#outline.note('added a missing quote')
    this.#before = this.#stringBefore
    this.#replaying = true
    this.#scan(text.slice(0, tail), start)
    this.#scan('"', start + tail)
    this.#scan(text.slice(tail), start + tail)
    this.#replaying = false
    this.#capture.feed(piece, offset)
    this.#capture.skip(offset + i)
    if (!this.#halted) this.#stop = Math.min(piece.length, this.#end - offset)
  }

  #readColon(i: number): void {
    if (this.#before === 'word') this.#endWord(i)
    if (this.#before === 'words') this.#outline.bareKey(this.#word)
    this.#outline.colon(this.#capture.offset + i)
  }

  #endWord(i: number): void {
    this.#word += this.#capture.piece.slice(this.#wordFrom, i)
    this.#before = 'words'
  }

  #readProse(from: number): number {
    const { piece } = this.#capture
    for (let i = from; i < this.#stop; i++) {
      const code = piece.charCodeAt(i)
      switch (code) {
        case OPEN_BRACE:
        case OPEN_BRACKET:
          this.#capture.drop(this.#capture.offset + i)
          this.#mode = 'json'
          this.#before = 'opener'
          this.#outline.open(code === OPEN_BRACE, this.#capture.offset + i, true)
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
    const at = this.#capture.offset + i
    if (at !== this.#spaceEnd) this.#spaceStart = at
    this.#spaceEnd = at + 1
    if (at - this.#spaceStart < this.#limits.whitespaceRun) return false
    this.#onLimit('whitespaceRun', at)
    return true
  }

  /** After each call that may open or close a plan: the next limit may be another. */
  #check(): void {
    const start = this.#outline.planStart
    if (start === this.#planStart) return
    this.#planStart = start
    const { replyChars, elementChars } = this.#limits
    this.#end = start === -1 ? replyChars : Math.min(replyChars, start + elementChars)
    if (!this.#halted) this.#stop = Math.min(this.#capture.piece.length, this.#end - this.#capture.offset)
  }

  #startNoise(code: number, i: number): number {
    if (code === SLASH && (!this.#outline.inDocument || this.#before === 'word' || this.#before === 'junk')) {
      this.#bare(i)
      return i + 1
    }
    this.#outline.flush(this.#capture.offset + i)
    this.#stringStart = -1
    this.#doubt = 'none'
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
    this.#outline.leaveOut(this.#capture.offset + end, what)
    this.#resume()
  }

  /** It was no mark after all: its characters are words. */
  #unmark(): void {
    this.#resume()
    if (this.#mode === 'json') this.#before = 'junk'
  }

  #readNoise(i: number): number {
    const code = this.#capture.piece.charCodeAt(i)
    switch (this.#mode) {
      case 'tag':
        return this.#readTag(i, code)
      case 'hidden': {
        const less = this.#capture.piece.indexOf('<', i)
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
        if (/\w/.test(this.#capture.piece.charAt(i))) break
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
    const char = this.#capture.piece.charAt(i)
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
        this.#capture.drop(this.#capture.offset + i + 1)
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

/** May a string that starts after `before` be followed by `next`? */
function mayFollow(before: string | undefined, next: number): boolean {
  switch (before) {
    case '{':
    case ',':
      return next === COLON
    case ':':
      return next === COMMA || next === CLOSE_BRACE
    case '[':
      return next === COMMA || next === CLOSE_BRACKET
    default:
      return false
  }
}

/** Digits and small letters: most of what stands outside strings. */
function isWordChar(code: number): boolean {
  return (code >= ZERO && code <= NINE) || (code >= SMALL_A && code <= SMALL_Z)
}
