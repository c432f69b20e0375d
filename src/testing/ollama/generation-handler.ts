import type { Clock } from '../../clock.ts'
import { renderChat } from './chat-template.ts'
import { fitMessages, fitPrompt, refuseLongPrompt } from './context-window.ts'
import { type EngineReport, runEngine } from './engine.ts'
import { ENGINE_DIED, type Fault, GARBAGE_LINE } from './fault.ts'
import type { ChatRequest, GenerateRequest } from './generation-request.ts'
import { nanoseconds } from './go-json.ts'
import type { GoResponse } from './go-response.ts'
import type { WallClock } from './go-time.ts'
import { type CatalogModel, isValidName, type ModelCatalog, TRAINED_CONTEXT_TOKENS } from './model-catalog.ts'
import { type ModelOptions, readOptions } from './model-options.ts'
import type { LoadedModel, ModelScheduler } from './model-scheduler.ts'
import { pauseForEver, pauseUntil } from './pause.ts'
import { planReply } from './planner-reply.ts'
import { Refusal } from './refusal.ts'
import { SeededRandom } from './seeded-random.ts'
import type { OpenRequest } from './simulated-request.ts'
import type { TimingProfile } from './timing-profiles.ts'

/** What every request is served with. */
export interface GenerationContext {
  readonly clock: Clock
  readonly time: WallClock
  readonly profile: TimingProfile
  readonly catalog: ModelCatalog
  readonly scheduler: ModelScheduler
  readonly seed: number
  readonly contextTokens: number
  readonly reply: ((prompt: string) => string | readonly string[] | undefined) | undefined
}

/** The answer to one request: what it is about, and where it goes. */
export interface Exchange {
  readonly response: GoResponse
  readonly log: OpenRequest
  readonly fault: Fault
  /** Aborted when the caller leaves. */
  readonly signal: AbortSignal
}

/** `/api/chat` and `/api/generate` differ in how a prompt comes in and how text goes out. */
interface Dialect {
  readonly request: ChatRequest | GenerateRequest
  /** Nothing to answer: only load the model, or unload it. */
  readonly empty: boolean
  prompt(options: ModelOptions): string
  /** A line with this text; `empty` ones close the reply. */
  textFields(text: string): object
  /** What the last line carries besides the figures. */
  readonly tokenIds: boolean
  readonly debugFields: object
}

/** @throws Refusal for what is wrong before a model is needed */
export function handleChat(context: GenerationContext, request: ChatRequest, exchange: Exchange): Promise<void> {
  refuseTopLogprobs(request)
  const { model = '', messages = [], tools = [] } = request
  if (!model) throw new Refusal(400, 'model is required')
  if (!isValidName(model)) throw new Refusal(400, 'invalid model name')
  const found = findModel(context, model)
  if (tools.length > 0) throw new Refusal(400, `${found.fullName} does not support tools`)
  return generate(context, found, exchange, {
    request,
    empty: messages.length === 0,
    prompt: options => (request.truncate === false ? renderChat(messages) : fitMessages(messages, options)),
    textFields: content => ({ message: { role: 'assistant', content } }),
    tokenIds: false,
    debugFields: { message: { role: '', content: '' } },
  })
}

/** @throws Refusal for what is wrong before a model is needed */
export function handleGenerate(
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
  const messages = [...(system ? [{ role: 'system', content: system }] : []), { role: 'user', content: prompt }]
  return generate(context, found, exchange, {
    request,
    empty: !prompt,
    prompt: () => (raw ? prompt : renderChat(messages)),
    textFields: response => ({ response }),
    tokenIds: !raw,
    debugFields: { response: '' },
  })
}

function refuseTopLogprobs({ top_logprobs: count = 0 }: ChatRequest | GenerateRequest): void {
  if (count < 0 || count > 20) throw new Refusal(400, 'top_logprobs must be between 0 and 20')
}

function findModel({ catalog }: GenerationContext, name: string): CatalogModel {
  const found = name && isValidName(name) ? catalog.find(name) : undefined
  if (!found) throw new Refusal(404, `model '${name}' not found`)
  return found
}

async function generate(
  context: GenerationContext,
  model: CatalogModel,
  exchange: Exchange,
  dialect: Dialect,
): Promise<void> {
  const { clock, time, scheduler, profile, seed } = context
  const { request, empty } = dialect
  const { response, log, signal } = exchange
  const head = () => ({ model: request.model ?? '', created_at: time.rfc3339() })
  if (request.think) throw new Refusal(400, `${JSON.stringify(request.model)} does not support thinking`)
  if (empty && request.keep_alive === 0) {
    scheduler.unload(model.name)
    return response.json(200, { ...head(), ...dialect.textFields(''), done: true, done_reason: 'unload' })
  }
  const { shift = true } = request
  const options = readOptions(request.options ?? {}, shift, context.contextTokens, TRAINED_CONTEXT_TOKENS)
  const random = new SeededRandom(seed, 'timing', log.number)
  const wish = { ...options, model: model.name, keepAliveMs: request.keep_alive }
  const loaded = await scheduler.acquire(wish, signal)
  try {
    const overheadMs = profile.overheadMs * Math.exp(1.036 * Math.min(2, random.gaussian()))
    await pauseUntil(clock, clock.now() + overheadMs, signal)
    const loadMs = clock.now() - log.arrivedMs
    if (empty) {
      return response.json(200, { ...head(), ...dialect.textFields(''), done: true, done_reason: 'load' })
    }
    const rendered = dialect.prompt(options)
    if (request._debug_render_only) {
      const _debug_info = { rendered_template: rendered }
      return response.json(200, { ...head(), ...dialect.debugFields, done: false, _debug_info })
    }
    await answer(context, exchange, dialect, loaded, options, rendered, loadMs, random)
  } finally {
    scheduler.release(loaded)
  }
}

async function answer(
  context: GenerationContext,
  { response, log, fault, signal }: Exchange,
  dialect: Dialect,
  model: LoadedModel,
  options: ModelOptions,
  rendered: string,
  loadMs: number,
  random: SeededRandom,
): Promise<void> {
  const { clock, time, profile } = context
  const { request } = dialect
  const { stream = true, shift = true } = request
  const head = () => ({ model: request.model ?? '', created_at: time.rfc3339() })
  const refuse = (status: number, message: string) => {
    log.ended = 'error'
    if (stream) response.streamError(status, message)
    else response.json(status, { error: message })
  }
  let whole = ''
  let prompt = rendered
  try {
    if (fault.kind === 'refuse') throw new Refusal(fault.status, fault.error)
    refuseFormat(request.format)
    if (request.truncate === false) refuseLongPrompt(rendered, options)
    else prompt = fitPrompt(rendered, options)
  } catch (error) {
    if (error instanceof Refusal) return refuse(error.status, error.message)
    throw error
  }
  log.prompt = prompt
  const reply = context.reply?.(prompt) ?? planReply(prompt, `${context.seed}/${options.seed ?? ''}`)
  const work = { prompt, reply, maxTokens: options.maxTokens, stops: options.stops, shift, fault, log, random, signal }
  const engine = runEngine(clock, profile, model, work)
  let ended: EngineReport | undefined
  try {
    for (let next = await engine.next(); !ended; next = await engine.next()) {
      if (next.done) {
        ended = next.value
        break
      }
      const event = next.value
      if (event.type === 'text') {
        whole += event.text
        if (stream) await response.line({ ...head(), ...dialect.textFields(event.text), done: false })
        continue
      }
      switch (event.fault.kind) {
        case 'error-line':
          log.ended = 'error'
          return await failWith(event.fault.error ?? ENGINE_DIED)
        case 'eof':
          log.ended = 'error'
          return endSilently()
        case 'reset':
          log.ended = 'error'
          return await response.reset()
        case 'stall':
          log.ended = 'error'
          return await pauseForEver(signal)
        case 'garbage':
          if (stream) await response.rawLine(event.fault.line ?? GARBAGE_LINE)
          break
      }
    }
  } finally {
    // However this ended, the slot is free from here on.
    await engine.return({ reason: 'silent', promptMs: 0, decodeMs: 0, tokens: [] })
  }

  if (ended.reason === 'silent') {
    log.ended = 'error'
    return endSilently()
  }
  const last = {
    ...head(),
    ...dialect.textFields(stream ? '' : whole),
    done: true,
    done_reason: ended.reason,
    context: dialect.tokenIds ? ended.tokens.map(tokenId) : undefined,
    total_duration: nanoseconds(clock.now() - log.arrivedMs),
    load_duration: nanoseconds(loadMs),
    prompt_eval_count: log.promptTokens,
    prompt_eval_duration: nanoseconds(ended.promptMs),
    eval_count: log.outputTokens,
    eval_duration: nanoseconds(ended.decodeMs),
  }
  if (!stream) return response.json(200, last)
  await response.line(last)
  response.end()

  async function failWith(message: string): Promise<void> {
    if (!stream) return response.json(500, { error: message })
    if (!response.started) return response.streamError(500, message)
    await response.line({ error: message })
    response.end()
  }

  /** The end without `done`: not an error to the server, which is why clients must tell. */
  function endSilently(): void {
    if (stream) response.end()
    else response.json(200, { ...head(), ...dialect.textFields(whole), done: false })
  }
}

function refuseFormat(format: unknown): void {
  if (format === undefined || format === null || format === '' || format === 'json') return
  if (typeof format === 'object' && !Array.isArray(format)) return
  const given = JSON.stringify(JSON.stringify(format))
  throw new Refusal(500, `invalid format: ${given}; expected "json" or a valid JSON Schema object`)
}

/** A number that stands for a token in `context`: the same for the same token. */
function tokenId(token: string): number {
  let id = 7
  for (let i = 0; i < token.length; i++) id = (id * 31 + token.charCodeAt(i)) % 32_000
  return id
}
