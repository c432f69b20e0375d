import { tokenPieces } from '../../compress/token-pieces.ts'

/**
 * A reply as the tokens a model would write. An emoji takes four: the first three bring no text, because a server holds back what is
 * not yet a whole character.
 */
export function replyTokens(text: string): string[] {
  return tokenPieces(text).flatMap(piece => ((piece.codePointAt(0) ?? 0) > 0xffff ? ['', '', '', piece] : [piece]))
}

/** Takes stop strings out of streamed text. Text that may be the start of one is held until that is decided. */
export class StopFilter {
  readonly #stops: readonly string[]
  #held = ''

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter(stop => stop !== '')
  }

  /** What may be sent now; `stopped` once a stop string is complete. */
  push(piece: string): { readonly text: string; readonly stopped: boolean } {
    const text = this.#held + piece
    const found = this.#stops.map(stop => text.indexOf(stop)).filter(at => at >= 0)
    if (found.length > 0) {
      this.#held = ''
      return { text: text.slice(0, Math.min(...found)), stopped: true }
    }
    const keep = Math.max(0, ...this.#stops.map(stop => startOf(stop, text)))
    this.#held = text.slice(text.length - keep)
    return { text: text.slice(0, text.length - keep), stopped: false }
  }

  /** What was held back, when nothing more comes. */
  flush(): string {
    const text = this.#held
    this.#held = ''
    return text
  }
}

/** How many characters at the end of the text are the beginning of the stop string. */
function startOf(stop: string, text: string): number {
  for (let length = Math.min(stop.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length
  }
  return 0
}

/** Sees when a model is stuck: more pieces in a row than allowed that are the same but for blanks. */
export class RepeatGuard {
  readonly #limit: number
  #last = ''
  #repeats = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** True when this piece is one too many. */
  refuses(piece: string): boolean {
    const word = piece.trim()
    this.#repeats = word === this.#last ? this.#repeats + 1 : 0
    this.#last = word
    return this.#repeats > this.#limit
  }
}
