import type { SeededRandom } from '../../seeded-random.ts'
import { fitPrompt, refuseLongPrompt } from './context-window.ts'
import { type EngineEvent, type EngineReport, runEngine } from './engine.ts'
import { ENGINE_DIED, GARBAGE_LINE } from './fault.ts'
import type { Dialect, Exchange, GenerationContext } from './generation.ts'
import { nanoseconds } from './go-json.ts'
import { withinGrammar } from './hermes-quirks.ts'
import { logProbabilities } from './log-probabilities.ts'
import type { ModelOptions } from './model-options.ts'
import type { LoadedModel } from './model-scheduler.ts'
import type { NativeReply } from './native-reply.ts'
import { pauseForEver } from './pause.ts'
import { planReply } from './planner-reply.ts'
import { Refusal } from './refusal.ts'
import { ReplyWriter } from './reply-writer.ts'

const TOO_MANY_REPEATS = 'prediction aborted, token repeat limit reached'

/** What is known once the model is loaded. */
export interface Ready {
  readonly loaded: LoadedModel
  readonly options: ModelOptions
  readonly prompt: string
  /** Until the model was there, and what every request pays on top. Both count as loading. */
  readonly loadMs: number
  readonly overheadMs: number
  readonly random: SeededRandom
  readonly head: () => NativeReply
}

/** Runs the engine for one prompt and writes what comes out of it, with the faults where they belong. */
export async function writeAnswer(
  context: GenerationContext,
  exchange: Exchange,
  dialect: Dialect,
  ready: Ready,
): Promise<void> {
  const { log, signal, fault } = exchange
  const { request } = dialect
  const { options, random } = ready
  const writer = new ReplyWriter(
    exchange.response,
    request.stream ?? true,
    ready.head,
    dialect.fieldsOf,
    context.traits.errorsAreAlwaysLines,
    fault.kind,
  )
  try {
    log.prompt = acceptedPrompt(exchange, dialect, ready)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    log.ended = 'error'
    return await writer.fail(error.status, error.message)
  }
  const quirks = request.format ? withinGrammar(context.quirks) : context.quirks
  const engine = runEngine(
    { ...context, model: ready.loaded },
    {
      prompt: log.prompt,
      reply: context.reply?.(log.prompt) ?? planReply(log.prompt, `${context.seed}/${options.seed ?? ''}`, quirks),
      maxTokens: options.maxTokens,
      stops: options.stops,
      shift: request.shift ?? true,
      overheadMs: ready.overheadMs,
      fault,
      log,
      random,
      signal,
      repeatLimit: context.traits.repeatLimit,
    },
  )
  try {
    let next = await engine.next()
    while (!next.done) {
      const goesOn = await writeEvent(next.value, exchange, dialect, writer)
      if (!goesOn) {
        log.ended = 'error'
        return
      }
      next = await engine.next()
    }
    if (next.value.reason === 'silent') {
      log.ended = 'error'
      if (context.traits.repeatIsError) await writer.fail(500, TOO_MANY_REPEATS)
      else writer.endSilently()
    } else await writer.last(figures(context, exchange, dialect, ready, next.value))
  } finally {
    // Whatever ended it, the slot is free from here on.
    await engine.return({ reason: 'silent', promptMs: 0, decodeMs: 0, tokens: [] })
  }
}

/** The prompt as the engine takes it. @throws Refusal for what Ollama finds wrong only now, with the model loaded */
function acceptedPrompt({ fault }: Exchange, { request }: Dialect, { prompt, options }: Ready): string {
  if (fault.kind === 'refuse') throw new Refusal(fault.status, fault.error)
  refuseFormat(request.format)
  if (request.truncate !== false) return fitPrompt(prompt, options)
  refuseLongPrompt(prompt, options)
  return prompt
}

function refuseFormat(format: unknown): void {
  if (format === undefined || format === '' || format === 'json') return
  if (typeof format === 'object' && !Array.isArray(format)) return
  const given = JSON.stringify(JSON.stringify(format))
  throw new Refusal(500, `invalid format: ${given}; expected "json" or a valid JSON Schema object`)
}

/** False when a fault has ended the reply. */
async function writeEvent(
  event: EngineEvent,
  { signal }: Exchange,
  { request, tools }: Dialect,
  writer: ReplyWriter,
): Promise<boolean> {
  if (event.type === 'text') {
    const extra = request.logprobs ? logProbabilities(event.tokens, request.top_logprobs ?? 0) : {}
    const { text, calls } = tools?.push(event.text) ?? { text: event.text, calls: [] }
    if (text) await writer.text(text, extra)
    for (const call of calls) await writer.call(call)
    return true
  }
  const { fault } = event
  switch (fault.kind) {
    case 'error-line':
      await writer.fail(500, fault.error ?? ENGINE_DIED)
      return false
    case 'eof':
      writer.endSilently()
      return false
    case 'reset':
      await writer.reset()
      return false
    case 'cut-line':
      await writer.cutLine()
      return false
    case 'stall':
      return await pauseForEver(signal)
    case 'garbage':
      await writer.rawLine(fault.line ?? GARBAGE_LINE)
      return true
    default:
      return true
  }
}

function figures(
  { clock, traits }: GenerationContext,
  { log }: Exchange,
  { tellsTokens }: Dialect,
  { loadMs, overheadMs }: Ready,
  { reason, tokens, promptMs, decodeMs }: EngineReport,
): NativeReply {
  return {
    done_reason: reason,
    ...(tellsTokens && { context: tokens.map(tokenId) }),
    total_duration: nanoseconds(clock.now() - log.arrivedMs),
    load_duration: nanoseconds(loadMs + overheadMs),
    prompt_eval_count: log.promptTokens,
    ...(traits.tellsCachedTokens && { prompt_eval_cached_count: log.cachedTokens }),
    prompt_eval_duration: nanoseconds(promptMs),
    eval_count: log.outputTokens,
    eval_duration: nanoseconds(decodeMs),
  }
}

/** A number that stands for a token in `context`: the same for the same token. */
function tokenId(token: string): number {
  let id = 7
  for (let i = 0; i < token.length; i++) id = (id * 31 + token.charCodeAt(i)) % 32_000
  return id
}
