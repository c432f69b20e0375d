/**
 * Text cut into pieces of about the size of a model's tokens: short words with the blank before them, single digits, runs of
 * punctuation. Joined, the pieces are the text. An approximation of a 32k-word SentencePiece vocabulary, for budgets and for
 * simulated servers; never exact.
 */
export function tokenPieces(text: string): string[] {
  return text.match(PIECE) ?? []
}

const PIECE = / ?[A-Za-z]{1,6}|\d| ?[!-/:-@[-`{-~]{1,3}|\s{1,4}|[^\0-\x7f]|./gsu
