/**
 * Text cut into pieces of about the size of a model's tokens: short words with the blank before them, single digits, runs of
 * punctuation. Joined, the pieces are the text. An approximation of a 32k-word SentencePiece vocabulary, for budgets and for
 * simulated servers; never exact.
 */
export function tokenPieces(text: string): string[] {
  return text.match(PIECE) ?? []
}

const PIECE = / ?[A-Za-z]{1,6}|\d| ?[!-/:-@[-`{-~]{1,3}|\s{1,4}|[^\0-\x7f]|./gsu

/** How many tokens a text takes, on the safe side: characters outside ASCII may take one token for each of their bytes. */
export function estimateTokens(text: string): number {
  let tokens = 0
  for (const piece of tokenPieces(text)) {
    const code = piece.codePointAt(0) ?? 0
    tokens += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4
  }
  return tokens
}
