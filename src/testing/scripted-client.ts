import { type Clock, systemClock } from '../clock.ts'
import { tokenPieces } from '../compress/token-pieces.ts'
import { LlmError } from '../errors.ts'
import type { Attempt } from '../llm/attempt.ts'
import { leavableStream } from '../llm/leavable-stream.ts'
import { type Completion, LlmClient, type LlmRequestOptions, readAll } from '../llm/llm-client.ts'
import type { Prompt } from '../prompt.ts'

/** What one call is answered with. */
export type ScriptEntry =
  /** This text, in pieces of about a token. */
  | string
  /** The same, after so many milliseconds of the clock. @defaultValue 0 */
  | { readonly text: string; readonly afterMs?: number }
  /** These pieces, cut exactly here; empty ones are left out. `betweenMs` passes before each but the first. @defaultValue 0 */
  | { readonly chunks: readonly string[]; readonly afterMs?: number; readonly betweenMs?: number }
  /** This error, after `chunks` have been handed over. */
  | { readonly fail: LlmError; readonly afterMs?: number; readonly chunks?: readonly string[] }

export interface ScriptedClientOptions {
  /** @defaultValue the platform's */
  readonly clock?: Clock
  /** @defaultValue 'scripted' */
  readonly model?: string
}

/**
 * A model that says what it was told to: one entry of the script for each call of `complete` or `completeStreaming`, in the order of
 * the calls. A call too many fails with `server-error`, and an abort with `aborted`, also while the script waits. Deadlines
 * are not its business: it ignores every option but the signal.
 */
export class ScriptedClient extends LlmClient {
  readonly model: string
  readonly #script: readonly ScriptEntry[]
  readonly #clock: Clock
  readonly #prompts: Prompt[] = []

  constructor(script: readonly ScriptEntry[], options: ScriptedClientOptions = {}) {
    super()
    this.model = options.model ?? 'scripted'
    this.#script = [...script]
    this.#clock = options.clock ?? systemClock
  }

  /** What it was asked, call by call, the calls that failed included. */
  get prompts(): readonly Prompt[] {
    return this.#prompts
  }

  /** Entries that no call has used yet. */
  get remaining(): number {
    return Math.max(0, this.#script.length - this.#prompts.length)
  }

  async complete(prompt: Prompt, options?: LlmRequestOptions): Promise<Completion> {
    return await readAll(this.completeStreaming(prompt, options))
  }

  // Not the generator itself: a call counts when it is made, not when somebody reads.
  override completeStreaming(
    prompt: Prompt,
    options: LlmRequestOptions = {},
  ): AsyncGenerator<string, Completion, void> {
    this.#prompts.push(prompt)
    const call = this.#prompts.length
    return leavableStream(attempt => this.#play(call, attempt, options.signal))
  }

  async *#play(
    call: number,
    attempt: Attempt,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<string, Completion, void> {
    const entry = this.#script[call - 1]
    if (entry === undefined) {
      throw new LlmError('server-error', `the script is over: call ${call} of ${this.#script.length}`)
    }
    const { chunks, afterMs, betweenMs, fail } = partsOf(entry)
    const startMs = this.#clock.now()
    let firstTextMs: number | undefined
    let text = ''
    attempt.begin(signal)
    try {
      await this.#wait(afterMs, attempt)
      for (const chunk of chunks) {
        if (firstTextMs !== undefined) await this.#wait(betweenMs, attempt)
        firstTextMs ??= this.#clock.now() - startMs
        text += chunk
        yield chunk
        attempt.signal.throwIfAborted()
      }
    } catch (error) {
      if (!attempt.aborted) throw error
      throw new LlmError('aborted', 'the caller aborted', { cause: attempt.cause, partialText: text })
    } finally {
      attempt.end()
    }
    if (fail) throw fail
    const totalMs = this.#clock.now() - startMs
    return {
      text,
      finishReason: 'stop',
      usage: { outputTokens: tokenPieces(text).length },
      timings: { firstTextMs: firstTextMs ?? totalMs, totalMs },
    }
  }

  /** The signal is looked at even when there is nothing to wait for. */
  async #wait(ms: number, attempt: Attempt): Promise<void> {
    attempt.signal.throwIfAborted()
    if (ms <= 0) return
    let cancelTimer = () => {}
    const over = new Promise<void>(resolve => {
      cancelTimer = this.#clock.setTimer(ms, resolve)
    })
    await attempt.wait(over).finally(cancelTimer)
  }
}

interface Parts {
  readonly chunks: readonly string[]
  readonly afterMs: number
  readonly betweenMs: number
  readonly fail?: LlmError
}

function partsOf(entry: ScriptEntry): Parts {
  if (typeof entry === 'string') return { chunks: tokenPieces(entry), afterMs: 0, betweenMs: 0 }
  const { afterMs = 0 } = entry
  if ('text' in entry) return { chunks: tokenPieces(entry.text), afterMs, betweenMs: 0 }
  if ('fail' in entry) return { chunks: entry.chunks ?? [], afterMs, betweenMs: 0, fail: entry.fail }
  return { chunks: entry.chunks.filter(chunk => chunk !== ''), afterMs, betweenMs: entry.betweenMs ?? 0 }
}
