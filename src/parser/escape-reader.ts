const BACKSLASH = 92

const UNESCAPED: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** Reads the inside of a JSON string piece by piece, wherever it is cut, and hands on what it says. */
export class EscapeReader {
  readonly #quote: number
  /** An escape that a cut left unfinished. */
  #open = ''
  ended = false
  /** What is handed on is an escape that is none, as it was written. */
  isBad = false

  /** @param quote the character code that ends the string, or -1 when its end is known by other means. */
  constructor(quote: number) {
    this.#quote = quote
  }

  /** Calls `emit` for each run of text and each escape, with its place in the piece; returns how far it read. */
  read(piece: string, emit: (text: string, from: number) => void): number {
    let i = this.#open === '' ? 0 : this.#finish(piece, 0, emit)
    let from = i
    for (; i < piece.length; i++) {
      const code = piece.charCodeAt(i)
      if (code === this.#quote) {
        if (from < i) emit(piece.slice(from, i), from)
        this.ended = true
        return i + 1
      }
      if (code !== BACKSLASH) continue
      if (from < i) emit(piece.slice(from, i), from)
      i = this.#finish(piece, i, emit) - 1
      from = i + 1
    }
    if (from < piece.length) emit(piece.slice(from), from)
    return piece.length
  }

  /** Adds to an escape until it is whole; returns where it ends. */
  #finish(piece: string, from: number, emit: (text: string, from: number) => void): number {
    let i = from
    while (i < piece.length && !isWhole(this.#open)) this.#open += piece.charAt(i++)
    if (!isWhole(this.#open)) return i
    const text = unescaped(this.#open, this.#quote === -1)
    this.isBad = text === this.#open
    this.#open = ''
    emit(text, i - text.length)
    this.isBad = false
    return i
  }
}

function isWhole(written: string): boolean {
  return written.length === (written.charAt(1) === 'u' ? 6 : 2)
}

/** An escape that is none is kept as it was written, for the document inside to be mended; a text is read as `mend` would. */
function unescaped(written: string, isText: boolean): string {
  const letter = written.charAt(1)
  if (letter === 'u') {
    const code = written.slice(2)
    return /^[\da-f]{4}$/i.test(code) ? String.fromCharCode(Number.parseInt(code, 16)) : written
  }
  if (isText && letter === "'") return letter
  return UNESCAPED[letter] ?? written
}
