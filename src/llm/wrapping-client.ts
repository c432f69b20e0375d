import { LlmError } from '../errors.ts'
import type { Prompt } from '../prompt.ts'
import type { Attempt } from './attempt.ts'
import { leavableStream } from './leavable-stream.ts'
import { type Completion, LlmClient, type LlmRequestOptions, readAll } from './llm-client.ts'
import { close } from './pour.ts'

/** A reply in pieces that ends in its completion. */
export type TextStream = AsyncGenerator<string, Completion, void>

/** One call of a wrapping client, for as long as it lasts. */
export class WrappedCall {
  readonly prompt: Prompt
  readonly options: LlmRequestOptions
  readonly attempt: Attempt
  #text = ''

  constructor(prompt: Prompt, options: LlmRequestOptions, attempt: Attempt) {
    this.prompt = prompt
    this.options = options
    this.attempt = attempt
  }

  /** What has reached the caller. */
  get text(): string {
    return this.#text
  }

  /** The reply of a wrapped client. It is closed when it is left; whoever leaves waits for nobody. */
  async *ask(client: LlmClient, timeouts = this.options.timeouts, onFirstText?: () => void): TextStream {
    const { signal } = this.attempt
    const stream = client.completeStreaming(this.prompt, { ...this.options, timeouts, signal })
    let over = false
    try {
      while (true) {
        const next = await this.attempt.wait(stream.next())
        if (next.done) {
          over = true
          return next.value
        }
        if (this.#text === '') onFirstText?.()
        this.#text += next.value
        yield next.value
      }
    } finally {
      if (!over) close(stream)
    }
  }
}

/**
 * A client around another one. What every such client promises: it streams when the wrapped one does and keeps its `Completion`;
 * `break`, `return()` and abort reach the wrapped client at once, whatever is waited for, and end in `aborted` with the
 * caller's own reason and the text so far.
 */
export abstract class WrappingClient extends LlmClient {
  readonly model: string
  override readonly endpoint: string | undefined
  override readonly defaults: Omit<LlmRequestOptions, 'signal'> | undefined

  constructor(client: LlmClient) {
    super()
    this.model = client.model
    this.endpoint = client.endpoint
    this.defaults = client.defaults
  }

  complete(prompt: Prompt, options?: LlmRequestOptions): Promise<Completion> {
    return readAll(this.completeStreaming(prompt, options))
  }

  override completeStreaming(prompt: Prompt, options: LlmRequestOptions = {}): TextStream {
    return leavableStream(attempt => this.#guarded(new WrappedCall(prompt, options, attempt)))
  }

  /** Starts at the first `next()`. Whatever it awaits goes through `call.attempt.wait`. */
  protected abstract read(call: WrappedCall): TextStream

  async *#guarded(call: WrappedCall): TextStream {
    const { attempt, options } = call
    attempt.begin(options.signal)
    try {
      attempt.signal.throwIfAborted()
      return yield* this.read(call)
    } catch (error) {
      // What the caller threw into the stream comes back to him.
      if (!attempt.aborted || error === attempt.cause) throw error
      throw new LlmError('aborted', 'the request was aborted', { cause: attempt.cause, partialText: call.text })
    } finally {
      attempt.end()
    }
  }
}
