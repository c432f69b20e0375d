/**
 * Bytes in any cut, lines out: LF or CRLF, UTF-8 even when a character is cut in two, a BOM at the start and blank lines left
 * out. The work is linear in the bytes, also for one long line in small pieces. One splitter reads one body.
 */
export class LineSplitter {
  readonly #decoder = new TextDecoder()
  readonly #maxLineChars: number
  #tail = ''
  #overflowed = false

  constructor(maxLineChars: number) {
    this.#maxLineChars = maxLineChars
  }

  /** A line was longer than the limit. Nothing after it is read; the lines before it are good. */
  get overflowed(): boolean {
    return this.#overflowed
  }

  /** The lines that these bytes complete. */
  push(bytes: Uint8Array): string[] {
    return this.#split(this.#decoder.decode(bytes, { stream: true }))
  }

  /** The body is over: what is left, as a last line without a line end. */
  end(): string[] {
    const lines = this.#split(`${this.#decoder.decode()}\n`)
    this.#tail = ''
    return lines
  }

  #split(chunk: string): string[] {
    if (this.#overflowed) return []
    const end = chunk.lastIndexOf('\n')
    if (end === -1) {
      // Searching `#tail` again on every chunk would make one long line quadratic.
      this.#tail += chunk
      this.#overflowed = this.#tail.length > this.#maxLineChars
      return []
    }
    const lines = (this.#tail + chunk.slice(0, end)).split('\n')
    this.#tail = chunk.slice(end + 1)
    const tooLong = lines.findIndex(line => line.length > this.#maxLineChars)
    this.#overflowed = tooLong !== -1 || this.#tail.length > this.#maxLineChars
    return (tooLong === -1 ? lines : lines.slice(0, tooLong)).map(withoutCarriageReturn).filter(line => line.trim())
  }
}

function withoutCarriageReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
