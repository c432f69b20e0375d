/**
 * The text since the last cut, whatever the pieces it came in. It grows as a rope and is copied once, when it is taken, so
 * that a long string fed character by character costs no more than one fed whole.
 */
export class Capture {
  #held = ''
  #piece = ''
  #offset = 0
  #from = 0

  /** The next piece; `offset` is where its first character stands in the reply. */
  feed(piece: string, offset: number): void {
    this.#piece = piece
    this.#offset = offset
    this.#from = 0
  }

  /** Keeps what is left of the piece until the next one comes. */
  hold(): void {
    const { length } = this.#piece
    if (this.#from < length) this.#held += this.#from === 0 ? this.#piece : this.#piece.slice(this.#from)
    this.#from = length
  }

  /** Everything since the last cut, up to the character at `end`. */
  take(end: number): string {
    const to = end - this.#offset
    const text = this.#held + this.#piece.slice(this.#from, to)
    this.#held = ''
    this.#from = to
    return text
  }

  /** Forgets everything up to the character at `end`. */
  drop(end: number): void {
    this.#held = ''
    this.#from = end - this.#offset
  }

  /** Passes over text that was read already, in other pieces. */
  skip(end: number): void {
    this.#from = end - this.#offset
  }
}
