/**
 * The text since the last cut, whatever the pieces it came in. It grows as a rope and is copied once, when it is taken, so
 * that a long string fed character by character costs no more than one fed whole.
 */
export class Capture {
  /** The piece that is being read. */
  piece = ''
  /** Where its first character stands in the reply. */
  offset = 0
  /** Where reading has to stop, in the piece: its end, or a limit. */
  stop = 0
  /** Where in the reply the limit lies. */
  #end = 0
  #held = ''
  #from = 0

  feed(piece: string, offset: number): void {
    this.piece = piece
    this.offset = offset
    this.#from = 0
    const left = this.#end - offset
    // A plan may be known to be one only after its limit was passed.
    this.stop = piece.length <= left ? piece.length : Math.max(0, left)
  }

  /** Nothing from the character at `end` on is to be read, from the present piece on. */
  limitTo(end: number): void {
    this.#end = end
    this.stop = Math.min(this.piece.length, Math.max(0, end - this.offset))
  }

  /** Keeps what is left of the piece. Another one, or an empty one, has to be fed before anything is taken. */
  hold(): void {
    this.add(this.#from === 0 ? this.piece : this.piece.slice(this.#from))
  }

  /** Keeps a piece that nothing has to be taken from; as after `hold`, another has to be fed first. */
  add(text: string): void {
    this.#held += text
  }

  /** Everything since the last cut, of earlier pieces. */
  get held(): string {
    return this.#held
  }

  /** Everything since the last cut, up to the character at `end`. */
  take(end: number): string {
    const to = end - this.offset
    const text = this.#held + this.piece.slice(this.#from, to)
    this.#held = ''
    this.#from = to
    return text
  }

  /** Forgets everything up to the character at `end`. */
  drop(end: number): void {
    this.#held = ''
    this.#from = end - this.offset
  }

  /** Passes over text that was read already, in other pieces. */
  skip(end: number): void {
    this.#from = end - this.offset
  }
}
