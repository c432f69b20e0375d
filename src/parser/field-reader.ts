import { type JsonToken, JsonTokens, type Scalar } from './json-tokens.ts'
import { isForbiddenKey } from './read-object.ts'

/** A scalar of an element, and the keys and places that lead to it. */
export interface Field {
  readonly path: readonly (string | number)[]
  readonly value: Scalar
}

/** What may come next. */
type Expected = 'value' | 'key' | 'colon' | 'comma' | 'nothing'

interface Container {
  readonly isList: boolean
  /** The key that was read last, or how many values the list has so far. */
  at: string | number
  /** Nothing in here is told. */
  readonly hidden: boolean
}

const NO_FIELDS: readonly never[] = []

/**
 * The scalars of one element, such as a plan, while it is being written, in document order, however it is cut. Extra commas
 * are passed over, like where a closed element is mended; anything else that is no JSON ends it, as does too deep nesting.
 * What stands under a key that reaches behind an object's own fields is left out.
 */
export class FieldReader {
  readonly #depth: number
  readonly #tokens: JsonTokens
  readonly #open: Container[] = []
  #expected: Expected = 'nothing'
  #fields: Field[] = []

  /** @throws Error where there is no `Buffer`. */
  constructor(options: { readonly depth: number; readonly strict: boolean }) {
    this.#depth = options.depth
    this.#tokens = new JsonTokens(options.strict, (token, value) => this.#read(token, value))
  }

  /** Another element begins. */
  start(): void {
    this.#open.length = 0
    this.#expected = 'value'
    this.#tokens.start()
  }

  /** The element is over, or given up: what is written until the next `start` is passed over. */
  stop(): void {
    this.#expected = 'nothing'
    this.#tokens.stop()
  }

  /** The scalars that this piece of the element completes: a number at what follows it, anything else at its last character. */
  read(piece: string): readonly Field[] {
    if (this.#expected === 'nothing') return NO_FIELDS
    this.#tokens.write(piece)
    if (this.#tokens.failed) this.#expected = 'nothing'
    if (this.#expected === 'nothing') this.#tokens.stop()
    if (this.#fields.length === 0) return NO_FIELDS
    const fields = this.#fields
    this.#fields = []
    return fields
  }

  #read(token: JsonToken, value: Scalar): void {
    switch (token) {
      case '{':
      case '[':
        if (this.#expected === 'value' && this.#open.length < this.#depth) this.#push(token === '[')
        else this.#expected = 'nothing'
        return
      case '}':
      case ']':
        if (this.#mayClose(token === ']')) this.#pop()
        else this.#expected = 'nothing'
        return
      case ':':
        this.#expected = this.#expected === 'colon' ? 'value' : 'nothing'
        return
      case ',':
        if (this.#mayClose(this.#top?.isList ?? false)) this.#expected = this.#top?.isList ? 'value' : 'key'
        else this.#expected = 'nothing'
        return
      case 'string':
        if (this.#expected === 'key') this.#setKey(String(value))
        else this.#setValue(value)
        return
      case 'scalar':
        this.#setValue(value)
        return
      default:
        token satisfies never
    }
  }

  get #top(): Container | undefined {
    return this.#open[this.#open.length - 1]
  }

  /** Is the innermost bracket of this kind, and nothing in it unfinished? */
  #mayClose(list: boolean): boolean {
    const top = this.#top
    if (!top || top.isList !== list) return false
    return this.#expected === 'comma' || this.#expected === (list ? 'value' : 'key')
  }

  #push(isList: boolean): void {
    this.#open.push({ isList, at: isList ? 0 : '', hidden: this.#isHidden() })
    this.#expected = isList ? 'value' : 'key'
  }

  #pop(): void {
    this.#open.pop()
    this.#endValue()
  }

  #setKey(key: string): void {
    if (this.#top) this.#top.at = key
    this.#expected = 'colon'
  }

  #setValue(value: Scalar): void {
    if (this.#expected !== 'value') {
      this.#expected = 'nothing'
      return
    }
    if (!this.#isHidden()) this.#fields.push({ path: this.#open.map(container => container.at), value })
    this.#endValue()
  }

  #endValue(): void {
    const top = this.#top
    if (typeof top?.at === 'number') top.at++
    this.#expected = top ? 'comma' : 'nothing'
  }

  /** What stands at the place that was reached is not told. */
  #isHidden(): boolean {
    const top = this.#top
    return top !== undefined && (top.hidden || (typeof top.at === 'string' && isForbiddenKey(top.at)))
  }
}
