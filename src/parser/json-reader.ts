import { BareWord } from './bare-word.ts'
import type { BracketStack } from './bracket-stack.ts'
import type { Capture } from './capture.ts'
import {
  APOSTROPHE,
  BACKTICK,
  CARRIAGE_RETURN,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  LEFT_SMART_QUOTE,
  LESS,
  LINE_FEED,
  OPEN_BRACE,
  OPEN_BRACKET,
  RIGHT_SMART_QUOTE,
  SLASH,
  SPACE,
  TAB,
} from './char-codes.ts'
import { endBeforeStructure } from './lost-quote.ts'
import { OddString } from './odd-string.ts'
import type { PlanOutline } from './plan-outline.ts'
import { QuoteDoubt } from './quote-doubt.ts'
import type { ReadLimit } from './read-limit.ts'
import type { Before, ReadingMode } from './reading-mode.ts'
import { StringContent } from './string-content.ts'
import { stringEnd } from './string-end.ts'

// Not imported: in the loop over all characters an imported constant is read from memory each time.
const QUOTE = 34
const COMMA = 44
const ZERO = 48
const NINE = 57
const COLON = 58
const BACKSLASH = 92
const SMALL_A = 97
const SMALL_Z = 122

const ODD_SPACE = /[\s\u200b\ufeff]/

/** Reads text again that was taken back: `quote` was lost after its first `lost` characters. */
type ReadAgain = (text: string, start: number, lost: number, quote: string) => void

/** Reads what stands inside brackets, and tells the outline where brackets, keys and strings are. */
export class JsonReader {
  mode: ReadingMode = 'prose'
  /** How far `readsAll` read when that was not all. */
  at = 0
  /** There was a line break in brackets. */
  hasLines = false
  readonly #outline: PlanOutline
  readonly #brackets: BracketStack
  readonly #capture: Capture
  readonly #limit: ReadLimit
  readonly #readAgain: ReadAgain
  readonly #word = new BareWord()
  readonly #doubt = new QuoteDoubt<Before>('opener')
  readonly #content: StringContent
  #before: Before = 'opener'
  readonly #odd = new OddString()
  #stringIsKey = false
  #replaying = false
  /** A string was entered that holds a document. Its quote, or 0. */
  entered = 0

  constructor(outline: PlanOutline, capture: Capture, limit: ReadLimit, readAgain: ReadAgain) {
    this.#outline = outline
    this.#brackets = outline.brackets
    this.#capture = capture
    this.#limit = limit
    this.#readAgain = readAgain
    this.#content = new StringContent(outline.keys)
  }

  /** The bracket at `i` starts something; what was before is prose. */
  start(braces: boolean, i: number): void {
    const at = this.#capture.offset + i
    this.#capture.drop(at)
    this.mode = 'json'
    this.#before = 'opener'
    this.#outline.open(braces, at, true)
  }

  /** The string that held a document has ended, whatever that left open. */
  leaveString(): void {
    this.#content.forget()
    this.#doubt.forget()
    this.mode = 'json'
    this.#before = 'string'
  }

  /** What looked like noise was text, or else it is left out. */
  leaveNoise(isText: boolean): void {
    this.mode = this.#outline.outside ? 'prose' : 'json'
    if (isText && this.mode === 'json') this.#before = 'junk'
  }

  /** The piece is over at `to`, or reading is. */
  holdPiece(to: number): void {
    const { piece } = this.#capture
    if (this.mode !== 'json') {
      if (this.#content.wanted !== 'nothing') this.#content.hold(piece, to)
    } else if (this.#before === 'word') this.#word.take(piece)
  }

  /** A new piece, read from its start: true when that was all of it, as it mostly is. One call, because there are so many. */
  readsAll(piece: string, offset: number): boolean {
    this.#capture.feed(piece, offset)
    this.#limit.start()
    const { length } = piece
    this.at = this.mode === 'string' ? stringEnd(piece, 0, this.#limit.stop) : 0
    if (this.at < length) {
      if (!this.readsJson) return false
      this.at = this.read(this.at)
      if (this.at < length || !this.readsJson) return false
      if (this.#before === 'word' && this.mode === 'json') this.#word.take(piece)
    }
    if (this.mode === 'string' && this.#content.wanted !== 'nothing') this.#content.hold(piece, length)
    this.#capture.hold()
    return true
  }

  /** Where `read` goes on, as opposed to `readOdd` and to what is no JSON. */
  get readsJson(): boolean {
    return this.mode === 'json' || this.mode === 'string'
  }

  /**
   * Reads on to the end of the piece, to a limit, or to where something else starts. Most of a reply is strings, and inside a
   * step all that has no brackets: that is read right here, from variables that are loaded and stored as rarely as can be.
   */
  read(from: number): number {
    const { piece, offset } = this.#capture
    let { stop } = this.#limit
    let i = from
    while (i < stop) {
      const { isPlain, inObject, readsKeys } = this.#brackets
      let inString = this.mode === 'string'
      let before = this.#before
      let stringIsKey = this.#stringIsKey
      for (; i < stop; i++) {
        const code = piece.charCodeAt(i)
        if (inString) {
          if (code === QUOTE) {
            inString = false
            before = 'string'
            if (this.#content.wanted !== 'nothing') this.#content.close(piece, i)
          } else if (code === BACKSLASH && ++i === stop) {
            this.#before = before
            this.#stringIsKey = stringIsKey
            this.mode = 'after-backslash'
            return i
          }
        } else if ((code >= ZERO && code <= NINE) || (code >= SMALL_A && code <= SMALL_Z)) {
          if (before === 'word') continue
          if (before !== 'opener' && before !== 'colon') break
          this.#word.start(i, before === 'opener' && inObject)
          before = 'word'
        } else if (before === 'junk') break
        else if (code === COLON) {
          // A key without quotes has to be told.
          if (readsKeys && before !== 'string') break
          before = 'colon'
        } else if (readsKeys) break
        else if (code === QUOTE) {
          if (!isPlain || before === 'word' || before === 'words') break
          this.#doubt.string(offset + i, before)
          stringIsKey = inObject && before !== 'colon' && (before !== 'string' || !stringIsKey)
          inString = true
        } else if (code === COMMA) before = 'opener'
        else break
      }
      this.mode = inString ? 'string' : 'json'
      this.#before = before
      this.#stringIsKey = stringIsKey
      if (i >= stop) return i
      i = this.#readChar(i)
      if (!this.readsJson) return i
      stop = this.#limit.stop
    }
    return i
  }

  /** Reads on where `read` does not. */
  readOdd(from: number): number {
    if (this.mode === 'odd-string') return this.#readOddString(from)
    this.mode = this.mode === 'after-backslash' ? 'string' : 'odd-string'
    return from + 1
  }

  /** A string in single or smart quotes. */
  #readOddString(from: number): number {
    const { piece } = this.#capture
    const i = this.#odd.end(piece, from, this.#limit.stop)
    if (i === this.#limit.stop) return i
    if (this.#odd.atNextPlan) return this.#endAtNextPlan(i)
    if (piece.charCodeAt(i) === BACKSLASH) this.mode = 'after-odd-backslash'
    else {
      this.mode = 'json'
      this.#before = 'string'
      if (this.#content.wanted !== 'nothing') this.#content.close(piece, i)
    }
    return i + 1
  }

  #openString(i: number, quote: number): void {
    const outline = this.#outline
    const at = this.#capture.offset + i
    this.mode = quote === QUOTE ? 'string' : 'odd-string'
    if (quote !== QUOTE) this.#odd.open(quote, at, this.#brackets.includes('string'))
    if (outline.steps.isBare && outline.listsObjects) outline.leaveBareSteps(at)
    // A string after a key is its value, which lost the colon.
    const isValue = this.#atValue()
    this.#stringIsKey = !isValue && this.#brackets.inObject
    this.#doubt.string(quote === APOSTROPHE ? -1 : at, this.#before)
    if (!this.#brackets.readsKeys) return
    if (this.#stringIsKey) {
      this.#endValue(i)
      this.#limit.check()
      this.#content.want('key', i + 1)
    } else if (outline.keys.wantsValue) this.#content.want('value', i + 1)
    else if (this.#replaying) return
    else if (outline.keys.holdsDocument) {
      outline.enterString(at)
      this.mode = 'prose'
      this.entered = quote
      this.#limit.stop = 0
    } else if (outline.keys.startsText(at)) this.#content.want('text', i + 1)
  }

  /** One character outside strings; returns where to read on. */
  #readChar(i: number): number {
    const { piece, offset } = this.#capture
    const code = piece.charCodeAt(i)
    switch (code) {
      case QUOTE:
        if (this.#opensString(i)) this.#openString(i, QUOTE)
        return i + 1
      case COMMA:
      case COLON:
        if (this.#doubt.stands && this.#mendQuote(i, code)) return i
        if (this.#brackets.readsKeys) {
          if (code === COMMA) this.#endValue(i)
          else this.#endBareKey(i)
          this.#limit.check()
        }
        this.#before = code === COMMA ? 'opener' : 'colon'
        return i + 1
      case SPACE:
      case LINE_FEED:
      case CARRIAGE_RETURN:
      case TAB:
        if (code === LINE_FEED) this.hasLines = true
        if (this.#before === 'word') this.#endWord(i)
        return this.#limit.isFlood(offset + i) ? i : i + 1
      case OPEN_BRACE:
      case OPEN_BRACKET:
        this.#doubt.clear()
        if (code === OPEN_BRACKET && this.#afterValue(i) && this.#outline.leavesOutBracket(offset + i)) return i + 1
        this.#outline.open(code === OPEN_BRACE, offset + i, this.#atValue())
        this.#before = 'opener'
        this.#limit.check()
        return i + 1
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (this.#doubt.stands && this.#mendQuote(i, code)) return i
        // It may be a stray one, which is left out.
        this.#doubt.clear()
        if (this.#brackets.readsKeys) this.#endValue(i)
        this.#outline.close(code === CLOSE_BRACE, offset + i)
        this.#before = 'closer'
        this.#limit.check()
        if (this.#outline.outside) this.mode = 'prose'
        return i + 1
      case APOSTROPHE:
      case LEFT_SMART_QUOTE:
        if (this.#before === 'colon' || (this.#before === 'opener' && !this.#outline.listsObjects))
          this.#openString(i, code === APOSTROPHE ? APOSTROPHE : RIGHT_SMART_QUOTE)
        else this.#bare(i)
        return i + 1
      case SLASH:
        if (!this.#outline.inDocument || this.#before === 'word' || this.#before === 'junk') {
          this.#bare(i)
          return i + 1
        }
        this.#startNoise(i)
        return i
      case LESS:
      case BACKTICK:
        this.#startNoise(i)
        return i
      default:
        if (code > 127 && ODD_SPACE.test(piece.charAt(i))) {
          if (this.#before === 'word') this.#endWord(i)
        } else if (this.#before !== 'word') this.#bare(i)
        return i + 1
    }
  }

  /** May a value start here? A key without its colon counts as one, so that its bracket is not taken for a new element. */
  #atValue(): boolean {
    return this.#before === 'colon' || (this.#before === 'string' && this.#stringIsKey)
  }

  /** A value, or all of a step or plan, stands right before: only a comma or a closer may follow. */
  #afterValue(i: number): boolean {
    if (this.#before === 'word') this.#endWord(i)
    if (this.#before === 'words') return !this.#word.isKey
    return this.#before === 'closer' || (this.#before === 'string' && !this.#stringIsKey)
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
          if (this.#word.isKey) this.#outline.keys.setKey(this.#word.text)
          else this.#outline.keys.setValue(this.#word.text, false)
        }
        return false
      case 'junk':
        this.#doubt.quote()
        return false
      default:
        return true
    }
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
    if (this.#before === 'words') this.#outline.keys.setValue(this.#word.text, false)
    this.#outline.keys.endValue(this.#capture.offset + i)
  }

  #endBareKey(i: number): void {
    if (this.#before === 'word') this.#endWord(i)
    if (this.#before === 'words') this.#outline.keys.setKey(this.#word.text)
  }

  #startNoise(i: number): void {
    this.#outline.text.flush(this.#capture.offset + i)
    this.#doubt.forget()
    if (this.#before === 'word') this.#endWord(i)
    this.mode = 'before-noise'
  }

  /** Adds a closing quote that was lost, and reads again from there. False when none was. */
  #mendQuote(i: number, next: number): boolean {
    if (this.#brackets.includes('string')) {
      this.#doubt.clear()
      return false
    }
    const { start } = this.#doubt
    const found = this.#doubt.resolve(this.#outline.text, this.#capture.offset + i, next)
    if (found) this.#addQuote('"', found.text, found.lost, start)
    return found !== undefined
  }

  /** A string in single quotes ran on into the next plan, which stands before the colon at `i`: it lost its quote. */
  #endAtNextPlan(i: number): number {
    if (this.#content.wanted === 'text') this.#content.close(this.#capture.piece, i)
    else this.#content.forget()
    const text = this.#outline.text.takeBack(this.#odd.start, this.#capture.offset + i)
    this.#addQuote("'", text, endBeforeStructure(text, text.lastIndexOf(',')), this.#odd.start)
    return i
  }

  #addQuote(quote: string, text: string, lost: number, start: number): void {
    this.#outline.text.note('added a missing quote')
    this.mode = 'json'
    this.#before = this.#doubt.before
    this.#replaying = true
    this.#readAgain(text, start, lost, quote)
    this.#replaying = false
  }
}
