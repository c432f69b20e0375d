import { Attempt } from './attempt.ts'
import { ASYNC_ITERATOR_PROTOTYPE } from './leavable-stream.ts'
import type { Completion } from './llm-client.ts'

export type TextResult = IteratorResult<string, Completion>

/** A reply that is being read. */
export interface Reading {
  /** The next text, or the end. One at a time. Ends of itself when its attempt is aborted. */
  read(): Promise<TextResult>
  /** Has been asked for text and has not answered. */
  readonly isAsked: boolean
  /** Nobody reads on; the attempt is aborted already. A read that waits is let go in this turn. */
  leave(): void
}

/**
 * A stream that can be left at once, as `leavableStream` makes them, without the generator: its awaits and yields would cost as
 * much for each text as everything else. `start` runs at the first `next()`, which rejects when it throws.
 */
export class ReadingStream implements AsyncGenerator<string, Completion, void> {
  readonly #start: (attempt: Attempt) => Reading
  readonly #attempt = new Attempt()
  #reading: Reading | undefined
  #isOver = false
  #lastRead: Promise<TextResult> | undefined
  #queued = 0

  static {
    // What a platform gives every async generator beside its methods, such as disposal by `await using`, works by calling `return()`.
    Object.setPrototypeOf(ReadingStream.prototype, ASYNC_ITERATOR_PROTOTYPE)
  }

  constructor(start: (attempt: Attempt) => Reading) {
    this.#start = start
  }

  next(): Promise<TextResult> {
    const read =
      this.#lastRead && (this.#queued > 0 || this.#reading?.isAsked) ? this.#queue(this.#lastRead) : this.#read()
    this.#lastRead = read
    return read
  }

  return(value: Completion | PromiseLike<Completion>): Promise<TextResult> {
    this.#leave(new DOMException('the stream was left before its end', 'AbortError'))
    return Promise.resolve(value).then(value => ({ done: true, value }))
  }

  throw(error: unknown): Promise<TextResult> {
    this.#leave(error)
    return Promise.reject(error)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #read(): Promise<TextResult> {
    if (this.#isOver) return Promise.resolve(OVER)
    try {
      this.#reading ??= this.#start(this.#attempt)
    } catch (error) {
      this.#isOver = true
      return Promise.reject(error)
    }
    return this.#reading.read()
  }

  /** Reads one after the other, however many were asked for at once. */
  #queue(lastRead: Promise<TextResult>): Promise<TextResult> {
    this.#queued++
    const read = () => {
      this.#queued--
      return this.#read()
    }
    return lastRead.then(read, read)
  }

  #leave(cause: unknown): void {
    this.#isOver = true
    this.#attempt.abort(cause)
    this.#reading?.leave()
  }
}

/** What every generator says after its end, whatever it is declared to return. */
export const OVER: TextResult = { done: true, value: undefined as never }
