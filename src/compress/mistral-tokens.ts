import { PieceCounter } from './piece-counter.ts'

interface MistralTokenizer {
  readonly vocabById: readonly string[]
  encode(text: string, addBeginOfText: boolean, addPrecedingBlank: boolean): number[]
}

/** Special tokens and single bytes come before the words. */
const FIRST_WORD = 259
const ASCII = 0x80
const BLANK = '▁'

/**
 * Counts with the vocabulary of Mistral 7B v0.1. The text is cut between any two characters that stand side by side in no word
 * of the vocabulary: no token reaches over such a cut, so that the pieces have exactly the tokens of the whole.
 */
export function mistralTokens({ vocabById, encode }: MistralTokenizer): (text: string) => number {
  const pairs = new CharPairs(vocabById.slice(FIRST_WORD))
  const pieces = new PieceCounter(piece => encode(piece, false, false).length)
  return text => {
    let tokens = 0
    let start = 0
    for (let i = 1; i < text.length; i++) {
      if (isLowSurrogate(text.charCodeAt(i)) || pairs.has(text, i)) continue
      tokens += pieces.tokensOf(text.slice(start, i))
      start = i
    }
    return start < text.length ? tokens + pieces.tokensOf(text.slice(start)) : tokens
  }
}

/** Which characters stand side by side in a word. */
class CharPairs {
  /** By both characters' codes, where both are ASCII: nearly all of a prompt. */
  readonly #ascii = new Uint8Array(ASCII * ASCII)
  readonly #others = new Set<string>()

  constructor(words: readonly string[]) {
    for (const word of words) {
      const text = word.replaceAll(BLANK, ' ')
      for (let i = 1; i < text.length; i++) {
        const index = asciiIndex(text, i)
        if (index === -1) this.#others.add(pairAt(text, i))
        else this.#ascii[index] = 1
      }
    }
  }

  /** Whether the character before `i` and the one at `i` do; never for halves of characters, which no word has alone. */
  has(text: string, i: number): boolean {
    const index = asciiIndex(text, i)
    return index === -1 ? this.#others.has(pairAt(text, i)) : this.#ascii[index] === 1
  }
}

function asciiIndex(text: string, i: number): number {
  const [before, at] = [text.charCodeAt(i - 1), text.charCodeAt(i)]
  return before < ASCII && at < ASCII ? before * ASCII + at : -1
}

/** Code units do: a pair with half a character in it is in the set only if the whole character is in a word. */
function pairAt(text: string, i: number): string {
  return text.slice(i - 1, i + 1)
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000
}
