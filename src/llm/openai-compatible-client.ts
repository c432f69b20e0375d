import { transport as platformTransport } from '#transport'
import { type Clock, systemClock } from '../clock.ts'
import { messagesOf, type Prompt } from '../prompt.ts'
import { type ClientOptions, checkedBaseUrl, checkedHeaders } from './client-options.ts'
import { type Completion, LlmClient, type LlmRequestOptions, readAll } from './llm-client.ts'
import { OpenAiReplyDecoder, type ServerHabits } from './openai-reply-decoder.ts'
import { type ResolvedOptions, resolveOptions } from './request-options.ts'
import { OPENAI_COMPATIBLE } from './server-kind.ts'
import { type ReplyRequest, streamReply } from './stream-reply.ts'
import type { Transport } from './transport.ts'

/** Where llama.cpp's server listens when it is told nothing else. */
const DEFAULT_BASE_URL = 'http://127.0.0.1:8080/v1'

export interface OpenAiCompatibleClientOptions extends ClientOptions {
  /**
   * Where `/chat/completions` is, so mostly with `/v1` at its end: 8000 is vLLM's port, 1234 LM Studio's, 11434 Ollama's.
   * @defaultValue `'http://127.0.0.1:8080/v1'`, llama.cpp's server
   */
  readonly baseUrl?: string
  /** As the server names it. A llama.cpp server that has only one takes any name. */
  readonly model: string
  /** Sent as a bearer token, and never part of an error. An `authorization` among the headers takes its place. */
  readonly apiKey?: string
}

/**
 * Any server with OpenAI's chat completions, always streamed: llama.cpp, vLLM, LM Studio, OpenRouter, Ollama's `/v1`. For
 * Ollama `HermesOllamaClient` is the better one, as `/v1` takes no context size, hides errors, and samples at temperature 1
 * unless told otherwise.
 */
export class OpenAiCompatibleClient extends LlmClient {
  readonly model: string
  override readonly endpoint: string
  override readonly defaults: Omit<LlmRequestOptions, 'signal'>
  readonly #url: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #apiKey: string | undefined
  readonly #transport: Transport
  readonly #clock: Clock
  readonly #habits: ServerHabits = { givesReasons: false }

  /** @throws TypeError or RangeError for options that can't work. */
  constructor(options: OpenAiCompatibleClientOptions) {
    super()
    this.model = options.model
    this.endpoint = checkedBaseUrl(options.baseUrl ?? DEFAULT_BASE_URL)
    this.#url = `${this.endpoint}/chat/completions`
    this.#headers = checkedHeaders(options.headers)
    this.#apiKey = options.apiKey
    this.defaults = options.defaults ?? {}
    this.#transport = options.transport ?? platformTransport
    this.#clock = options.clock ?? systemClock
    if (!this.model.trim()) throw new TypeError('model must name a model, as GET /models lists it')
    // By hand, as the platform's error for a bad header repeats it.
    if (this.#apiKey !== undefined && !/^[\x21-\x7e]+$/.test(this.#apiKey)) {
      throw new TypeError('apiKey must be printable ASCII without spaces; a key from a file may end in a line break')
    }
    resolveOptions(this.defaults)
  }

  complete(prompt: Prompt, options?: LlmRequestOptions): Promise<Completion> {
    // Streamed too, so that the deadlines see text and an abort stops the server.
    return readAll(this.completeStreaming(prompt, options))
  }

  override completeStreaming(prompt: Prompt, options?: LlmRequestOptions): AsyncGenerator<string, Completion, void> {
    return streamReply(() => this.#request(prompt, resolveOptions(options, this.defaults), options?.signal))
  }

  #request(prompt: Prompt, options: ResolvedOptions, signal: AbortSignal | undefined): ReplyRequest {
    if (messagesOf(prompt).length === 0) throw new TypeError('the prompt has no messages')
    return {
      transport: this.#transport,
      clock: this.#clock,
      url: this.#url,
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        ...(this.#apiKey !== undefined && { authorization: `Bearer ${this.#apiKey}` }),
        ...this.#headers,
      },
      body: JSON.stringify(this.#chatBody(prompt, options)),
      model: this.model,
      limits: options.limits,
      signal,
      decoder: new OpenAiReplyDecoder(this.#habits, this.#apiKey),
      kind: OPENAI_COMPATIBLE,
      secret: this.#apiKey,
    }
  }

  #chatBody(prompt: Prompt, { maxTokens, temperature, seed, stop, format }: ResolvedOptions): object {
    return {
      model: this.model,
      messages: messagesOf(prompt),
      stream: true,
      stream_options: { include_usage: true },
      // Not `max_completion_tokens`, which most of these servers don't know.
      max_tokens: maxTokens,
      temperature,
      seed,
      stop,
      response_format: format && responseFormat(format),
    }
  }
}

/** Without `strict`, under which OpenAI refuses schemas with optional fields. */
function responseFormat(format: 'json' | object): object {
  if (format === 'json') return { type: 'json_object' }
  return { type: 'json_schema', json_schema: { name: 'reply', schema: format } }
}
