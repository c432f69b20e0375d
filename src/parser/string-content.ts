import type { PlanKeys } from './plan-keys.ts'

/** What a string says, as far as somebody wants to know: a key, a name, or a text that is passed on as it comes. */
export class StringContent {
  readonly #keys: PlanKeys
  /** What is wanted of the string. */
  wanted: 'nothing' | 'key' | 'value' | 'text' = 'nothing'
  #token = ''
  #from = 0

  constructor(keys: PlanKeys) {
    this.#keys = keys
  }

  /** The content starts at `from` in the piece. */
  want(wanted: 'key' | 'value' | 'text', from: number): void {
    this.wanted = wanted
    this.#token = ''
    this.#from = from
  }

  /** Asked only when something is wanted: the string goes on in the next piece, or is given up, at `to`. */
  hold(piece: string, to: number): void {
    if (this.wanted === 'text') this.#keys.tellText(piece.slice(this.#from, to), false)
    else this.#token += piece.slice(this.#from, to)
    this.#from = 0
  }

  /** Asked only when something is wanted: the closing quote is at `to`. */
  close(piece: string, to: number): void {
    const rest = piece.slice(this.#from, to)
    if (this.wanted === 'text') this.#keys.tellText(rest, true)
    else if (this.wanted === 'key') this.#keys.setKey(this.#token + rest)
    else this.#keys.setValue(this.#token + rest, true)
    this.wanted = 'nothing'
  }

  /** The string is not read to its end. */
  forget(): void {
    this.wanted = 'nothing'
  }
}
