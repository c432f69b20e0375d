import { transport as platformTransport } from '#transport'
import { type Clock, systemClock } from '../clock.ts'
import { LlmError } from '../errors.ts'
import { messagesOf, type Prompt } from '../prompt.ts'
import { type ClientOptions, checkedBaseUrl, checkedHeaders } from './client-options.ts'
import type { DeadlineLimits } from './deadlines.ts'
import { type Completion, LlmClient, type LlmRequestOptions, readAll } from './llm-client.ts'
import { checkHealth, type OllamaHealth } from './ollama-health.ts'
import { OllamaReplyDecoder } from './ollama-reply-decoder.ts'
import { checkTokens, type ResolvedOptions, resolveOptions } from './request-options.ts'
import { type ReplyRequest, streamReply } from './stream-reply.ts'
import type { Transport } from './transport.ts'

const DEFAULT_BASE_URL = 'http://127.0.0.1:11434'
const DEFAULT_MODEL = 'adrienbrault/nous-hermes2pro:Q4_K_M'
const DEFAULT_KEEP_ALIVE = '30m'
const DEFAULT_CONTEXT_TOKENS = 4096
/** Ends every turn of ChatML, the format that Hermes was trained on. */
const END_OF_TURN = '<|im_end|>'
/** Reading gigabytes from a slow disk is no fault: as long as Ollama itself waits for a load that stands still. */
const WARM_UP_LIMITS: DeadlineLimits = { firstTextMs: 300_000, idleMs: 300_000, totalMs: 300_000 }

export interface HermesOllamaClientOptions extends ClientOptions {
  /** @defaultValue `'http://127.0.0.1:11434'` */
  readonly baseUrl?: string
  /** @defaultValue `'adrienbrault/nous-hermes2pro:Q4_K_M'` */
  readonly model?: string
  /**
   * How long the weights stay in memory after a request: seconds, or a Go duration such as `'30m'`; negative for ever.
   * @defaultValue `'30m'`
   */
  readonly keepAlive?: string | number
  /**
   * Size of the context, for prompt and reply together, in tokens. The same for every request of a client, because Ollama
   * reloads the model when it changes; clients that share a model should share it too.
   * @defaultValue 4096
   */
  readonly contextTokens?: number
}

/** Hermes 2 Pro, or any chat model, on an Ollama server: its native API, always streamed. */
export class HermesOllamaClient extends LlmClient {
  readonly model: string
  override readonly endpoint: string
  override readonly defaults: Omit<LlmRequestOptions, 'signal'>
  readonly #headers: Readonly<Record<string, string>>
  readonly #transport: Transport
  readonly #clock: Clock
  readonly #keepAlive: string | number
  readonly #contextTokens: number

  /** @throws TypeError or RangeError for options that can't work. */
  constructor(options: HermesOllamaClientOptions = {}) {
    super()
    this.model = options.model ?? DEFAULT_MODEL
    this.endpoint = checkedBaseUrl(options.baseUrl ?? DEFAULT_BASE_URL)
    this.#headers = checkedHeaders(options.headers)
    this.defaults = options.defaults ?? {}
    this.#transport = options.transport ?? platformTransport
    this.#clock = options.clock ?? systemClock
    this.#keepAlive = options.keepAlive ?? DEFAULT_KEEP_ALIVE
    this.#contextTokens = options.contextTokens ?? DEFAULT_CONTEXT_TOKENS
    if (!this.model.trim()) throw new TypeError('model must name a model, as `ollama list` shows it')
    checkKeepAlive(this.#keepAlive)
    checkTokens('contextTokens', this.#contextTokens)
    resolveOptions(this.defaults)
  }

  complete(prompt: Prompt, options?: LlmRequestOptions): Promise<Completion> {
    // Streamed too: without streaming Ollama is silent until the end, and hides failures in mid-reply.
    return readAll(this.completeStreaming(prompt, options))
  }

  override completeStreaming(prompt: Prompt, options?: LlmRequestOptions): AsyncGenerator<string, Completion, void> {
    return streamReply(() => {
      if (messagesOf(prompt).length === 0)
        throw new TypeError('the prompt has no messages; to load the model, call warmUp()')
      return this.#request(prompt, resolveOptions(options, this.defaults), options?.signal)
    })
  }

  /** Is the server there, and is the model? Answers within 3 seconds. Throws only `LlmError` 'aborted'. */
  health(signal?: AbortSignal): Promise<OllamaHealth> {
    return checkHealth(
      {
        transport: this.#transport,
        clock: this.#clock,
        baseUrl: this.endpoint,
        headers: this.#headers,
        model: this.model,
      },
      signal,
    )
  }

  /**
   * Loads the weights and, given a prompt, leaves exactly that prompt in the server's prefix cache: a later prompt that starts
   * with the same messages, or whose first message starts with the same text, is read from where they part. Waits for at most
   * five minutes. Throws `LlmError`.
   */
  async warmUp(prompt: Prompt = [], signal?: AbortSignal): Promise<void> {
    const options = { ...resolveOptions({}, this.defaults), maxTokens: 1, format: undefined, limits: WARM_UP_LIMITS }
    await readAll(streamReply(() => this.#request(prompt, options, signal))).catch(error => {
      // One token may well be one without text, and loading gives none at all.
      if (!(error instanceof LlmError && error.code === 'empty-reply')) throw error
    })
  }

  #request(prompt: Prompt, options: ResolvedOptions, signal: AbortSignal | undefined): ReplyRequest {
    return {
      transport: this.#transport,
      clock: this.#clock,
      url: `${this.endpoint}/api/chat`,
      headers: { accept: 'application/x-ndjson', 'content-type': 'application/json', ...this.#headers },
      body: JSON.stringify(this.#chatBody(prompt, options)),
      model: this.model,
      limits: options.limits,
      signal,
      decoder: new OllamaReplyDecoder(),
    }
  }

  #chatBody(prompt: Prompt, { maxTokens, temperature, seed, stop, format }: ResolvedOptions): object {
    return {
      model: this.model,
      messages: messagesOf(prompt),
      stream: true,
      // Else Ollama cuts a prompt that is too long in its middle, system message and all, and says nothing.
      truncate: false,
      keep_alive: this.#keepAlive,
      options: {
        num_ctx: this.#contextTokens,
        num_predict: maxTokens,
        temperature,
        seed,
        // The list replaces the one in the Modelfile, and without its end of turn Hermes goes on as the user.
        stop: stop && [...new Set([...stop, END_OF_TURN])],
      },
      format,
    }
  }
}

/** A sequence of numbers with units, as Go reads it. */
const GO_DURATION = /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/

function checkKeepAlive(keepAlive: string | number): void {
  if (typeof keepAlive === 'number' ? Number.isFinite(keepAlive) : GO_DURATION.test(keepAlive)) return
  throw new TypeError(
    `keepAlive must be a number of seconds, or a duration with its unit such as '30m'; got ${JSON.stringify(keepAlive)}`,
  )
}
