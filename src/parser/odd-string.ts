import { APOSTROPHE } from './char-codes.ts'
import { isAgentKey } from './is-agent-key.ts'

// Not imported: in a loop over all characters an imported constant is read from memory each time.
const QUOTE = 34
const COMMA = 44
const COLON = 58
const BACKSLASH = 92
const LEFT_SMART_QUOTE = 0x201c
const RIGHT_SMART_QUOTE = 0x201d

/** The start of the next element of a list, up to the colon after its first key. */
const ELEMENT_START = /^,\s*\{\s*"(\w+)"\s*$/
/** In characters: what is longer is not looked at. */
const LONGEST_START = 40

/**
 * A string in single or smart quotes. Only another single quote ends one in single quotes, so that one without would take the
 * rest of the reply: the start of another plan ends it, too.
 */
export class OddString {
  /** Where in the reply it started. */
  start = 0
  #quote = APOSTROPHE
  #isInner = false
  /** What was read since the last comma, while it is short. */
  #tail = ''
  /** It ran into the next plan, which lies before the colon that was found. */
  atNextPlan = false

  /** `quote` is the closing one. Inside a string that holds a document, `isInner`, what was read can't be read again. */
  open(quote: number, start: number, isInner: boolean): void {
    this.#quote = quote
    this.#isInner = isInner
    this.start = start
    this.#tail = ''
    this.atNextPlan = false
  }

  /** Where it ends, or a backslash stands; `stop` when that is not before. Smart quotes close each other, and are closed by a plain one. */
  end(piece: string, from: number, stop: number): number {
    if (this.#quote === APOSTROPHE) return this.#singleEnd(piece, from, stop)
    for (let i = from; i < stop; i++) {
      const code = piece.charCodeAt(i)
      if (code === RIGHT_SMART_QUOTE || code === LEFT_SMART_QUOTE || code === QUOTE || code === BACKSLASH) return i
    }
    return stop
  }

  #singleEnd(piece: string, from: number, stop: number): number {
    let tailFrom = from
    for (let i = from; i < stop; i++) {
      switch (piece.charCodeAt(i)) {
        case APOSTROPHE:
          return i
        case BACKSLASH:
          this.#tail = ''
          return i
        case COMMA:
          this.#tail = ''
          tailFrom = i
          break
        case COLON:
          this.atNextPlan = this.#isElementStart(piece, tailFrom, i)
          if (this.atNextPlan) return i
      }
    }
    if (this.#tail.length <= LONGEST_START) this.#tail += piece.slice(tailFrom, stop)
    return stop
  }

  #isElementStart(piece: string, from: number, to: number): boolean {
    if (this.#isInner || this.#tail.length + to - from > LONGEST_START) return false
    const key = ELEMENT_START.exec(this.#tail + piece.slice(from, to))?.[1]
    // An id may be anybody's, in a text as well.
    return key !== undefined && key !== 'id' && isAgentKey(key)
  }
}
