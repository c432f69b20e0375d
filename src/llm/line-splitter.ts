const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const BYTE_ORDER_MARK = 0xfeff
// A mark of the byte order is dropped by hand, else every piece would lose one. Nothing is kept between two calls.
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true })
const NOTHING = new Uint8Array(0)

/**
 * Bytes in any cut, lines out: LF or CRLF, UTF-8 even when a character is cut in two, a BOM at the start and blank lines left
 * out. The work is linear in the bytes, also for one long line in small pieces. One splitter reads one body.
 *
 * Splits bytes, not text: a line feed is never part of another character, so that whole lines can be decoded by themselves.
 * A decoder that has to remember half a character between two calls costs several times as much, in Node for each call.
 */
export class LineSplitter {
  readonly #maxLineBytes: number
  #atStart = true
  /** The start of a line, in the first bytes of a buffer that grows. */
  #rest = NOTHING
  #restLength = 0
  #overflowed = false

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes
  }

  /** A line was longer than the limit. Nothing after it is read; the lines before it are good. */
  get overflowed(): boolean {
    return this.#overflowed
  }

  /** The lines that these bytes complete. */
  push(bytes: Uint8Array): string[] {
    if (this.#overflowed) return []
    const end = bytes.lastIndexOf(LINE_FEED)
    if (end === -1) {
      this.#keep(bytes)
      this.#overflowed = this.#restLength > this.#maxLineBytes
      return []
    }
    const whole = end === bytes.length - 1
    const lines = this.#linesOf(this.#withRest(whole ? bytes : bytes.subarray(0, end + 1)))
    // Nearly always a line comes by itself.
    if (whole) return lines
    this.#keep(bytes.subarray(end + 1))
    this.#overflowed ||= this.#restLength > this.#maxLineBytes
    return lines
  }

  /** The body is over: what is left, as a last line without a line end. */
  end(): string[] {
    return this.#overflowed ? [] : this.#linesOf(this.#withRest(NOTHING))
  }

  /** Copies, as the bytes are their owner's. */
  #keep(bytes: Uint8Array): void {
    const length = this.#restLength + bytes.length
    if (length > this.#rest.length) {
      const larger = new Uint8Array(2 * length)
      larger.set(this.#rest.subarray(0, this.#restLength))
      this.#rest = larger
    }
    this.#rest.set(bytes, this.#restLength)
    this.#restLength = length
  }

  #withRest(bytes: Uint8Array): Uint8Array {
    if (this.#restLength === 0) return bytes
    this.#keep(bytes)
    const whole = this.#rest.subarray(0, this.#restLength)
    this.#restLength = 0
    return whole
  }

  #linesOf(bytes: Uint8Array): string[] {
    const good = bytes.length > this.#maxLineBytes ? this.#beforeTooLong(bytes) : bytes
    let text = UTF8.decode(good)
    if (this.#atStart && text.charCodeAt(0) === BYTE_ORDER_MARK) text = text.slice(1)
    this.#atStart = false
    // Nearly always a line comes by itself, and a list that grows has room for many.
    if (text.indexOf('\n') === text.length - 1) {
      const line = lineOf(text, 0, text.length - 1)
      return line ? [line] : []
    }
    const lines: string[] = []
    for (let start = 0; start < text.length; ) {
      const found = text.indexOf('\n', start)
      const end = found === -1 ? text.length : found
      const line = lineOf(text, start, end)
      if (line) lines.push(line)
      start = end + 1
    }
    return lines
  }

  #beforeTooLong(bytes: Uint8Array): Uint8Array {
    for (let start = 0; start < bytes.length; ) {
      const found = bytes.indexOf(LINE_FEED, start)
      const end = found === -1 ? bytes.length : found
      if (end - start > this.#maxLineBytes) {
        this.#overflowed = true
        return bytes.subarray(0, start)
      }
      start = end + 1
    }
    return bytes
  }
}

/** Empty when it is blank. */
function lineOf(text: string, start: number, end: number): string {
  const line = text.slice(start, text.charCodeAt(end - 1) === CARRIAGE_RETURN ? end - 1 : end)
  return line.trim() && line
}
