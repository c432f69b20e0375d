import type { TemplateMessage } from './chat-template.ts'
import type { ChatRequest, GenerateRequest } from './generation-request.ts'
import { type GoReader, goBool, goInt, goList, goNumber, goRaw, goString, readStruct } from './go-struct.ts'
import { Refusal } from './refusal.ts'

/** Text, or parts of which only the text matters. What is neither is refused once the whole request has been read. */
const content: GoReader<unknown> = goRaw

const message: GoReader<{ readonly role?: string; readonly content?: unknown; readonly tool_calls?: unknown }> = (
  value,
  field,
) => readStruct(value, { role: goString, content, tool_calls: goRaw }, field, 'openai.Message')

const streamOptions: GoReader<{ readonly include_usage?: boolean }> = (value, field) =>
  readStruct(value, { include_usage: goBool }, field, 'openai.StreamOptions')

const responseFormat: GoReader<{ readonly type?: string; readonly json_schema?: unknown }> = (value, field) =>
  readStruct(value, { type: goString, json_schema: goRaw }, field, 'openai.ResponseFormat')

const COMMON = {
  model: goString,
  stream: goBool,
  stream_options: streamOptions,
  max_tokens: goInt,
  seed: goInt,
  stop: goRaw,
  temperature: goNumber,
  top_p: goNumber,
  frequency_penalty: goNumber,
  presence_penalty: goNumber,
}

const CHAT = {
  ...COMMON,
  messages: goList(message, '[]openai.Message'),
  response_format: responseFormat,
  tools: goList(goRaw, 'api.Tools'),
  logprobs: goBool,
  top_logprobs: goInt,
}

const TEXT = { ...COMMON, prompt: goString, suffix: goString }

/** A request in Ollama's own words, and what only `/v1` knows. */
export interface Translated<Request> {
  readonly request: Request
  readonly includeUsage: boolean
}

/** @throws Refusal for messages that can't be read, Error for JSON of the wrong shape */
export function readOpenAiChat(value: unknown): Translated<ChatRequest> {
  const {
    messages = [],
    response_format: format,
    stream_options: wishes,
    ...rest
  } = readStruct(value, CHAT, 'ChatCompletionRequest', 'openai.ChatCompletionRequest')
  if (messages.length === 0) throw new Refusal(400, "[] is too short - 'messages'")
  return {
    includeUsage: wishes?.include_usage ?? false,
    request: {
      model: rest.model ?? '',
      messages: messages.map(plainMessage),
      stream: rest.stream ?? false,
      options: optionsOf(rest),
      format: formatOf(format),
      tools: rest.tools ?? [],
      logprobs: rest.logprobs ?? false,
      top_logprobs: rest.top_logprobs ?? 0,
    },
  }
}

/** @throws Error for JSON of the wrong shape */
export function readOpenAiText(value: unknown): Translated<GenerateRequest> {
  const { stream_options: wishes, ...rest } = readStruct(value, TEXT, 'CompletionRequest', 'openai.CompletionRequest')
  return {
    includeUsage: wishes?.include_usage ?? false,
    request: {
      model: rest.model ?? '',
      prompt: rest.prompt ?? '',
      suffix: rest.suffix ?? '',
      stream: rest.stream ?? false,
      options: optionsOf(rest),
    },
  }
}

interface Sampling {
  readonly max_tokens?: number
  readonly seed?: number
  readonly stop?: unknown
  readonly temperature?: number
  readonly top_p?: number
  readonly frequency_penalty?: number
  readonly presence_penalty?: number
}

/** Temperature and `top_p` are 1 where nothing is said, whatever the model's own defaults are. */
function optionsOf({ max_tokens, seed, stop, temperature, top_p, ...penalties }: Sampling): Record<string, unknown> {
  return {
    temperature: temperature ?? 1,
    top_p: top_p ?? 1,
    ...(max_tokens !== undefined && { num_predict: max_tokens }),
    ...(seed !== undefined && { seed }),
    ...(stop !== undefined && { stop: typeof stop === 'string' ? [stop] : stop }),
    frequency_penalty: penalties.frequency_penalty ?? 0,
    presence_penalty: penalties.presence_penalty ?? 0,
  }
}

function formatOf(format: ReturnType<typeof responseFormat> | undefined): unknown {
  const { type = '', json_schema: wrapper } = format ?? {}
  const kind = type.trim().toLowerCase()
  if (kind === 'json_object') return 'json'
  if (kind !== 'json_schema') return undefined
  return typeof wrapper === 'object' && wrapper !== null && 'schema' in wrapper ? wrapper.schema : undefined
}

function plainMessage({ role = '', content, tool_calls: calls }: ReturnType<typeof message>): TemplateMessage {
  const plain = { role: role.toLowerCase() }
  if (typeof content === 'string') return { ...plain, content }
  if (Array.isArray(content)) return { ...plain, content: content.map(textOf).join('\n\n') }
  if (content === undefined && Array.isArray(calls)) return { ...plain, content: '' }
  throw new Refusal(400, `invalid message content type: ${content === undefined ? '<nil>' : goTypeOf(content)}`)
}

function textOf(part: unknown): string {
  if (typeof part !== 'object' || part === null) throw new Refusal(400, 'invalid message format')
  return 'text' in part && typeof part.text === 'string' ? part.text : ''
}

function goTypeOf(value: unknown): string {
  if (typeof value === 'number') return 'float64'
  return typeof value === 'boolean' ? 'bool' : 'map[string]interface {}'
}
