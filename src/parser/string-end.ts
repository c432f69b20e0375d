// Not imported: in a loop over all characters an imported constant is read from memory each time.
const QUOTE = 34
const BACKSLASH = 92

/** Where the first quote or backslash stands; `stop` when there is none before. Text in strings is the greater part of many replies. */
export function stringEnd(piece: string, from: number, stop: number): number {
  for (let i = from; i < stop; i++) {
    const code = piece.charCodeAt(i)
    if (code === QUOTE || code === BACKSLASH) return i
  }
  return stop
}
