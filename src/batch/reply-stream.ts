import { LlmError, messageOf } from '../errors.ts'
import type { Completion, LlmClient, LlmRequestOptions } from '../llm/llm-client.ts'
import { close, pour } from '../llm/pour.ts'
import type { TextSink } from '../llm/text-sink.ts'
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
  readonly #keepsText: boolean
  readonly #onEnd: (end: ReplyEnd) => void
  readonly #abort = new AbortController()
  readonly #sink: TextSink = {
    text: piece => this.#take(piece),
    done: completion => this.#end({ type: 'finished', completion }),
    failed: error => this.#fail(error),
  }
  #stream: AsyncGenerator<string, Completion, void> | undefined
  #text = ''
  #isEmpty = true
  #over = false

  /** Whether it `keepsText`: kept from token to token, the text of all replies is much for the collector, and few ask for it. */
  constructor(onText: (text: string) => void, onEnd: (end: ReplyEnd) => void, keepsText: boolean) {
    this.#onText = onText
    this.#onEnd = onEnd
    this.#keepsText = keepsText
  }

  /** Everything read so far, if it is kept. */
  get text(): string {
    return this.#text
  }

  /** Nothing was read so far. */
  get isEmpty(): boolean {
    return this.#isEmpty
  }

  get over(): boolean {
    return this.#over
  }

  open(client: LlmClient, prompt: Prompt, options: Omit<LlmRequestOptions, 'signal'>): void {
    try {
      this.#stream = client.completeStreaming(prompt, { ...options, signal: this.#abort.signal })
    } catch (error) {
      this.#fail(error)
      return
    }
    // A client that calls the game's code may have got us to leave before there was a stream.
    if (this.#over) close(this.#stream)
    else pour(this.#stream, this.#sink)
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

  #take(piece: string): boolean {
    if (this.#over) return false
    if (piece) this.#isEmpty = false
    if (this.#keepsText) this.#text += piece
    this.#onText(piece)
    return !this.#over
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

/** A client that throws anything else has a bug, and its agents must not pay for it with their plans. */
function asLlmError(error: unknown, partialText: string): LlmError {
  if (error instanceof LlmError) return error
  return new LlmError('server-error', `the client threw: ${messageOf(error)}`, { cause: error, partialText })
}
