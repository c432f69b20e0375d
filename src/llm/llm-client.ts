import { LlmError } from '../errors.ts'
import type { Prompt } from '../prompt.ts'
import type { Attempt } from './attempt.ts'
import { leavableStream } from './leavable-stream.ts'
import { pour } from './pour.ts'
import type { TextSink } from './text-sink.ts'

/** A finished reply. */
export interface Completion {
  readonly text: string
  /** `length`: the reply was cut at `maxTokens` or at the end of the context. */
  readonly finishReason: 'stop' | 'length'
  /** What the server counted; a field it does not report is absent, never 0. */
  readonly usage: {
    readonly promptTokens?: number
    readonly cachedPromptTokens?: number
    readonly outputTokens?: number
  }
  /** Milliseconds, by the client's clock and the server's own report; absent when the server does not say. */
  readonly timings: {
    readonly firstTextMs: number
    readonly totalMs: number
    readonly loadMs?: number
    readonly promptMs?: number
    readonly decodeMs?: number
    /** Waiting for a free slot, derived: total − load − prompt − decode, by the server's figures. */
    readonly queueMs?: number
  }
}

export interface LlmRequestOptions {
  /** Aborting closes the connection, also while nothing has arrived yet. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds, from the first `next()`; `Infinity` for none. The one that passes is named in its `LlmError`. */
  readonly timeouts?:
    | {
        /** To the first text; covers queueing, loading and reading the prompt. @defaultValue 60_000 */
        readonly firstTextMs?: number
        /** Between two pieces of text, not counting the time that the reader takes. @defaultValue 15_000 */
        readonly idleMs?: number
        /** For the whole reply. @defaultValue 180_000 */
        readonly totalMs?: number
      }
    | undefined
  /** @defaultValue the client's */
  readonly temperature?: number | undefined
  /** Makes a server sample the same way again; the same text is likely, never certain. @defaultValue the server's */
  readonly seed?: number | undefined
  /** The longest reply, in tokens; a reply that is cut there says `finishReason: 'length'`. @defaultValue 1024 */
  readonly maxTokens?: number | undefined
  /** The reply ends before the first of these words. The end of the model's own turn always ends it. */
  readonly stop?: readonly string[] | undefined
  /** Asks the server to constrain its output: any JSON, or a JSON Schema. Never trusted: servers fail open. */
  readonly format?: 'json' | object | undefined
  /** Where requests wait for a slot (`QueuedClient`), higher goes first. Servers never see it. @defaultValue 0 */
  readonly priority?: number | undefined
}

/** A model that answers prompts with text. */
export abstract class LlmClient {
  abstract readonly model: string
  /** Where its server is. Clients of one endpoint and model share the state of a circuit breaker. */
  declare readonly endpoint?: string | undefined
  /** What it takes for options that a call leaves out, for clients that wrap it. */
  declare readonly defaults?: Omit<LlmRequestOptions, 'signal'> | undefined

  /** The whole reply, when it is finished. */
  abstract complete(prompt: Prompt, options?: LlmRequestOptions): Promise<Completion>

  /**
   * The reply in pieces, in the order written; by default `complete()` as one piece. Nothing is sent before the first `next()`.
   * Returns only after the server's explicit end; throws `LlmError` otherwise. `break`, `return()` and abort close the
   * connection at once, also while a read is pending: that read then rejects with the code `aborted`.
   */
  completeStreaming(prompt: Prompt, options?: LlmRequestOptions): AsyncGenerator<string, Completion, void> {
    return leavableStream(attempt => this.#asOnePiece(attempt, prompt, options))
  }

  async *#asOnePiece(
    attempt: Attempt,
    prompt: Prompt,
    options: LlmRequestOptions | undefined,
  ): AsyncGenerator<string, Completion, void> {
    attempt.begin(options?.signal)
    try {
      if (attempt.aborted) throw abortedError(attempt)
      const completion = await attempt.wait(this.complete(prompt, { ...options, signal: attempt.signal }))
      if (completion.text) yield completion.text
      return completion
    } catch (error) {
      // `complete` sees our signal, not the caller's, so its own words for the abort would name the wrong cause.
      throw attempt.aborted ? abortedError(attempt) : error
    } finally {
      attempt.end()
    }
  }
}

function abortedError(attempt: Attempt): LlmError {
  return new LlmError('aborted', 'the request was aborted', { cause: attempt.cause })
}

/** Reads a stream to its end without losing the `Completion`, as `for await` would. When `onText` throws, the stream is left. */
export function readAll(
  stream: AsyncGenerator<string, Completion, void>,
  onText?: (text: string) => void,
): Promise<Completion> {
  return new Promise((resolve, reject) => pour(stream, new WholeReply(onText, resolve, reject)))
}

class WholeReply implements TextSink {
  readonly #onText: ((text: string) => void) | undefined
  readonly done: (completion: Completion) => void
  readonly failed: (error: unknown) => void

  constructor(
    onText: ((text: string) => void) | undefined,
    done: (completion: Completion) => void,
    failed: (error: unknown) => void,
  ) {
    this.#onText = onText
    this.done = done
    this.failed = failed
  }

  text(piece: string): boolean {
    this.#onText?.(piece)
    return true
  }
}
