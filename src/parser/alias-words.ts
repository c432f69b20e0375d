/** Short names as prompts have them. What a game calls so itself, such as `1`, could be meant as it stands. */
const UNMISTAKABLE = /^[A-Za-z]+\d+$/
const LETTER = /[\p{L}\p{N}_]/u
/** What stands inside ids, and at the end of sentences. */
const JOINT = /[:./#-]/

/**
 * A text that comes in pieces, with the ids that its short names stand for: `kill g17!`, but not `g17-b`. A word waits for its end.
 * The same however the text is cut.
 */
export class AliasWords {
  readonly #aliases: ReadonlyMap<string, string>
  readonly #longest: number
  /** From the first letter of a word that may be a short name; and how long it is up to its last letter. */
  #word = ''
  #letters = 0
  /** In a word that is none. */
  #passes = false

  constructor(aliases: ReadonlyMap<string, string>) {
    this.#aliases = aliases
    this.#longest = Math.max(0, ...Array.from(aliases.keys(), alias => alias.length))
  }

  /** What can be said after this piece; with the `last` one, all of it. */
  read(piece: string, last: boolean): string {
    let done = ''
    for (let i = 0; i < piece.length; i++) {
      const char = piece.charAt(i)
      const isLetter = LETTER.test(char)
      if (isLetter || (JOINT.test(char) && (this.#word !== '' || this.#passes))) done += this.#goOn(char, isLetter)
      else done += this.#end() + char
    }
    return last ? done + this.#end() : done
  }

  #goOn(char: string, isLetter: boolean): string {
    if (this.#passes) return char
    this.#word += char
    if (isLetter) this.#letters = this.#word.length
    if (this.#letters <= this.#longest) return ''
    const word = this.#word
    this.#word = ''
    this.#letters = 0
    this.#passes = true
    return word
  }

  #end(): string {
    const name = this.#word.slice(0, this.#letters)
    const rest = this.#word.slice(this.#letters)
    this.#word = ''
    this.#letters = 0
    this.#passes = false
    return (UNMISTAKABLE.test(name) ? (this.#aliases.get(name) ?? name) : name) + rest
  }
}

/** The same for a text that is whole. */
export function renameWords(text: string, aliases: ReadonlyMap<string, string>): string {
  return new AliasWords(aliases).read(text, true)
}
