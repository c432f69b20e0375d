import type { Bursts, BurstTaker } from './bursts.ts'
import { type AfterRead, afterRead } from './socket-reads.ts'

/** What has arrived and not been read may fill this much before the server has to wait. */
const MOST_WAITING_BYTES = 256 * 1024

/** Whoever sends, as far as it can be slowed down. */
export interface Source {
  pause(): void
  resume(): void
}

/**
 * A body that is read in bursts: everything that one wake-up of the socket brought comes as one array of bytes, however many
 * HTTP chunks it was. One reader, one read at a time: by `take`, or by `next` as any async iterator.
 */
export class BurstBody implements AsyncIterableIterator<Uint8Array>, Bursts, AfterRead {
  readonly #source: Source
  readonly #mostWaitingBytes: number
  /** Nearly always a chunk comes by itself. */
  #first: Uint8Array | undefined
  #more: Uint8Array[] | undefined
  #bytes = 0
  #paused = false
  #ended = false
  #error: Error | undefined
  #taker: BurstTaker | undefined
  #willDeliver = false

  constructor(source: Source, mostWaitingBytes = MOST_WAITING_BYTES) {
    this.#source = source
    this.#mostWaitingBytes = mostWaitingBytes
  }

  /** Nothing more comes: all of it is here, or it broke. */
  get ended(): boolean {
    return this.#ended
  }

  push(chunk: Uint8Array): void {
    if (!this.#first) this.#first = chunk
    else if (!this.#more) this.#more = [chunk]
    else this.#more.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes >= this.#mostWaitingBytes && !this.#paused) {
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

  take(taker: BurstTaker): void {
    this.#taker = taker
    this.#deliver()
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    return new Promise((resolve, reject) => {
      this.take({
        bytes: value => resolve({ done: false, value }),
        ended: () => resolve({ done: true, value: undefined }),
        broke: reject,
      })
    })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  readThrough(): void {
    this.#willDeliver = false
    this.#deliver()
  }

  #wake(): void {
    if (!this.#taker || this.#willDeliver) return
    this.#willDeliver = true
    afterRead(this)
  }

  #deliver(): void {
    const taker = this.#taker
    const first = this.#first
    if (!taker || !(first || this.#ended)) return
    this.#taker = undefined
    if (first) {
      const bytes = this.#more ? joined([first, ...this.#more], this.#bytes) : first
      this.#first = undefined
      this.#more = undefined
      this.#bytes = 0
      taker.bytes(bytes)
      this.#resume()
    } else if (this.#error) taker.broke(this.#error)
    else taker.ended()
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
