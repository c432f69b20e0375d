import { AliasWords } from './alias-words.ts'
import { EscapeReader } from './escape-reader.ts'

/** What a text field says, piece by piece, in the game's own ids. */
export class TextReader {
  readonly #escapes = new EscapeReader(-1)
  readonly #words: AliasWords | undefined

  constructor(aliases: ReadonlyMap<string, string> | undefined) {
    this.#words = aliases?.size ? new AliasWords(aliases) : undefined
  }

  /** What a piece adds; the `last` one closes the field. */
  read(escaped: string, last: boolean): string {
    let text = ''
    this.#escapes.read(escaped, part => {
      text += part
    })
    return this.#words ? this.#words.read(text, last) : text
  }
}
