// Not imported: in a loop over all characters an imported constant is read from memory each time.
const QUOTE = 34
const BACKSLASH = 92
const LEFT_SMART_QUOTE = 0x201c
const RIGHT_SMART_QUOTE = 0x201d

/** Where the first quote or backslash stands; `stop` when there is none before. Text in strings is the greater part of many replies. */
export function stringEnd(piece: string, from: number, stop: number): number {
  for (let i = from; i < stop; i++) {
    const code = piece.charCodeAt(i)
    if (code === QUOTE || code === BACKSLASH) return i
  }
  return stop
}

/** The same for a string in odd quotes: smart ones close each other, and are closed by a plain one. */
export function oddStringEnd(piece: string, from: number, stop: number, quote: number): number {
  for (let i = from; i < stop; i++) {
    const code = piece.charCodeAt(i)
    if (code === quote || code === BACKSLASH) return i
    if (quote === RIGHT_SMART_QUOTE && (code === QUOTE || code === LEFT_SMART_QUOTE)) return i
  }
  return stop
}
