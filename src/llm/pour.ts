import type { Completion } from './llm-client.ts'
import { ReadingStream } from './reading-stream.ts'
import type { TextSink } from './text-sink.ts'

type TextStream = AsyncGenerator<string, Completion, void>

/**
 * Reads a client's stream into a sink, by callbacks where the stream is ours. Whatever else a client returns, the sink is told one
 * end. What the sink's `text` throws leaves the stream, and comes to its `failed`.
 */
export function pour(stream: TextStream, sink: TextSink): void {
  if (stream instanceof ReadingStream) stream.pour(sink)
  else new PromisedText(stream, sink).read()
}

/** Closes a stream, and waits for nobody. */
export async function close(stream: TextStream): Promise<void> {
  try {
    // No `Completion` exists, and nobody reads the one that `return` asks for.
    await stream.return(undefined as never)
  } catch {
    // What a client throws while it closes is no news: the reply is of no interest any more.
  }
}

class PromisedText {
  readonly #stream: TextStream
  readonly #sink: TextSink
  // Once for all reads: a reply has as many of them as tokens.
  readonly #onNext = (next: IteratorResult<string, Completion>): void => this.#take(next)
  readonly #onError = (error: unknown): void => this.#sink.failed(error)

  constructor(stream: TextStream, sink: TextSink) {
    this.#stream = stream
    this.#sink = sink
  }

  read(): void {
    try {
      this.#stream.next().then(this.#onNext, this.#onError)
    } catch (error) {
      // No async generator throws here, but not every client is one.
      this.#sink.failed(error)
    }
  }

  #take(next: IteratorResult<string, Completion>): void {
    const defect = defectOf(next)
    if (defect) this.#leave(new TypeError(defect))
    else if (next.done) this.#sink.done(next.value)
    else this.#give(next.value)
  }

  #give(piece: string): void {
    let takesMore: boolean
    try {
      takesMore = this.#sink.text(piece)
    } catch (error) {
      this.#leave(error)
      return
    }
    if (takesMore) this.read()
  }

  #leave(error: unknown): void {
    close(this.#stream)
    this.#sink.failed(error)
  }
}

/** What no type allows and careless JavaScript does all the same: left unseen, it would end the reading without an end. */
function defectOf(next: IteratorResult<unknown, unknown> | undefined): string | undefined {
  if (typeof next !== 'object' || next === null) return 'a read gave no result'
  if (!next.done) return typeof next.value === 'string' ? undefined : `a piece of text was of type ${typeof next.value}`
  const { value } = next
  const complete = typeof value === 'object' && value !== null && 'usage' in value && Boolean(value.usage)
  return complete ? undefined : 'the reply ended without a Completion'
}
