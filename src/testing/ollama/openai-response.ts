import type { SeededRandom } from '../../seeded-random.ts'
import { goJson } from './go-json.ts'
import type { GoResponse } from './go-response.ts'
import type { WallClock } from './go-time.ts'
import type { Answer, NativeReply, NativeToolCall } from './native-reply.ts'
import type { VersionTraits } from './version-traits.ts'

export interface OpenAiFormat {
  readonly kind: 'chat' | 'text'
  readonly includeUsage: boolean
  readonly time: WallClock
  readonly random: SeededRandom
  readonly traits: VersionTraits
}

interface Usage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
}

const NO_USAGE: Usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
const FINGERPRINT = { system_fingerprint: 'fp_ollama' }

/**
 * What `/v1` makes of Ollama's own replies. It knows no error lines: one in mid-stream becomes a chunk without model and text,
 * after which the stream ends, as it does in the real server.
 */
export class OpenAiResponse implements Answer {
  readonly #response: GoResponse
  readonly #format: OpenAiFormat
  readonly #id: string
  #sentRole = false
  #calledTools = false

  constructor(response: GoResponse, format: OpenAiFormat) {
    this.#response = response
    this.#format = format
    this.#id = `${format.kind === 'chat' ? 'chatcmpl' : 'cmpl'}-${format.random.int(0, 998)}`
  }

  get started(): boolean {
    return this.#response.started
  }

  json(status: number, value: NativeReply): void {
    const body = value.error === undefined ? this.#wholeOf(value) : openAiError(status, value.error)
    // With a line break and without a charset: Go's encoder writes it, not the framework.
    this.#response.whole(status, `${goJson(body)}\n`, { 'Content-Type': 'application/json' })
  }

  streamError(status: number, message: string): void {
    this.#response.streamBody(status, goJson(openAiError(status, message)))
  }

  async line(value: NativeReply): Promise<void> {
    if (this.#format.kind === 'chat') await this.#chatLine(value)
    else await this.#send(this.#textChunk(value))
    if (!value.done) return
    if (this.#format.includeUsage) await this.#send(this.#usageChunk(value))
    await this.#response.event('[DONE]')
  }

  rawLine(line: string): Promise<void> {
    return this.#response.event(line)
  }

  halfLine(value: NativeReply): Promise<void> {
    const { content = '' } = value.message ?? {}
    const chunk = this.#format.kind === 'chat' ? this.#chatChunk(value, { content }, null) : this.#textChunk(value)
    return this.#response.halfEvent(goJson(chunk))
  }

  end(): void {
    this.#response.endEvents()
  }

  reset(): Promise<void> {
    return this.#response.reset()
  }

  #send(chunk: object): Promise<void> {
    return this.#response.event(goJson(chunk))
  }

  async #chatLine(value: NativeReply): Promise<void> {
    const { content = '', tool_calls: calls = [] } = value.message ?? {}
    const { roleInEveryChunk } = this.#format.traits
    const finish = value.done ? this.#finishReason(value) : null
    if (calls.length > 0) this.#calledTools = true
    const delta = {
      ...(value.error === undefined && (!this.#sentRole || roleInEveryChunk) && { role: 'assistant' }),
      content,
      ...(calls.length > 0 && { tool_calls: calls.map(openAiCall) }),
    }
    if (roleInEveryChunk) return await this.#send(this.#chatChunk(value, delta, finish))
    if (!value.done || content || calls.length > 0) await this.#send(this.#chatChunk(value, delta, null))
    this.#sentRole = true
    if (value.done) await this.#send(this.#chatChunk(value, {}, finish))
  }

  #chatChunk(value: NativeReply, delta: object, finish: string | null): object {
    const choice = { index: 0, delta, finish_reason: finish, ...logprobsOf(value) }
    return { ...this.#head('chat.completion.chunk'), ...modelOf(value), choices: [choice] }
  }

  #textChunk(value: NativeReply): object {
    const choice = { text: value.response ?? '', index: 0, finish_reason: value.done_reason ?? null }
    const usage = this.#format.includeUsage ? { usage: NO_USAGE } : {}
    return { ...this.#head('text_completion'), choices: [choice], ...modelOf(value), ...usage }
  }

  #usageChunk(value: NativeReply): object {
    const usage = usageOf(value)
    if (this.#format.kind === 'text') {
      return { ...this.#head('text_completion'), choices: [], ...modelOf(value), usage }
    }
    return { ...this.#head('chat.completion.chunk'), ...modelOf(value), choices: [], usage }
  }

  #wholeOf(value: NativeReply): object {
    const usage = usageOf(value)
    if (this.#format.kind === 'text') {
      const choice = { text: value.response ?? '', index: 0, finish_reason: value.done_reason ?? null }
      return { ...this.#head('text_completion'), ...modelOf(value), choices: [choice], usage }
    }
    const { content = '', tool_calls: calls = [] } = value.message ?? {}
    if (calls.length > 0) this.#calledTools = true
    const message = { role: 'assistant', content, ...(calls.length > 0 && { tool_calls: calls.map(openAiCall) }) }
    const choice = { index: 0, message, finish_reason: this.#finishReason(value), ...logprobsOf(value) }
    return { ...this.#head('chat.completion'), ...modelOf(value), choices: [choice], usage }
  }

  #finishReason({ done_reason: reason }: NativeReply): string | null {
    if (reason === undefined) return null
    return this.#calledTools ? 'tool_calls' : reason
  }

  #head(object: string): object {
    return { id: this.#id, object, created: this.#format.time.unixSeconds() }
  }
}

/** An error as `/v1` puts it. */
export function openAiError(status: number, message: string): object {
  const type = status === 400 ? 'invalid_request_error' : status === 404 ? 'not_found_error' : 'api_error'
  return { error: { message, type, param: null, code: null } }
}

function modelOf({ model = '' }: NativeReply): object {
  return { model, ...FINGERPRINT }
}

function usageOf({ prompt_eval_count: prompt = 0, eval_count: completion = 0 }: NativeReply): Usage {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
}

function logprobsOf({ logprobs }: NativeReply): object {
  return logprobs ? { logprobs: { content: logprobs } } : {}
}

/** Arguments are an object in Ollama's own reply, and text here. */
function openAiCall({ id, function: { index, name, arguments: args } }: NativeToolCall): object {
  return { id, index, type: 'function', function: { name, arguments: JSON.stringify(args) } }
}
