import { PieceCounter } from './piece-counter.ts'

interface Llama3Tokenizer {
  encode(text: string, options: { readonly bos: boolean; readonly eos: boolean }): number[]
}

/** Llama 3 itself cuts text by this expression before it merges anything. */
const PIECE =
  /'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/gu

/** One token of the package's own vocabulary, ten characters long. */
const PADDING = '<|eot_id|>'

/** Counts with the vocabulary of Llama 3. */
export function llama3Tokens(tokenizer: Llama3Tokenizer): (text: string) => number {
  const pieces = new PieceCounter(piece => {
    // The package orders equal merges by their place over the text's length, and takes one for the other where a text has many
    // more bytes than characters. Special tokens behind it make it long enough.
    const padding = Math.ceil((2 * piece.length) / PADDING.length)
    return tokenizer.encode(piece + PADDING.repeat(padding), { bos: false, eos: false }).length - padding
  })
  return text => {
    let tokens = 0
    for (const piece of text.match(PIECE) ?? []) tokens += pieces.tokensOf(piece)
    return tokens
  }
}
