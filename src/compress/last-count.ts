/** Counts texts, and remembers the last one: of a prompt that says the same again, the tokens are known. */
export class LastCount {
  readonly #count: (text: string) => number
  #text: string | undefined
  #tokens = 0

  constructor(count: (text: string) => number) {
    this.#count = count
  }

  of(text: string): number {
    if (text !== this.#text) {
      this.#tokens = this.#count(text)
      this.#text = text
    }
    return this.#tokens
  }
}
