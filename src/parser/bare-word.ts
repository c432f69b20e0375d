const LITERAL = /^(?:-?\d[\d.eE+-]*|true|false|null|True|False|None)$/

/** The last word that stands outside quotes, whatever the pieces it came in. */
export class BareWord {
  text = ''
  /** It stands where a key should. */
  isKey = false
  #from = 0

  start(i: number, isKey: boolean): void {
    this.text = ''
    this.isKey = isKey
    this.#from = i
  }

  /** The word goes on to `to`, or to the end of the piece, and then perhaps in the next one. */
  take(piece: string, to = piece.length): void {
    this.text += piece.slice(this.#from, to)
    this.#from = 0
  }

  /** A value by itself, so that a quote after it opens a string, and only a comma is missing. */
  get isLiteral(): boolean {
    return LITERAL.test(this.text)
  }
}
