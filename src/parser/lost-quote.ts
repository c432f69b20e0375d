import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA } from './char-codes.ts'

const STRUCTURE = '{}[],: \n\r\t'
/** A key that swallowed its value, which needs no quotes: what of it is the key. */
const KEY_AND_VALUE = /^("[\w-]+)\s*:\s*(?:-?\d[\d.eE+-]*|true|false|null)$/

/** Where a string ends that ran on into the brackets and commas after it. */
export function endBeforeStructure(text: string, from: number): number {
  let end = from
  while (end > 1 && STRUCTURE.includes(text.charAt(end - 1))) end--
  return end
}

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
  const tail = endBeforeStructure(text, close)
  if (!mayFollow(text.slice(tail, close).trimEnd().at(-1), next)) return -1
  // Where a key follows, the one before was a key as well, or the end of a value.
  const key = next === COLON ? KEY_AND_VALUE.exec(text.slice(0, tail))?.[1] : undefined
  return key?.length ?? tail
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
