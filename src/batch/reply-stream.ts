import { LlmError, messageOf } from '../errors.ts'
import type { Completion, LlmClient, LlmRequestOptions } from '../llm/llm-client.ts'
import type { Prompt } from '../prompt.ts'

/** How a reply ended. `left`: we stopped reading, and `error` is an `aborted` that says why. */
export type ReplyEnd =
  | { readonly type: 'finished'; readonly completion: Completion }
  | { readonly type: 'failed'; readonly error: LlmError }
  | { readonly type: 'left'; readonly error: LlmError }

/**
 * One reply, read piece by piece. It ends exactly once: finished, failed (whatever a client throws becomes an `LlmError`) or
 * left. Leaving closes the connection and waits for nobody, also while a read is pending or the client ignores the abort.
 */
export class ReplyStream {
  readonly #onText: (text: string) => void
  readonly #onEnd: (end: ReplyEnd) => void
  readonly #abort = new AbortController()
  // Once for all reads: a reply has as many of them as tokens.
  readonly #onNext = (next: IteratorResult<string, Completion>): void => this.#take(next)
  readonly #onError = (error: unknown): void => this.#fail(error)
  #stream: AsyncGenerator<string, Completion, void> | undefined
  #text = ''
  #over = false

  constructor(onText: (text: string) => void, onEnd: (end: ReplyEnd) => void) {
    this.#onText = onText
    this.#onEnd = onEnd
  }

  /** Everything read so far. */
  get text(): string {
    return this.#text
  }

  get over(): boolean {
    return this.#over
  }

  open(client: LlmClient, prompt: Prompt, options: Omit<LlmRequestOptions, 'signal'>): void {
    try {
      this.#stream = client.completeStreaming(prompt, { ...options, signal: this.#abort.signal })
      // A client that calls the game's code may have got us to leave before there was a stream.
      if (this.#over) close(this.#stream)
      else this.#read(this.#stream)
    } catch (error) {
      this.#fail(error)
    }
  }

  leave(reason: string): void {
    if (this.#over) return
    const error = new LlmError('aborted', reason, { partialText: this.#text })
    this.#over = true
    // A generator that waits at its `yield` closes by `return`, one with a read pending by the signal.
    if (this.#stream) close(this.#stream)
    this.#abort.abort(error)
    this.#onEnd({ type: 'left', error })
  }

  #read(stream: AsyncGenerator<string, Completion, void>): void {
    try {
      stream.next().then(this.#onNext, this.#onError)
    } catch (error) {
      // No async generator throws here, but not every client is one.
      this.#fail(error)
    }
  }

  #take(next: IteratorResult<string, Completion>): void {
    const stream = this.#stream
    if (this.#over || !stream) return
    const defect = defectOf(next)
    if (defect) {
      close(stream)
      this.#fail(new TypeError(defect))
    } else if (next.done) {
      this.#end({ type: 'finished', completion: next.value })
    } else {
      this.#text += next.value
      this.#onText(next.value)
      if (!this.#over) this.#read(stream)
    }
  }

  #fail(error: unknown): void {
    this.#end({ type: 'failed', error: asLlmError(error, this.#text) })
  }

  #end(end: ReplyEnd): void {
    if (this.#over) return
    this.#over = true
    this.#onEnd(end)
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

async function close(stream: AsyncGenerator<string, Completion, void>): Promise<void> {
  try {
    // No `Completion` exists, and nobody reads the one that `return` asks for.
    await stream.return(undefined as never)
  } catch {
    // What a client throws while it closes is no news: the reply is of no interest any more.
  }
}

/** A client that throws anything else has a bug, and its agents must not pay for it with their plans. */
function asLlmError(error: unknown, partialText: string): LlmError {
  if (error instanceof LlmError) return error
  return new LlmError('server-error', `the client threw: ${messageOf(error)}`, { cause: error, partialText })
}
