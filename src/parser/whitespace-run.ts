/** White space in a row, also over the cuts. */
export class WhitespaceRun {
  readonly #limit: number
  #start = -1
  #end = -1

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Counts the white space at `at`: is that one too many? */
  isOver(at: number): boolean {
    if (at !== this.#end) this.#start = at
    this.#end = at + 1
    return at - this.#start >= this.#limit
  }
}
