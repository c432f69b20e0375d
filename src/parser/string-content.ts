import type { PlanKeys } from './plan-keys.ts'

/** What a string says, as far as somebody wants to know: a key, a name, or a text that is passed on as it comes. */
export class StringContent {
  readonly #keys: PlanKeys
  /** Something is wanted of the string. */
  isWanted = false
  #wanted: 'key' | 'value' | 'text' = 'key'
  #token = ''
  #from = 0

  constructor(keys: PlanKeys) {
    this.#keys = keys
  }

  /** It is a text that is passed on. */
  get isText(): boolean {
    return this.isWanted && this.#wanted === 'text'
  }

  /** The content starts at `from` in the piece. */
  want(wanted: 'key' | 'value' | 'text', from: number): void {
    this.isWanted = true
    this.#wanted = wanted
    this.#token = ''
    this.#from = from
  }

  /** Asked only when something is wanted: the string goes on in the next piece, or is given up, at `to`. */
  hold(piece: string, to: number): void {
    if (this.#wanted === 'text') this.#keys.tellText(piece.slice(this.#from, to), false)
    else this.#token += piece.slice(this.#from, to)
    this.#from = 0
  }

  /** Asked only when something is wanted: the closing quote is at `to`. */
  close(piece: string, to: number): void {
    const rest = piece.slice(this.#from, to)
    if (this.#wanted === 'text') this.#keys.tellText(rest, true)
    else if (this.#wanted === 'key') this.#keys.setKey(this.#token + rest)
    else this.#keys.setValue(this.#token + rest, true)
    this.isWanted = false
  }

  /** The string is not read to its end. */
  forget(): void {
    this.isWanted = false
  }
}
