import { createParser, type EventSourceMessage, type EventSourceParser, type ParseError } from 'eventsource-parser'
import { z } from 'zod'
import type { LlmErrorCode } from '../errors.ts'
import { errorTextOf } from './error-text.ts'
import { excerptOf, type Failure, withoutSecret } from './failure.ts'
import { codeOfServerText } from './http-failure.ts'
import { isRecord, parseJson } from './json.ts'
import type { ReplyDecoder, ReplyEnd } from './stream-reply.ts'

/** What a server has shown of itself in earlier replies. One object for all replies of one server. */
export interface ServerHabits {
  /** It ends replies with a `finish_reason`. From then on `[DONE]` alone means that somebody in between gave up. */
  givesReasons: boolean
}

/** A chunk is some hundred characters long; a token never fills a megabyte. */
const MAX_EVENT_CHARS = 1024 * 1024
/** How much of an offending line an error carries. */
const KEPT_LINE_CHARS = 2000

/** Reasons that are no end of a reply: it was cut, by the server. */
const CUT_REASONS: ReadonlySet<string> = new Set(['content_filter', 'error', 'abort'])
const LENGTH_REASONS: ReadonlySet<string> = new Set(['length', 'max_tokens'])

// Only the fields we read. A figure that is no figure counts as not reported.
const figure = z.number().nonnegative().optional().catch(undefined)
const usageSchema = z.object({
  prompt_tokens: figure,
  completion_tokens: figure,
  prompt_tokens_details: z.object({ cached_tokens: figure }).optional().catch(undefined),
})
/** What llama.cpp adds, in milliseconds. */
const timingsSchema = z.object({ prompt_ms: figure, predicted_ms: figure })

/**
 * Reads the server-sent events of `/v1/chat/completions`, as llama.cpp, vLLM, LM Studio, Ollama, OpenRouter and proxies write
 * them. A line of JSON in place of an event is read too: an error, or a whole reply, of a server that does not stream it.
 * The reply is over at `[DONE]`, at the usage that follows a `finish_reason`, or with the connection when a reason was given.
 */
export class OpenAiReplyDecoder implements ReplyDecoder {
  readonly #habits: ServerHabits
  readonly #secret: string | undefined
  readonly #utf8 = new TextDecoder()
  readonly #events: EventSourceParser = createParser({
    onEvent: event => this.#readEvent(event),
    onError: error => this.#readOddLine(error),
    maxBufferSize: MAX_EVENT_CHARS,
  })
  /** Text of the events that the current bytes complete. */
  #text = ''
  #afterCarriageReturn = false
  #closing = false
  #reason: string | undefined
  /** The last ones sent; read at the end, as some servers send them with every token. */
  #usage: unknown
  #timings: unknown
  #outcome: ReplyDecoder['outcome']

  /** @param secret is left out of every error. */
  constructor(habits: ServerHabits, secret?: string) {
    this.#habits = habits
    this.#secret = secret
  }

  get outcome(): ReplyDecoder['outcome'] {
    return this.#outcome
  }

  push(bytes: Uint8Array): string {
    return this.#feed(this.#utf8.decode(bytes, { stream: true }))
  }

  close(): string {
    this.#closing = true
    // The blank line that the last event may lack.
    const text = this.#feed(`${this.#utf8.decode()}\n\n`)
    if (this.#reason !== undefined) this.#end()
    return text
  }

  #feed(chunk: string): string {
    if (this.#outcome) return ''
    this.#events.feed(this.#withLineFeeds(chunk))
    const text = this.#text
    this.#text = ''
    return text
  }

  /** The parser reads CR and CRLF too, but searches the rest of the chunk for each, and keeps back an event until what follows. */
  #withLineFeeds(chunk: string): string {
    if (chunk === '') return chunk
    const rest = this.#afterCarriageReturn && chunk.startsWith('\n') ? chunk.slice(1) : chunk
    this.#afterCarriageReturn = chunk.endsWith('\r')
    return rest.includes('\r') ? rest.replace(/\r\n?/g, '\n') : rest
  }

  #readEvent({ event, data }: EventSourceMessage): void {
    if (this.#outcome) return
    const trimmed = data.trim()
    if (event === 'error') this.#failWith(trimmed || 'an error without a message', data)
    else if (trimmed === '[DONE]') this.#readDone()
    else if (trimmed !== '') this.#readData(data, event)
  }

  // By hand rather than by schema: this runs once per token.
  #readData(data: string, event?: string): void {
    const value = parseJson(data)
    if (!isRecord(value)) {
      // An event with a name of its own, such as a ping, may carry anything.
      if (value === undefined && event !== undefined && event !== 'message') return
      this.#failToRead(data, value === undefined)
      return
    }
    const { error, object, choices, usage, timings } = value
    if (error !== undefined && error !== null && error !== '') {
      this.#failWith(error, data)
      return
    }
    if (object === 'error') {
      this.#failWith(value, data)
      return
    }
    this.#usage = usage ?? this.#usage
    this.#timings = timings ?? this.#timings
    const choice: unknown = Array.isArray(choices) ? choices[0] : undefined
    if (isRecord(choice)) this.#readChoice(choice, data)
    // Nothing is owed any more, even by a server that forgets to say so.
    else if (this.#reason !== undefined && isRecord(usage)) this.#end()
  }

  #readChoice(choice: Readonly<Record<string, unknown>>, data: string): void {
    // A reply that is not streamed has a whole message.
    const message = choice.delta ?? choice.message
    const content = textOf(isRecord(message) ? message.content : undefined)
    if (content === undefined) {
      this.#failToRead(data, false)
      return
    }
    this.#text += content
    const reason = choice.finish_reason
    if (typeof reason !== 'string' || reason === '') return
    this.#habits.givesReasons = true
    this.#reason = reason
    if (CUT_REASONS.has(reason)) {
      this.#fail({ code: 'server-error', message: `the server cut the reply: finish_reason ${reason}`, line: data })
    }
  }

  #readDone(): void {
    if (this.#reason !== undefined || !this.#habits.givesReasons) this.#end()
    else {
      const message = 'the reply stopped without the finish_reason that this server gives otherwise'
      this.#fail({ code: 'truncated', message, line: '[DONE]' })
    }
  }

  /** What is no field of an event. */
  #readOddLine({ type, field, value = '', line = '' }: ParseError): void {
    if (this.#outcome || type === 'invalid-retry') return
    if (type === 'max-buffer-size-exceeded') {
      this.#fail({ code: 'protocol', message: `the server sent an event of more than ${MAX_EVENT_CHARS} characters` })
    } else if (line.trimStart().startsWith('{')) {
      this.#readData(line)
    } else if (field === 'error') {
      // As llama.cpp wrote it until 2025, outside of any event.
      this.#failWith(value, line)
    } else if (line.trim() !== '' && !/^[\w-]+$/.test(field ?? '')) {
      // Events may have fields that are not known yet, but a page of HTML is none of them.
      this.#failToRead(line, false)
    }
  }

  #failWith(error: unknown, line: string): void {
    const message = excerptOf(withoutSecret(errorTextOf(error), this.#secret))
    this.#fail({ code: codeOf(error, message), message, line })
  }

  #failToRead(line: string, mayBeCut: boolean): void {
    const cut = mayBeCut && this.#closing
    const what = cut ? 'the reply was cut inside a line' : 'the server sent a line that is no part of a reply'
    const message = `${what}: ${excerptOf(withoutSecret(line, this.#secret))}`
    this.#fail({ code: cut ? 'truncated' : 'protocol', message, line })
  }

  /** The first outcome stands. */
  #fail(failure: Failure): void {
    const { line = '' } = failure
    const kept = withoutSecret(line, this.#secret).slice(0, KEPT_LINE_CHARS)
    this.#outcome ??= { failure: line ? { ...failure, line: kept } : failure }
  }

  #end(): void {
    this.#outcome ??= { end: endOf(this.#reason, this.#usage, this.#timings) }
  }
}

/** A content as text: a string, nothing, or a list of parts; `undefined` for what is none of these. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content
  if (content === undefined || content === null) return ''
  if (!Array.isArray(content)) return undefined
  return content.map(part => (isRecord(part) && typeof part.text === 'string' ? part.text : '')).join('')
}

/** Inside a reply the status can no longer change, so many servers put it into the error. */
function codeOf(error: unknown, said: string): LlmErrorCode {
  const parsed = typeof error === 'string' ? parseJson(error) : error
  const inner = isRecord(parsed) && isRecord(parsed.error) ? parsed.error : parsed
  const code = Number(isRecord(inner) ? inner.code : undefined)
  if (code === 401 || code === 403) return 'forbidden'
  if (code === 429 || code === 503) return 'overloaded'
  return code >= 400 && code < 500 ? 'bad-request' : codeOfServerText(said)
}

function endOf(reason: string | undefined, usage: unknown, timings: unknown): ReplyEnd {
  const { data: counts } = usageSchema.safeParse(usage)
  const { data: times } = timingsSchema.safeParse(timings)
  const cached = counts?.prompt_tokens_details?.cached_tokens
  return {
    finishReason: reason !== undefined && LENGTH_REASONS.has(reason) ? 'length' : 'stop',
    usage: {
      ...(counts?.prompt_tokens !== undefined && { promptTokens: counts.prompt_tokens }),
      ...(cached !== undefined && { cachedPromptTokens: cached }),
      ...(counts?.completion_tokens !== undefined && { outputTokens: counts.completion_tokens }),
    },
    timings: {
      ...(times?.prompt_ms !== undefined && { promptMs: times.prompt_ms }),
      ...(times?.predicted_ms !== undefined && { decodeMs: times.predicted_ms }),
    },
  }
}
