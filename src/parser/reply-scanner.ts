import { BareWord } from './bare-word.ts'
import type { BracketStack } from './bracket-stack.ts'
import type { Capture } from './capture.ts'
import {
  APOSTROPHE,
  BACKSLASH,
  BACKTICK,
  CARRIAGE_RETURN,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  LEFT_SMART_QUOTE,
  LESS,
  LINE_FEED,
  NINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  RIGHT_SMART_QUOTE,
  SLASH,
  SMALL_A,
  SMALL_Z,
  SPACE,
  TAB,
  ZERO,
} from './char-codes.ts'
import { EscapeReader } from './escape-reader.ts'
import { lostQuoteIn } from './lost-quote.ts'
import { NoiseReader } from './noise-reader.ts'
import type { PlanOutline } from './plan-outline.ts'
import { QuoteDoubt } from './quote-doubt.ts'
import { StringContent } from './string-content.ts'
import { WhitespaceRun } from './whitespace-run.ts'

/** Where the reader stands; each place where a piece can end has a name. */
type Mode = 'prose' | 'json' | 'string' | 'after-backslash' | 'noise'

/** What stands before, inside brackets. `words` is a bare word and space after it; `junk` is what fits nowhere. */
type Before = 'opener' | 'colon' | 'string' | 'closer' | 'word' | 'words' | 'junk'

export interface ScannerLimits {
  readonly replyChars: number
  readonly elementChars: number
  readonly whitespaceRun: number
}

const ODD_SPACE = /[\s\u200b\ufeff]/

/**
 * Reads a reply once, character by character, and tells the outline where brackets, keys and strings are. Prose, tags, fences
 * and what stands inside `<think>` and its like never get there.
 */
export class ReplyScanner {
  readonly #outline: PlanOutline
  readonly #brackets: BracketStack
  readonly #capture: Capture
  readonly #noise = new NoiseReader()
  readonly #word = new BareWord()
  readonly #doubt = new QuoteDoubt<Before>('opener')
  readonly #content: StringContent
  readonly #spaces: WhitespaceRun
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
  #replaying = false
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
    this.#content = new StringContent(outline)
    this.#spaces = new WhitespaceRun(limits.whitespaceRun)
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
      if (this.#halted) return
      if (escapes.isBad) this.#outline.note('mended a bad escape')
      this.#scan(text, offset + from)
    })
    if (!escapes.ended) return read
    this.#escapes = undefined
    // Whatever the document inside left open ends with the string around it.
    this.#content.forget()
    this.#doubt.forget()
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
    this.#stop = Math.min(piece.length, this.#end - offset)
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
        case 'noise':
          i = this.#readNoise(i)
      }
    }
    if (i < piece.length) {
      if (this.#halted) return piece.length
      if (this.#entered) {
        this.#entered = false
        return i
      }
      if (this.#mode !== 'json') this.#content.hold(piece, i)
      if (this.#mode === 'noise' && this.#noise.hides) this.#capture.drop(offset + i)
      this.#onLimit(offset + i >= this.#limits.replyChars ? 'replyChars' : 'elementChars', offset + i)
      return piece.length
    }
    this.#entered = false
    if (!this.#halted) this.#endPiece()
    return piece.length
  }

  #endPiece(): void {
    const { piece, offset } = this.#capture
    if (this.#mode === 'prose' || (this.#mode === 'noise' && this.#noise.hides)) {
      this.#capture.drop(offset + piece.length)
      return
    }
    if (this.#mode !== 'json') this.#content.hold(piece, piece.length)
    else if (this.#before === 'word') this.#word.take(piece)
    this.#capture.hold()
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

  #readString(from: number): number {
    const { piece } = this.#capture
    const stop = this.#stop
    let i = from
    for (; i < stop; i++) {
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
    return i
  }

  /** A string in single or smart quotes. */
  #readOddString(from: number): number {
    const { piece } = this.#capture
    let i = from
    for (; i < this.#stop; i++) {
      const code = piece.charCodeAt(i)
      if (code === this.#quote) return this.#closeString(i)
      if (this.#quote === RIGHT_SMART_QUOTE && (code === QUOTE || code === LEFT_SMART_QUOTE))
        return this.#closeString(i)
      if (code === BACKSLASH) {
        this.#mode = 'after-backslash'
        return i + 1
      }
    }
    return i
  }

  #closeString(i: number): number {
    this.#mode = 'json'
    this.#before = 'string'
    this.#content.close(this.#capture.piece, i)
    return i + 1
  }

  #openString(i: number, quote: number): number {
    const outline = this.#outline
    const at = this.#capture.offset + i
    this.#mode = 'string'
    this.#quote = quote
    if (outline.bareSteps && outline.listsObjects) outline.leaveBareSteps(at)
    // A string after a key is its value, which lost the colon.
    const isValue = this.#before === 'colon' || (this.#before === 'string' && this.#stringIsKey)
    this.#stringIsKey = !isValue && this.#brackets.inObject
    this.#doubt.string(quote === QUOTE ? at : -1, this.#before)
    if (!this.#brackets.readsKeys) return i + 1
    if (this.#stringIsKey) {
      this.#endValue(i)
      this.#check()
      this.#content.want('key', i + 1)
    } else if (outline.wantsValue) this.#content.want('value', i + 1)
    else if (this.#replaying) return i + 1
    else if (outline.holdsDocument) {
      outline.enterString(at)
      this.#escapes = new EscapeReader(quote)
      this.#mode = 'prose'
      this.#entered = true
      this.#stop = 0
    } else if (outline.startsText()) this.#content.want('text', i + 1)
    return i + 1
  }

  #readJson(from: number): number {
    const { piece, offset } = this.#capture
    let stop = this.#stop
    let i = from
    for (; i < stop; i++) {
      const code = piece.charCodeAt(i)
      if (isWordChar(code)) {
        if (this.#before !== 'word') this.#bare(i)
        continue
      }
      switch (code) {
        case QUOTE: {
          if (!this.#opensString(i)) break
          i = this.#openString(i, QUOTE)
          stop = this.#stop
          // Most strings end in the same piece: no need to come back for them.
          if (this.#isIn('string')) i = this.#readString(i)
          if (!this.#isIn('json')) return i
          i--
          break
        }
        case COMMA:
        case COLON:
          if (this.#doubt.stands && this.#mendQuote(i, code)) return i
          if (this.#brackets.readsKeys) {
            if (code === COMMA) this.#endValue(i)
            else this.#endBareKey(i)
            this.#check()
            stop = this.#stop
          }
          this.#before = code === COMMA ? 'opener' : 'colon'
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
          this.#doubt.clear()
          this.#outline.open(code === OPEN_BRACE, offset + i, this.#atValue())
          this.#before = 'opener'
          this.#check()
          stop = this.#stop
          break
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          if (this.#doubt.stands && this.#mendQuote(i, code)) return i
          if (this.#brackets.readsKeys) this.#endValue(i)
          this.#outline.close(code === CLOSE_BRACE, offset + i)
          this.#before = 'closer'
          this.#check()
          stop = this.#stop
          if (this.#outline.outside) {
            this.#mode = 'prose'
            return i + 1
          }
          break
        case APOSTROPHE:
        case LEFT_SMART_QUOTE:
          if (this.#opensOddString()) return this.#openString(i, code === APOSTROPHE ? APOSTROPHE : RIGHT_SMART_QUOTE)
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
    return i
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
        if (this.#word.isLiteral) return true
        this.#before = 'junk'
        // The word lost its opening quote.
        if (this.#brackets.readsKeys) {
          if (this.#word.isKey) this.#outline.setKey(this.#word.text)
          else this.#outline.setValue(this.#word.text, false)
        }
        return false
      case 'junk':
        this.#doubt.quote()
        return false
      default:
        return true
    }
  }

  #opensOddString(): boolean {
    return this.#before === 'colon' || (this.#before === 'opener' && !this.#outline.listsObjects)
  }

  /** The first character of a bare word, or one that fits nowhere. */
  #bare(i: number): void {
    if (this.#before === 'opener' || this.#before === 'colon') {
      this.#word.start(i, this.#before === 'opener' && this.#brackets.inObject)
      this.#before = 'word'
    } else if (this.#before !== 'word') {
      this.#doubt.junk(this.#before === 'string')
      this.#before = 'junk'
    }
  }

  #endWord(i: number): void {
    this.#word.take(this.#capture.piece, i)
    this.#before = 'words'
  }

  /** A value ends, in an object whose keys matter. */
  #endValue(i: number): void {
    if (this.#before === 'word') this.#endWord(i)
    if (this.#before === 'words') this.#outline.setValue(this.#word.text, false)
    this.#outline.endValue()
  }

  #endBareKey(i: number): void {
    if (this.#before === 'word') this.#endWord(i)
    if (this.#before === 'words') this.#outline.setKey(this.#word.text)
  }

  /** Adds a closing quote that was lost, and reads again from there. False when none was. */
  #mendQuote(i: number, next: number): boolean {
    const { piece, offset } = this.#capture
    const { start, before } = this.#doubt
    if (!this.#doubt.resolve() || this.#escapes) return false
    const text = this.#outline.takeBack(start, offset + i)
    const lost = text.length === offset + i - start ? lostQuoteIn(text, next) : -1
    if (lost === -1) {
      this.#outline.giveBack(text)
      return false
    }
    this.#outline.note('added a missing quote')
    this.#before = before
    this.#replaying = true
    this.#scan(text.slice(0, lost), start)
    this.#scan('"', start + lost)
    this.#scan(text.slice(lost), start + lost)
    this.#replaying = false
    this.#capture.feed(piece, offset)
    this.#capture.skip(offset + i)
    if (!this.#halted) this.#stop = Math.min(piece.length, this.#end - offset)
    return true
  }

  #readProse(from: number): number {
    const { piece, offset } = this.#capture
    let i = from
    for (; i < this.#stop; i++) {
      const code = piece.charCodeAt(i)
      switch (code) {
        case OPEN_BRACE:
        case OPEN_BRACKET:
          this.#capture.drop(offset + i)
          this.#mode = 'json'
          this.#before = 'opener'
          this.#outline.open(code === OPEN_BRACE, offset + i, true)
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
    return i
  }

  #isFlood(i: number): boolean {
    const at = this.#capture.offset + i
    if (!this.#spaces.isOver(at)) return false
    this.#onLimit('whitespaceRun', at)
    return true
  }

  #startNoise(code: number, i: number): number {
    if (code === SLASH && (!this.#outline.inDocument || this.#before === 'word' || this.#before === 'junk')) {
      this.#bare(i)
      return i + 1
    }
    if (this.#mode === 'prose') this.#capture.drop(this.#capture.offset + i)
    else this.#outline.flush(this.#capture.offset + i)
    this.#doubt.forget()
    if (this.#before === 'word') this.#endWord(i)
    this.#noise.start(code)
    this.#mode = 'noise'
    return i + 1
  }

  #readNoise(from: number): number {
    const noise = this.#noise
    const i = noise.read(this.#capture.piece, from, this.#stop)
    if (noise.verdict === 'undecided') return i
    this.#mode = this.#outline.outside ? 'prose' : 'json'
    if (noise.verdict === 'noise') this.#outline.leaveOut(this.#capture.offset + i, noise.what)
    else if (this.#mode === 'json') this.#before = 'junk'
    return i
  }
}

/** Digits and small letters: most of what stands outside strings. */
function isWordChar(code: number): boolean {
  return (code >= ZERO && code <= NINE) || (code >= SMALL_A && code <= SMALL_Z)
}
