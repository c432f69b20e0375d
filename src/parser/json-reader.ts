import { BareWord } from './bare-word.ts'
import type { BracketStack } from './bracket-stack.ts'
import type { Capture } from './capture.ts'
import { endBeforeStructure } from './lost-quote.ts'
import { OddString } from './odd-string.ts'
import type { PlanOutline } from './plan-outline.ts'
import { QuoteDoubt } from './quote-doubt.ts'
import type { ReadLimit } from './read-limit.ts'
import { StringContent } from './string-content.ts'

// Not imported: in the loop over all characters an imported constant is read from memory each time.
const TAB = 9
const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const SPACE = 32
const QUOTE = 34
const APOSTROPHE = 39
const COMMA = 44
const MINUS = 45
const SLASH = 47
const NINE = 57
const COLON = 58
const LESS = 60
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

/**
 * Where the reader stands; each place where a piece can end has a name. Strings in odd quotes are read by their own rules. Numbers,
 * because each look at a field that holds a text reads memory twice more, and each write has to tell the collector.
 */
type ReadingMode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7
const IN_JSON = 0
const IN_STRING = 1
const AFTER_BACKSLASH = 2
const IN_ODD_STRING = 3
const AFTER_ODD_BACKSLASH = 4
export const PROSE = 5
export const BEFORE_NOISE = 6
export const IN_NOISE = 7

/** What stands before, inside brackets. `AFTER_WORD` is a bare word and space after it; `AFTER_JUNK` what fits nowhere. */
type Before = 0 | 1 | 2 | 3 | 4 | 5 | 6
const AFTER_OPENER = 0
const AFTER_COLON = 1
const AFTER_STRING = 2
const AFTER_CLOSER = 3
const IN_WORD = 4
const AFTER_WORD = 5
const AFTER_JUNK = 6

const ODD_SPACE = /[\s\u200b\ufeff]/

/** Reads text again that was taken back: `quote` was lost after its first `lost` characters. */
type ReadAgain = (text: string, start: number, lost: number, quote: string) => void

/** Reads what stands inside brackets, and tells the outline where brackets, keys and strings are. */
export class JsonReader {
  mode: ReadingMode = PROSE
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
  readonly #doubt = new QuoteDoubt<Before>(AFTER_OPENER)
  readonly #content: StringContent
  #before: Before = AFTER_OPENER
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
    this.mode = IN_JSON
    this.#before = AFTER_OPENER
    this.#outline.open(braces, at, true)
  }

  /** The string that held a document has ended, whatever that left open. */
  leaveString(): void {
    // Whoever was told the start of a text is told its end, or that would come with the next one.
    if (this.#content.isText) this.#content.close('', 0)
    else this.#content.forget()
    this.#doubt.forget()
    this.mode = IN_JSON
    this.#before = AFTER_STRING
  }

  /** What looked like noise was text, or else it is left out. */
  leaveNoise(isText: boolean): void {
    this.mode = this.#outline.outside ? PROSE : IN_JSON
    if (isText && this.mode === IN_JSON) this.#before = AFTER_JUNK
  }

  /** The piece is over at `to`, or reading is. */
  holdPiece(to: number): void {
    const { piece } = this.#capture
    if (this.mode !== IN_JSON) {
      if (this.#content.isWanted) this.#content.hold(piece, to)
    } else if (this.#before === IN_WORD) this.#word.take(piece)
  }

  /** A new piece, read from its start: true when that was all of it, as it mostly is. One call, because there are so many. */
  readsAll(piece: string, offset: number): boolean {
    this.#capture.feed(piece, offset)
    const at = this.mode <= IN_STRING ? this.read(0) : this.mode === AFTER_BACKSLASH ? this.#readEscaped() : 0
    if (at < piece.length || this.mode > AFTER_BACKSLASH) {
      this.at = at
      return false
    }
    if (this.#before === IN_WORD && this.mode === IN_JSON) this.#word.take(piece)
    if (this.#content.isWanted === true) this.#content.hold(piece, at)
    this.#capture.hold()
    return true
  }

  /** Reads a piece on after a backslash that the one before ended with. */
  #readEscaped(): number {
    if (this.#capture.stop === 0) return 0
    this.mode = IN_STRING
    return this.read(1)
  }

  /** Where `read` goes on, as opposed to `readOdd` and to what is no JSON. */
  get readsJson(): boolean {
    return this.mode <= IN_STRING
  }

  /**
   * Reads on to the end of the piece, to a limit, or to where something else starts. Most of a reply is strings, and inside a
   * step all that has no brackets: that is read right here, from variables that are loaded and stored as rarely as can be.
   */
  read(from: number): number {
    const { piece, offset } = this.#capture
    let { stop } = this.#capture
    // `| 0` tells the compiler, as at the end of the loop, that this is a whole number; it would check and convert it for each character.
    let i = from | 0
    while (i < stop) {
      // Compared here once, because a field has to be asked at length whether it counts as true.
      const isPlain = this.#brackets.isPlain === true
      const inObject = this.#brackets.inObject === true
      const readsKeys = this.#brackets.readsKeys === true
      let inString = this.mode === IN_STRING
      let before = this.#before
      for (; i < stop; i++) {
        const code = piece.charCodeAt(i)
        if (inString) {
          if (code === QUOTE) {
            inString = false
            before = AFTER_STRING
            if (this.#content.isWanted === true) this.#content.close(piece, i)
          } else if (code === BACKSLASH && ++i === stop) {
            this.#before = before
            this.mode = AFTER_BACKSLASH
            return i
          }
        } else if ((code >= MINUS && code <= NINE && code !== SLASH) || (code >= SMALL_A && code <= SMALL_Z)) {
          if (before === IN_WORD) continue
          if (before !== AFTER_OPENER && before !== AFTER_COLON) break
          this.#word.start(i, before === AFTER_OPENER && inObject)
          before = IN_WORD
        } else if (before === AFTER_JUNK) break
        else if (code === COLON) {
          // A key without quotes has to be told.
          if (readsKeys && before !== AFTER_STRING) break
          this.#doubt.colon(offset + i)
          before = AFTER_COLON
        } else if (readsKeys) break
        else if (code === QUOTE) {
          if (!isPlain || before === IN_WORD || before === AFTER_WORD) break
          this.#doubt.string(offset + i, before)
          this.#stringIsKey = inObject && before !== AFTER_COLON && (before !== AFTER_STRING || !this.#stringIsKey)
          inString = true
        } else if (code === COMMA) before = AFTER_OPENER
        else break
      }
      this.mode = inString ? IN_STRING : IN_JSON
      this.#before = before
      if (i >= stop) return i
      i = this.#readChar(i) | 0
      if (!this.readsJson) return i
      stop = this.#capture.stop
    }
    return i
  }

  /** Reads on where `read` does not. */
  readOdd(from: number): number {
    if (this.mode === IN_ODD_STRING) return this.#readOddString(from)
    this.mode = this.mode === AFTER_BACKSLASH ? IN_STRING : IN_ODD_STRING
    return from + 1
  }

  /** A string in single or smart quotes. */
  #readOddString(from: number): number {
    const { piece } = this.#capture
    const i = this.#odd.end(piece, from, this.#capture.stop)
    if (i === this.#capture.stop) return i
    if (this.#odd.atNextPlan) return this.#endAtNextPlan(i)
    if (piece.charCodeAt(i) === BACKSLASH) this.mode = AFTER_ODD_BACKSLASH
    else {
      this.mode = IN_JSON
      this.#before = AFTER_STRING
      if (this.#content.isWanted) this.#content.close(piece, i)
    }
    return i + 1
  }

  #openString(i: number, quote: number): void {
    const outline = this.#outline
    const at = this.#capture.offset + i
    this.mode = quote === QUOTE ? IN_STRING : IN_ODD_STRING
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
      this.mode = PROSE
      this.entered = quote
      this.#capture.stop = 0
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
        this.#before = code === COMMA ? AFTER_OPENER : AFTER_COLON
        return i + 1
      case SPACE:
      case LINE_FEED:
      case CARRIAGE_RETURN:
      case TAB:
        if (code === LINE_FEED) this.hasLines = true
        if (this.#before === IN_WORD) this.#endWord(i)
        return this.#limit.isFlood(offset + i) ? i : i + 1
      case OPEN_BRACE:
      case OPEN_BRACKET:
        this.#doubt.clear()
        if (code === OPEN_BRACKET && this.#afterValue(i) && this.#outline.leavesOutBracket(offset + i)) {
          this.#doubt.forget()
          return i + 1
        }
        // A step begins, or what is none.
        if (!this.#brackets.isPlain) this.#doubt.hasLongKey = false
        this.#outline.open(code === OPEN_BRACE, offset + i, this.#atValue())
        this.#before = AFTER_OPENER
        this.#limit.check()
        return i + 1
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (this.#doubt.stands && this.#mendQuote(i, code)) return i
        // It may be a stray one, which is left out.
        this.#doubt.clear()
        if (this.#brackets.readsKeys) this.#endValue(i)
        this.#outline.close(code === CLOSE_BRACE, offset + i, this.#doubt.hasLongKey)
        this.#before = AFTER_CLOSER
        this.#limit.check()
        if (this.#outline.outside) this.mode = PROSE
        return i + 1
      case APOSTROPHE:
      case LEFT_SMART_QUOTE:
        if (this.#before === AFTER_COLON || (this.#before === AFTER_OPENER && !this.#outline.listsObjects))
          this.#openString(i, code === APOSTROPHE ? APOSTROPHE : RIGHT_SMART_QUOTE)
        else this.#bare(i)
        return i + 1
      case SLASH:
        if (!this.#outline.inDocument || this.#before === IN_WORD || this.#before === AFTER_JUNK) {
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
          if (this.#before === IN_WORD) this.#endWord(i)
        } else if (this.#before !== IN_WORD) this.#bare(i)
        return i + 1
    }
  }

  /** May a value start here? A key without its colon counts as one, so that its bracket is not taken for a new element. */
  #atValue(): boolean {
    return this.#before === AFTER_COLON || (this.#before === AFTER_STRING && this.#stringIsKey)
  }

  /** A value, or all of a step or plan, stands right before: only a comma or a closer may follow. */
  #afterValue(i: number): boolean {
    if (this.#before === IN_WORD) this.#endWord(i)
    if (this.#before === AFTER_WORD) return !this.#word.isKey
    return this.#before === AFTER_CLOSER || (this.#before === AFTER_STRING && !this.#stringIsKey)
  }

  /** A quote opens a string where a value or key may stand, or where only a comma is missing; inside words it is part of them. */
  #opensString(i: number): boolean {
    switch (this.#before) {
      case IN_WORD:
        this.#endWord(i)
        return this.#opensString(i)
      case AFTER_WORD:
        if (this.#word.isLiteral) return true
        this.#before = AFTER_JUNK
        // The word lost its opening quote.
        if (this.#brackets.readsKeys) {
          if (this.#word.isKey) this.#outline.keys.setKey(this.#word.text)
          else this.#outline.keys.setValue(this.#word.text, false)
        }
        return false
      case AFTER_JUNK:
        this.#doubt.quote()
        return false
      default:
        return true
    }
  }

  /** The first character of a bare word, or one that fits nowhere. */
  #bare(i: number): void {
    if (this.#before === AFTER_OPENER || this.#before === AFTER_COLON) {
      this.#word.start(i, this.#before === AFTER_OPENER && this.#brackets.inObject)
      this.#before = IN_WORD
    } else if (this.#before !== IN_WORD) {
      this.#doubt.junk(this.#before === AFTER_STRING)
      this.#before = AFTER_JUNK
    }
  }

  #endWord(i: number): void {
    this.#word.take(this.#capture.piece, i)
    this.#before = AFTER_WORD
  }

  /** A value ends, in an object whose keys matter. */
  #endValue(i: number): void {
    if (this.#before === IN_WORD) this.#endWord(i)
    if (this.#before === AFTER_WORD) this.#outline.keys.setValue(this.#word.text, false)
    this.#outline.keys.endValue(this.#capture.offset + i)
  }

  #endBareKey(i: number): void {
    if (this.#before === IN_WORD) this.#endWord(i)
    if (this.#before === AFTER_WORD) this.#outline.keys.setKey(this.#word.text)
  }

  #startNoise(i: number): void {
    this.#outline.text.flush(this.#capture.offset + i)
    this.#doubt.forget()
    if (this.#before === IN_WORD) this.#endWord(i)
    this.mode = BEFORE_NOISE
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
    if (this.#content.isText) this.#content.close(this.#capture.piece, i)
    else this.#content.forget()
    const text = this.#outline.text.takeBack(this.#odd.start, this.#capture.offset + i)
    this.#addQuote("'", text, endBeforeStructure(text, text.lastIndexOf(',')), this.#odd.start)
    return i
  }

  #addQuote(quote: string, text: string, lost: number, start: number): void {
    this.#outline.text.note('added a missing quote')
    this.mode = IN_JSON
    this.#before = this.#doubt.before
    this.#replaying = true
    this.#readAgain(text, start, lost, quote)
    this.#replaying = false
  }
}
