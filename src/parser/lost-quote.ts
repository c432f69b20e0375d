import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA } from './char-codes.ts'

const STRUCTURE = '{}[],: \n\r\t'

/**
 * `"act":"Wait,"seconds":2`: when a string ends like a place where a string may start, and a word and a quote follow, and then
 * what has to follow that string, then it was the closing quote of the first one that is missing.
 *
 * @param text from the opening quote of the first string to the quote after the word
 * @param next the code of the character that follows
 * @returns where the quote is missing; -1 when none is
 */
export function lostQuoteIn(text: string, next: number): number {
  const close = text.lastIndexOf('"', text.lastIndexOf('"') - 1)
  let tail = close
  while (tail > 1 && STRUCTURE.includes(text.charAt(tail - 1))) tail--
  return mayFollow(text.slice(tail, close).trimEnd().at(-1), next) ? tail : -1
}

/** May a string that starts after `before` be followed by `next`? */
function mayFollow(before: string | undefined, next: number): boolean {
  switch (before) {
    case '{':
    case ',':
      return next === COLON
    case ':':
      return next === COMMA || next === CLOSE_BRACE
    case '[':
      return next === COMMA || next === CLOSE_BRACKET
    default:
      return false
  }
}
