import { SeededRandom } from '../../seeded-random.ts'
import { renderChat } from './chat-template.ts'
import { fitMessages } from './context-window.ts'
import { toolNames, toolsMessage } from './declared-tools.ts'
import { LOAD_FAILED } from './fault.ts'
import type { Dialect, Exchange, GenerationContext } from './generation.ts'
import type { ChatRequest, GenerateRequest } from './generation-request.ts'
import { type CatalogModel, isValidName, TRAINED_CONTEXT_TOKENS } from './model-catalog.ts'
import { readOptions } from './model-options.ts'
import { pauseUntil } from './pause.ts'
import { Refusal } from './refusal.ts'
import { ToolCallReader } from './tool-call-reader.ts'
import { writeAnswer } from './write-answer.ts'

/** The spread of the overhead before a prompt is read: the slowest request in twenty takes 5.5 times the usual. */
const OVERHEAD_SIGMA = 1.036

/** @throws Refusal for what is wrong before a model is needed */
export async function handleChat(context: GenerationContext, request: ChatRequest, exchange: Exchange): Promise<void> {
  refuseTopLogprobs(request)
  const { model = '', messages = [], tools = [] } = request
  if (!model) throw new Refusal(400, 'model is required')
  if (!isValidName(model)) throw new Refusal(400, 'invalid model name')
  const found = findModel(context, model)
  if (tools.length > 0 && !found.tools) throw new Refusal(400, `${found.fullName} does not support tools`)
  const said = tools.length > 0 ? [toolsMessage(tools), ...messages] : messages
  await generate(context, found, exchange, {
    request,
    empty: messages.length === 0,
    prompt: options => (request.truncate === false ? renderChat(said) : fitMessages(said, options)),
    fieldsOf: (content, calls = []) => {
      return { message: { role: 'assistant', content, ...(calls.length > 0 && { tool_calls: calls }) } }
    },
    tools: tools.length > 0 ? new ToolCallReader(toolNames(tools), callIds(context, exchange)) : undefined,
    tellsTokens: false,
    debugFields: { message: { role: '', content: '' } },
  })
}

/** @throws Refusal for what is wrong before a model is needed */
export async function handleGenerate(
  context: GenerationContext,
  request: GenerateRequest,
  exchange: Exchange,
): Promise<void> {
  refuseTopLogprobs(request)
  const {
    model = '',
    prompt = '',
    system = '',
    raw = false,
    suffix = '',
    template = '',
    context: before = [],
  } = request
  const found = findModel(context, model)
  if (raw && (system || template || before.length > 0)) {
    throw new Refusal(400, 'raw mode does not support template, system, or context')
  }
  if (suffix) throw new Refusal(400, `${found.fullName} does not support insert`)
  const user = { role: 'user', content: prompt }
  await generate(context, found, exchange, {
    request,
    empty: !prompt,
    prompt: () => (raw ? prompt : renderChat(system ? [{ role: 'system', content: system }, user] : [user])),
    fieldsOf: response => ({ response }),
    tools: undefined,
    tellsTokens: !raw,
    debugFields: { response: '' },
  })
}

/** `call_` and eight letters or digits; `undefined` where the version has none. */
function callIds({ seed, traits }: GenerationContext, { log }: Exchange): (() => string) | undefined {
  if (!traits.toolCallIds) return undefined
  const random = new SeededRandom(seed, 'calls', log.number)
  return () => `call_${Array.from({ length: 8 }, () => random.int(0, 35).toString(36)).join('')}`
}

function refuseTopLogprobs({ top_logprobs: count = 0 }: ChatRequest | GenerateRequest): void {
  if (count < 0 || count > 20) throw new Refusal(400, 'top_logprobs must be between 0 and 20')
}

function findModel({ catalog }: GenerationContext, name: string): CatalogModel {
  const found = name && isValidName(name) ? catalog.find(name) : undefined
  if (!found) throw new Refusal(404, `model '${name}' not found`)
  return found
}

/** Loads the model, and answers with it while it is held. */
async function generate(
  context: GenerationContext,
  model: CatalogModel,
  exchange: Exchange,
  dialect: Dialect,
): Promise<void> {
  const { clock, time, scheduler, profile } = context
  const { request, empty, fieldsOf } = dialect
  const { response, log, signal } = exchange
  const head = () => ({ model: request.model ?? '', created_at: time.rfc3339() })
  if (request.think) throw new Refusal(400, `${JSON.stringify(request.model)} does not support thinking`)
  if (empty && request.keep_alive === 0) {
    scheduler.unload(model.name)
    return response.json(200, { ...head(), ...fieldsOf(''), done: true, done_reason: 'unload' })
  }
  if (exchange.fault.kind === 'load-failure') throw new Refusal(500, exchange.fault.error ?? LOAD_FAILED)
  const shift = request.shift ?? true
  const options = readOptions(request.options ?? {}, shift, context.contextTokens, TRAINED_CONTEXT_TOKENS)
  const random = new SeededRandom(context.seed, 'timing', log.number)
  const loaded = await scheduler.acquire({ ...options, model: model.name, keepAliveMs: request.keep_alive }, signal)
  try {
    const loadMs = clock.now() - log.arrivedMs
    const overheadMs = profile.overheadMs * Math.exp(OVERHEAD_SIGMA * Math.min(2, random.gaussian()))
    const prompt = dialect.prompt(options)
    if (!empty && !request._debug_render_only) {
      return await writeAnswer(context, exchange, dialect, {
        loaded,
        options,
        prompt,
        loadMs,
        overheadMs,
        random,
        head,
      })
    }
    await pauseUntil(clock, clock.now() + overheadMs, signal)
    if (empty) return response.json(200, { ...head(), ...fieldsOf(''), done: true, done_reason: 'load' })
    const _debug_info = { rendered_template: prompt }
    response.json(200, { ...head(), ...dialect.debugFields, done: false, _debug_info })
  } finally {
    scheduler.release(loaded)
  }
}
