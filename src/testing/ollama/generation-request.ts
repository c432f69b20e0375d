import type { TemplateMessage } from './chat-template.ts'
import { type GoReader, goBool, goInt, goList, goMap, goRaw, goString, readStruct } from './go-struct.ts'
import { FOREVER_MS, parseGoDuration } from './go-time.ts'

export const keepAlive: GoReader<number> = value => {
  if (typeof value === 'number') return value < 0 ? FOREVER_MS : value * 1000
  if (typeof value !== 'string') {
    const kind =
      typeof value === 'boolean' ? 'bool' : Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}'
    throw new Error(`Unsupported type: '${kind}'`)
  }
  const ms = parseGoDuration(value)
  return ms < 0 ? FOREVER_MS : ms
}

const LEVELS = ['high', 'medium', 'low', 'max']

const think: GoReader<boolean | string> = value => {
  if (typeof value === 'boolean') return value
  if (typeof value !== 'string')
    throw new Error('think must be a boolean or string ("high", "medium", "low", "max", true, or false)')
  if (LEVELS.includes(value)) return value
  throw new Error(
    `invalid think value: ${JSON.stringify(value)} (must be "high", "medium", "low", "max", true, or false)`,
  )
}

const message: GoReader<TemplateMessage> = (value, field) => {
  const { role = '', content = '' } = readStruct(value, { role: goString, content: goString }, field, 'api.Alias')
  return { role: role.toLowerCase(), content }
}

const COMMON = {
  model: goString,
  stream: goBool,
  format: goRaw,
  keep_alive: keepAlive,
  options: goMap,
  think,
  truncate: goBool,
  shift: goBool,
  logprobs: goBool,
  top_logprobs: goInt,
  _debug_render_only: goBool,
}

const CHAT = { ...COMMON, messages: goList(message, '[]api.Message'), tools: goList(goRaw, 'api.Tools') }

const GENERATE = {
  ...COMMON,
  prompt: goString,
  suffix: goString,
  system: goString,
  template: goString,
  context: goList(goInt, '[]int'),
  images: goList(goRaw, '[]api.ImageData'),
  raw: goBool,
}

const SHOW = { model: goString, name: goString, verbose: goBool }

export type ChatRequest = ReturnType<typeof readChatRequest>
export type GenerateRequest = ReturnType<typeof readGenerateRequest>

export const readChatRequest = (value: unknown) => readStruct(value, CHAT, 'ChatRequest', 'api.ChatRequest')
export const readGenerateRequest = (value: unknown) => {
  return readStruct(value, GENERATE, 'GenerateRequest', 'api.GenerateRequest')
}
export const readShowRequest = (value: unknown) => readStruct(value, SHOW, 'ShowRequest', 'api.ShowRequest')
