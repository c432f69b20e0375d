/** How many pieces are remembered: a game's prompts are made of a few thousand. */
const MAX_PIECES = 50_000

/**
 * Adds up the tokens of a text's pieces, and remembers each: prompts say the same words in every tick, and tokenizing is by far
 * the dearest part of counting. What is remembered decides nothing but the time it takes.
 */
export class PieceCounter {
  readonly #count: (piece: string) => number
  readonly #known = new Map<string, number>()

  constructor(count: (piece: string) => number) {
    this.#count = count
  }

  tokensOf(piece: string): number {
    const known = this.#known.get(piece)
    if (known !== undefined) return known
    const tokens = this.#count(piece)
    if (this.#known.size >= MAX_PIECES) this.#known.clear()
    this.#known.set(piece, tokens)
    return tokens
  }
}
