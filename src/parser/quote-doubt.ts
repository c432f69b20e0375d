import { lostQuoteIn } from './lost-quote.ts'
import type { OpenText } from './open-text.ts'
import { SHORTEST_FORBIDDEN } from './read-object.ts'

/** How often in a reply a lost quote is looked for: each time costs the text of the open plan. */
const MOST_DOUBTS = 100

/** From its opening quote to its colon, however it is escaped. */
const LONG_KEY = SHORTEST_FORBIDDEN + 2

/** Numbers, because it is asked and told at each bracket. */
type Seen = 0 | 1 | 2
const NOTHING = 0
const WORD = 1
const WORD_AND_QUOTE = 2

/**
 * The last string, in case there is something wrong with it. A word right after it, and then a quote: did it lose its closing
 * quote? A colon: is it a key as long as those that are forbidden? Where none is, which its place tells, nobody has to look through
 * the step.
 */
export class QuoteDoubt<Before> {
  /** Where in the reply the last string in double quotes started, and what stood before it; -1 when it can't be told any more. */
  start = -1
  before: Before
  /** A key was as long as those that are forbidden, since this was last set back. */
  hasLongKey = false
  #seen: Seen = NOTHING
  #asked = 0

  constructor(before: Before) {
    this.before = before
  }

  /** A string starts. */
  string(start: number, before: Before): void {
    this.start = start
    this.before = before
  }

  /** If there was a key, the last string was it. */
  colon(at: number): void {
    if (at - this.start >= LONG_KEY) this.hasLongKey = true
  }

  /** A character that fits nowhere. */
  junk(afterString: boolean): void {
    const follows = afterString ? this.start !== -1 : this.#seen === WORD
    this.#seen = follows ? WORD : NOTHING
  }

  /** A quote that opens nothing. */
  quote(): void {
    this.#seen = this.#seen === WORD ? WORD_AND_QUOTE : NOTHING
  }

  /** What stands here explains itself. */
  clear(): void {
    this.#seen = NOTHING
  }

  /** Something was left out: the text is not in one piece any more. */
  forget(): void {
    this.start = -1
    this.#seen = NOTHING
  }

  /** Is there reason to look? Asked before each comma, colon and closer. */
  get stands(): boolean {
    return this.#seen === WORD_AND_QUOTE
  }

  /**
   * Takes the text since the last string started back from its owner, up to `at`, and says where in it a quote is missing;
   * nothing when none is, or when this was asked too often.
   */
  resolve(owner: OpenText, at: number, next: number): { readonly text: string; readonly lost: number } | undefined {
    this.#seen = NOTHING
    if (++this.#asked > MOST_DOUBTS) return undefined
    const text = owner.takeBack(this.start, at)
    const lost = text.length === at - this.start ? lostQuoteIn(text, next) : -1
    if (lost !== -1) return { text, lost }
    owner.give(text)
    return undefined
  }
}
