/** What has arrived and not been read may fill this much before the server has to wait. */
const MOST_WAITING_BYTES = 256 * 1024

/** Whoever sends, as far as it can be slowed down. */
export interface Source {
  pause(): void
  resume(): void
}

/**
 * A body that is read in bursts: everything that one wake-up of the socket brought comes as one array of bytes, however many
 * HTTP chunks it was. One reader, one read at a time.
 */
export class BurstBody implements AsyncIterableIterator<Uint8Array> {
  readonly #source: Source
  #chunks: Uint8Array[] = []
  #bytes = 0
  #paused = false
  #ended = false
  #error: Error | undefined
  #waiting: { resolve(result: IteratorResult<Uint8Array>): void; reject(error: Error): void } | undefined
  #willDeliver = false

  constructor(source: Source) {
    this.#source = source
  }

  /** Nothing more comes: all of it is here, or it broke. */
  get ended(): boolean {
    return this.#ended
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes >= MOST_WAITING_BYTES && !this.#paused) {
      this.#paused = true
      this.#source.pause()
    }
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  /** What arrived before is still read. */
  fail(error: Error): void {
    this.#error = error
    this.end()
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      if (this.#chunks.length > 0 || this.#ended) this.#deliver()
    })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Once the parser has gone through all that the socket brought, which it does without a pause. */
  #wake(): void {
    if (!this.#waiting || this.#willDeliver) return
    this.#willDeliver = true
    queueMicrotask(() => {
      this.#willDeliver = false
      this.#deliver()
    })
  }

  #deliver(): void {
    const waiting = this.#waiting
    if (!waiting) return
    this.#waiting = undefined
    const [first, ...others] = this.#chunks
    if (first) {
      const value = others.length > 0 ? joined(this.#chunks, this.#bytes) : first
      this.#chunks = []
      this.#bytes = 0
      waiting.resolve({ done: false, value })
      this.#resume()
    } else if (this.#error) waiting.reject(this.#error)
    else waiting.resolve({ done: true, value: undefined })
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#source.resume()
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}
