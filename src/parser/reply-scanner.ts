import type { Capture } from './capture.ts'
import { commentEnd } from './comment-end.ts'
import { EscapeReader } from './escape-reader.ts'
import { BEFORE_NOISE, IN_NOISE, JsonReader, PROSE } from './json-reader.ts'
import { NoiseReader } from './noise-reader.ts'
import type { PlanOutline } from './plan-outline.ts'
import { ReadLimit, type ScannerLimits } from './read-limit.ts'

// Not imported: in the loop over all characters an imported constant is read from memory each time.
const TAB = 9
const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const SPACE = 32
const LESS = 60
const OPEN_BRACKET = 91
const OPEN_BRACE = 123
/** How many comments without an end are read on from: each time costs the rest of the reply. */
const MOST_COMMENTS = 20

/**
 * Reads a reply once, character by character: what stands in brackets is for the JSON reader; prose, tags, fences and what
 * stands inside `<think>` and its like are passed over.
 */
export class ReplyScanner {
  readonly #outline: PlanOutline
  readonly #capture: Capture
  readonly #limit: ReadLimit
  readonly #json: JsonReader
  readonly #noise = new NoiseReader()
  #read = 0
  /** Reads the string that holds a document. */
  #escapes: EscapeReader | undefined

  constructor(
    outline: PlanOutline,
    capture: Capture,
    limits: ScannerLimits,
    onLimit: (limit: keyof ScannerLimits, at: number) => void,
  ) {
    this.#outline = outline
    this.#capture = capture
    this.#limit = new ReadLimit(outline, capture, limits, onLimit)
    this.#json = new JsonReader(outline, capture, this.#limit, (text, start, lost, quote) =>
      this.#readAgain(text, start, lost, quote),
    )
  }

  /** How many characters were read. */
  get read(): number {
    return this.#read
  }

  /** Nothing that comes after is read. */
  halt(): void {
    this.#limit.halt()
  }

  /** The piece stands there in the reply: what was before was not for this scanner. */
  pushAt(piece: string, offset: number): void {
    this.#read = offset
    this.push(piece)
  }

  push(piece: string): void {
    const start = this.#read
    this.#read += piece.length
    if (this.#escapes === undefined && this.#json.readsAll(piece, start)) return
    let at = this.#escapes ? 0 : this.#readOn(this.#json.at)
    // More than once only where a document inside a string starts or ends.
    while (at < piece.length && !this.#limit.halted) {
      const rest = piece.slice(at)
      at += this.#escapes ? this.#scanEscaped(this.#escapes, rest, start + at) : this.#scan(rest, start + at)
    }
  }

  /** What was read last may still turn out to be noise. */
  get undecided(): boolean {
    return this.#json.mode === IN_NOISE
  }

  /** The reply is over. What a comment took for its own, in a reply without line breaks, is read now. */
  end(): void {
    let left = MOST_COMMENTS
    while (left > 0 && this.#resume()) left--
    this.#capture.feed('', this.#read)
  }

  #resume(): boolean {
    const json = this.#json
    if (json.mode !== IN_NOISE || !this.#noise.inLineComment) return false
    if (json.hasLines || this.#escapes || this.#limit.halted) return false
    const comment = this.#capture.held
    const end = commentEnd(comment)
    if (end === -1) return false
    json.leaveNoise(false)
    this.#capture.feed('', this.#read)
    this.#outline.text.leaveOut(this.#read, 'a comment')
    this.#scan(comment.slice(end), this.#read - comment.length + end)
    return true
  }

  /** Reads a document inside a string, to the string's end. */
  #scanEscaped(escapes: EscapeReader, piece: string, offset: number): number {
    const read = escapes.read(piece, (text, from) => {
      if (this.#limit.halted) return
      if (escapes.isBad) this.#outline.text.note('mended a bad escape')
      this.#scan(text, offset + from)
    })
    if (!escapes.ended || this.#limit.halted) return read
    this.#escapes = undefined
    // Whatever the document inside left open ends with the string around it.
    this.#json.leaveString()
    this.#capture.feed(piece, offset)
    this.#capture.skip(offset + read - 1)
    this.#outline.leaveString(offset + read - 1)
    this.#capture.skip(offset + read)
    this.#limit.check()
    return read
  }

  /** Reads to the end of the piece, or to the start of a document inside a string; returns how far. */
  #scan(piece: string, offset: number): number {
    this.#capture.feed(piece, offset)
    return this.#readOn(0)
  }

  /** Reads text again that ends where reading is, with a quote after its first `lost` characters. */
  #readAgain(text: string, start: number, lost: number, quote: string): void {
    const { piece, offset } = this.#capture
    this.#scan(text.slice(0, lost), start)
    this.#scan(quote, start + lost)
    this.#scan(text.slice(lost), start + lost)
    this.#capture.feed(piece, offset)
    this.#capture.skip(start + text.length)
  }

  #readOn(from: number): number {
    const json = this.#json
    const capture = this.#capture
    const { piece } = capture
    let i = from
    while (i < capture.stop) {
      switch (json.mode) {
        case PROSE:
          i = this.#readProse(i)
          break
        case BEFORE_NOISE:
          this.#noise.start(piece.charCodeAt(i))
          json.mode = IN_NOISE
          i++
          break
        case IN_NOISE:
          i = this.#readNoise(i)
          break
        default:
          i = json.readsJson ? json.read(i) : json.readOdd(i)
      }
    }
    return i < piece.length ? this.#stopAt(i) : this.#endPiece()
  }

  /** Something ended the reading before the piece is over. */
  #stopAt(i: number): number {
    const { piece, offset } = this.#capture
    if (this.#limit.halted) return piece.length
    if (this.#json.entered !== 0) {
      this.#enterString()
      return i
    }
    this.#json.holdPiece(i)
    if (this.#hidesAll()) this.#capture.drop(offset + i)
    this.#limit.exceed(offset + i)
    return piece.length
  }

  #endPiece(): number {
    const capture = this.#capture
    const { length } = capture.piece
    if (this.#json.entered !== 0) this.#enterString()
    if (this.#limit.halted) return length
    if (this.#json.mode === PROSE || this.#hidesAll()) capture.drop(capture.offset + length)
    else {
      this.#json.holdPiece(length)
      capture.hold()
    }
    return length
  }

  #enterString(): void {
    this.#escapes = new EscapeReader(this.#json.entered)
    this.#json.entered = 0
  }

  #hidesAll(): boolean {
    return this.#json.mode === IN_NOISE && this.#noise.hides
  }

  #readProse(from: number): number {
    const { piece, offset } = this.#capture
    const { stop } = this.#capture
    for (let i = from; i < stop; i++) {
      const code = piece.charCodeAt(i)
      switch (code) {
        case OPEN_BRACE:
        case OPEN_BRACKET:
          this.#json.start(code === OPEN_BRACE, i)
          return i + 1
        case LESS:
          this.#capture.drop(offset + i)
          this.#json.mode = BEFORE_NOISE
          return i
        case SPACE:
        case LINE_FEED:
        case CARRIAGE_RETURN:
        case TAB:
          if (this.#limit.isFlood(offset + i)) return i
      }
    }
    return stop
  }

  #readNoise(from: number): number {
    const noise = this.#noise
    const i = noise.read(this.#capture.piece, from, this.#capture.stop)
    if (noise.verdict === 'undecided') return i
    this.#json.leaveNoise(noise.verdict === 'text')
    if (noise.verdict === 'noise') this.#outline.text.leaveOut(this.#capture.offset + i, noise.what)
    return i
  }
}
