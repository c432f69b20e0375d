import llama3 from 'llama3-tokenizer-js'
import mistral from 'mistral-tokenizer-js'

/** The textbook's way, to hold the counters to: merge the best pair of the whole text, leftmost first, until none is left. */
function mergeAll(symbols: string[], rankOf: (left: string, right: string) => number | undefined): number {
  for (;;) {
    let best: { readonly at: number; readonly rank: number } | undefined
    for (let at = 0; at + 1 < symbols.length; at++) {
      const rank = rankOf(symbols[at] ?? '', symbols[at + 1] ?? '')
      if (rank !== undefined && (!best || rank < best.rank)) best = { at, rank }
    }
    if (!best) return symbols.length
    symbols.splice(best.at, 2, `${symbols[best.at]}${symbols[best.at + 1]}`)
  }
}

/** SentencePiece: characters of the vocabulary, bytes for all others, which never merge. */
export function naiveMistral(text: string): number {
  const bytes = new TextEncoder()
  const symbols = Array.from(text.replaceAll(' ', '▁')).flatMap(char =>
    mistral.vocabByString.has(char)
      ? [char]
      : Array.from(bytes.encode(char), byte => `<0x${byte.toString(16).toUpperCase()}>`),
  )
  return mergeAll(symbols, (left, right) => mistral.merges.get(`${left} ${right}`))
}

/** Byte-level pairs; a word that the vocabulary has is never merged from its parts. Takes one word at a time. */
export function naiveLlama3(word: string): number {
  const chars = Array.from(new TextEncoder().encode(word), byte => BYTE_CHARS[byte] ?? '')
  if (chars.length === 0) return 0
  if (llama3.vocabByString.has(chars.join(''))) return 1
  return mergeAll(chars, (left, right) => llama3.merges.get(`${left} ${right}`))
}

/** GPT-2's letters for bytes: printable ones stand for themselves, the others for what follows U+0100. */
const BYTE_CHARS = Array.from({ length: 256 }, (_, byte) => {
  const printable = (b: number) => (b > 32 && b < 127) || (b > 160 && b < 173) || b > 173
  if (printable(byte)) return String.fromCharCode(byte)
  const before = Array.from({ length: byte }, (_, b) => b).filter(b => !printable(b)).length
  return String.fromCharCode(256 + before)
})
