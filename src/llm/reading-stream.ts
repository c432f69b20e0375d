import { Attempt } from './attempt.ts'
import { ASYNC_ITERATOR_PROTOTYPE } from './leavable-stream.ts'
import type { Completion } from './llm-client.ts'
import type { TextSink } from './text-sink.ts'

type TextResult = IteratorResult<string, Completion>

/** Whoever asked a reading. Each `read` is answered by one call of one of these. */
export interface TextTaker {
  text(piece: string): void
  done(completion: Completion): void
  failed(error: unknown): void
}

/** A reply that is being read. */
export interface Reading {
  /** Asks for the next text, or the end, which may come at once. One at a time. Fails of itself when its attempt is aborted. */
  read(taker: TextTaker): void
  /** Nobody reads on; the attempt is aborted already. A read that waits is let go in this turn. */
  leave(): void
}

/**
 * A stream that can be left at once, as `leavableStream` makes them, without the generator: its awaits and yields would cost as
 * much for each text as everything else. Where both ends are ours it is read by callbacks, through `pour`. `start` runs at the
 * first read, which fails when it throws.
 */
export class ReadingStream implements AsyncGenerator<string, Completion, void> {
  readonly #sinks: SinkQueue

  static {
    // What a platform gives every async generator beside its methods, such as disposal by `await using`, works by calling `return()`.
    Object.setPrototypeOf(ReadingStream.prototype, ASYNC_ITERATOR_PROTOTYPE)
  }

  constructor(start: (attempt: Attempt) => Reading) {
    this.#sinks = new SinkQueue(start)
  }

  next(): Promise<TextResult> {
    return new Promise((resolve, reject) => this.pour(new NextRead(resolve, reject)))
  }

  return(value: Completion | PromiseLike<Completion>): Promise<TextResult> {
    this.#sinks.leave()
    return Promise.resolve(value).then(value => ({ done: true, value }))
  }

  throw(error: unknown): Promise<TextResult> {
    this.#sinks.abort(error)
    return Promise.reject(error)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Gives the sink what nobody has asked for before it. What its `text` throws leaves the stream, and comes to its `failed`. */
  pour(sink: TextSink): void {
    this.#sinks.add(sink)
  }
}

// Few objects, as this runs once per token: with many streams each of them has left the processor's cache by the next one.
class SinkQueue implements TextTaker {
  /** The one that is given text. */
  #sink: TextSink | undefined
  #reading: Reading | undefined
  /** The reading has been asked, and its answer is not dealt with. */
  #isAsked = false
  #isServing = false
  #isOver = false
  readonly #behind: TextSink[] = []
  readonly #attempt = new Attempt()
  readonly #start: (attempt: Attempt) => Reading

  constructor(start: (attempt: Attempt) => Reading) {
    this.#start = start
  }

  add(sink: TextSink): void {
    if (this.#sink) this.#behind.push(sink)
    else this.#sink = sink
    this.#serve()
  }

  leave(): void {
    this.#isOver = true
    this.#attempt.leave()
    this.#reading?.leave()
  }

  abort(cause: unknown): void {
    this.#isOver = true
    this.#attempt.abort(cause)
    this.#reading?.leave()
  }

  text(piece: string): void {
    try {
      if (!this.#sink?.text(piece)) this.#next()
    } catch (error) {
      this.abort(error)
      this.#end()?.failed(error)
    }
    this.#isAsked = false
    this.#serve()
  }

  done(completion: Completion): void {
    this.#end()?.done(completion)
    this.#serve()
  }

  failed(error: unknown): void {
    this.#end()?.failed(error)
    this.#serve()
  }

  /** In a loop, as an answer may come at once and ask again. */
  #serve(): void {
    if (this.#isServing) return
    this.#isServing = true
    while (this.#sink && !this.#isAsked) {
      if (this.#isOver) tellOver(this.#next())
      else this.#ask()
    }
    this.#isServing = false
  }

  #ask(): void {
    this.#isAsked = true
    try {
      this.#reading ??= this.#start(this.#attempt)
    } catch (error) {
      this.#end()?.failed(error)
      return
    }
    this.#reading.read(this)
  }

  /** The one to be told of the end. */
  #end(): TextSink | undefined {
    this.#isAsked = false
    this.#isOver = true
    return this.#next()
  }

  /** It is another one's turn; the one whose turn is over. */
  #next(): TextSink | undefined {
    const sink = this.#sink
    this.#sink = this.#behind.shift()
    return sink
  }
}

/** A sink for one piece. */
class NextRead implements TextSink {
  readonly #resolve: (result: TextResult) => void
  readonly failed: (error: unknown) => void

  constructor(resolve: (result: TextResult) => void, reject: (error: unknown) => void) {
    this.#resolve = resolve
    this.failed = reject
  }

  text(value: string): boolean {
    this.#resolve({ done: false, value })
    return false
  }

  done(value: Completion): void {
    this.#resolve({ done: true, value })
  }

  over(): void {
    this.#resolve(OVER)
  }
}

/** What every generator says after its end, whatever it is declared to return. */
const OVER: TextResult = { done: true, value: undefined as never }

function tellOver(sink: TextSink | undefined): void {
  if (sink instanceof NextRead) sink.over()
  else sink?.failed(new TypeError('the stream is over: it was left, or read to its end before'))
}
