import { BACKTICK, GREATER, LESS, LINE_FEED, SLASH, STAR } from './char-codes.ts'
import { hiddenBlockOf } from './hidden-block.ts'

type Mode =
  | 'tag'
  | 'hidden'
  | 'tag-in-hidden'
  | 'fence'
  | 'fence-language'
  | 'after-slash'
  | 'line-comment'
  | 'block-comment'
  | 'after-star'

const LONGEST_TAG = 64
const TAG_START = /[a-z/|_]/i
const TAG_CHAR = /[\w|/:.=\s-]/
const WORD_CHAR = /\w/

/** Reads what is no part of an answer: tags, hidden blocks with all they hold, code fences and comments. */
export class NoiseReader {
  #mode: Mode = 'tag'
  #tag = ''
  #backticks = 0
  #block = ''
  #depth = 0
  /** `noise` was read to its end; or it was `text` all along, which only looked like noise. */
  verdict: 'undecided' | 'noise' | 'text' = 'undecided'
  /** What was read, in words. */
  what = ''

  /** Inside a block that hides what it holds. */
  get hides(): boolean {
    return this.#depth > 0
  }

  /** In a comment that only a line break can end. */
  get inLineComment(): boolean {
    return this.#mode === 'line-comment' && this.verdict === 'undecided'
  }

  /** `code` is `<`, a backtick or a slash. */
  start(code: number): void {
    this.verdict = 'undecided'
    this.#depth = 0
    if (code === LESS) {
      this.#mode = 'tag'
      this.#tag = '<'
    } else if (code === BACKTICK) {
      this.#mode = 'fence'
      this.#backticks = 1
    } else this.#mode = 'after-slash'
  }

  /** Reads on until the verdict is known or the piece ends; returns how far. */
  read(piece: string, from: number, stop: number): number {
    let i = from
    while (i < stop && this.verdict === 'undecided') i = this.#readChar(piece, i, stop)
    return i
  }

  #end(verdict: 'noise' | 'text', next: number, what = ''): number {
    this.verdict = verdict
    this.what = what
    return next
  }

  #readChar(piece: string, i: number, stop: number): number {
    const code = piece.charCodeAt(i)
    switch (this.#mode) {
      case 'tag':
      case 'tag-in-hidden':
        return this.#readTag(piece.charAt(i), code, i)
      case 'hidden': {
        const less = piece.indexOf('<', i)
        if (less === -1 || less >= stop) return stop
        this.#mode = 'tag-in-hidden'
        this.#tag = '<'
        return less + 1
      }
      case 'fence':
        if (code === BACKTICK) this.#backticks++
        else if (this.#backticks < 3) return this.#end('text', i)
        else {
          this.#mode = 'fence-language'
          return i
        }
        return i + 1
      case 'fence-language':
        return WORD_CHAR.test(piece.charAt(i)) ? i + 1 : this.#end('noise', i, 'a code fence')
      case 'after-slash':
        if (code !== SLASH && code !== STAR) return this.#end('text', i)
        this.#mode = code === SLASH ? 'line-comment' : 'block-comment'
        return i + 1
      case 'line-comment':
        return code === LINE_FEED ? this.#end('noise', i, 'a comment') : i + 1
      case 'block-comment':
        if (code === STAR) this.#mode = 'after-star'
        return i + 1
      case 'after-star':
        if (code === SLASH) return this.#end('noise', i + 1, 'a comment')
        if (code !== STAR) this.#mode = 'block-comment'
        return i + 1
    }
  }

  #readTag(char: string, code: number, i: number): number {
    if (code === GREATER && this.#tag.length > 1) return this.#endTag(i + 1)
    const fits = this.#tag.length === 1 ? TAG_START.test(char) : TAG_CHAR.test(char) && this.#tag.length < LONGEST_TAG
    if (fits) {
      this.#tag += char
      return i + 1
    }
    if (this.#mode === 'tag') return this.#end('text', i)
    this.#mode = 'hidden'
    return i
  }

  #endTag(next: number): number {
    const { name, closes } = hiddenBlockOf(this.#tag)
    if (this.#mode === 'tag') {
      if (name === undefined || closes) return this.#end('noise', next, `${this.#tag}>`)
      this.#block = name
      this.#depth = 1
    } else if (name === this.#block) this.#depth += closes ? -1 : 1
    this.#mode = 'hidden'
    return this.#depth === 0 ? this.#end('noise', next, `<${this.#block}>`) : next
  }
}
