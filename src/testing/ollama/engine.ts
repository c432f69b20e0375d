import type { Clock } from '../../clock.ts'
import { tokenPieces } from '../../compress/token-pieces.ts'
import type { SeededRandom } from '../../seeded-random.ts'
import type { Fault } from './fault.ts'
import type { LoadedModel } from './model-scheduler.ts'
import { nextTurn, pauseUntil } from './pause.ts'
import type { OpenRequest } from './simulated-request.ts'
import { commonPrefix, type Slot } from './slot-pool.ts'
import { rateAt, shareOf, type TimingProfile } from './timing-profiles.ts'
import { RepeatGuard, replyTokens, StopFilter } from './token-stream.ts'

/** More in one turn of the event loop, and nobody could leave in between. */
const TOKENS_PER_TURN = 4

/** Where a reply is written. */
export interface Machine {
  readonly clock: Clock
  readonly profile: TimingProfile
  readonly model: LoadedModel
}

export interface EngineWork {
  readonly prompt: string
  /** The text to write, or its tokens. */
  readonly reply: string | readonly string[]
  readonly maxTokens: number
  readonly stops: readonly string[]
  /** At the end of the context: throw half of it away and go on, or stop. */
  readonly shift: boolean
  /** Passes with the slot in hand, so that requests stay in the order they came. */
  readonly overheadMs: number
  readonly fault: Fault
  readonly log: OpenRequest
  readonly random: SeededRandom
  readonly signal: AbortSignal
  /** Equal pieces in a row that are let through. */
  readonly repeatLimit: number
}

export interface EngineReport {
  /** `silent`: it stopped without saying why. */
  readonly reason: 'stop' | 'length' | 'silent'
  readonly promptMs: number
  readonly decodeMs: number
  /** Prompt and reply, as tokens. */
  readonly tokens: readonly string[]
}

/** What comes out while a reply is written: text, or the moment for a fault that is not the engine's to play. */
export type EngineEvent =
  | { readonly type: 'text'; readonly text: string; readonly tokens: readonly string[] }
  | { readonly type: 'fault'; readonly fault: Fault }

/**
 * Reads the prompt, as far as the slot does not hold it yet, and writes the reply, at the profile's pace. Every token has its own
 * due time, counted from the start, so that a timer that fires late delays nothing after it. Leaving early, by `return()` or the
 * signal, stops the work and frees the slot, which keeps what it has read and written.
 */
export async function* runEngine(machine: Machine, work: EngineWork): AsyncGenerator<EngineEvent, EngineReport, void> {
  const { clock, model } = machine
  const prompt = tokenPieces(work.prompt)
  work.log.promptTokens = prompt.length
  const slot = await model.slots.take(prompt, work.signal)
  try {
    await pauseUntil(clock, clock.now() + work.overheadMs, work.signal)
    const promptMs = await readPrompt(machine, slot, prompt, work)
    return yield* writeReply(machine, slot, promptMs, work)
  } finally {
    model.slots.giveBack(slot)
  }
}

/** At least the last token is always read anew: the first one of the reply comes out of it. */
async function readPrompt(
  { clock, profile }: Machine,
  slot: Slot,
  prompt: readonly string[],
  { log, signal }: EngineWork,
): Promise<number> {
  const cached = Math.max(0, Math.min(commonPrefix(slot.tokens, prompt), prompt.length - 1))
  const rate = rateAt(profile.prefill, prompt.length)
  const startMs = clock.now()
  const ms = ((prompt.length - cached) / rate) * 1000
  log.cachedTokens = cached
  let read = 0
  try {
    await pauseUntil(clock, startMs + ms, signal)
    read = prompt.length - cached
    return ms
  } catch (error) {
    read = Math.min(prompt.length - cached, Math.floor(((clock.now() - startMs) * rate) / 1000) || 0)
    throw error
  } finally {
    log.evaluatedTokens = read
    slot.tokens = prompt.slice(0, cached + read)
  }
}

async function* writeReply(
  { clock, profile, model }: Machine,
  slot: Slot,
  promptMs: number,
  { reply, maxTokens, stops, shift, fault, log, random, signal, repeatLimit }: EngineWork,
): AsyncGenerator<EngineEvent, EngineReport, void> {
  const tokens = typeof reply === 'string' ? replyTokens(reply) : reply
  const { promptTokens } = log
  const filter = new StopFilter(stops)
  const guard = new RepeatGuard(repeatLimit)
  const startMs = clock.now()
  const faultAt = 'afterTokens' in fault ? Math.min(Math.max(0, fault.afterTokens), tokens.length) : -1
  let dueMs = startMs
  let inTurn = 0
  let held: string[] = []
  let reason: EngineReport['reason'] = 'stop'
  const report = (because: EngineReport['reason']): EngineReport => {
    return { reason: because, promptMs, decodeMs: dueMs - startMs, tokens: slot.tokens }
  }
  // One more than there are tokens: the model's own end mark is a token too, and has no text.
  for (let i = 0; i <= tokens.length; i++) {
    if (i === faultAt) yield { type: 'fault', fault }
    const rate = rateAt(profile.decode, promptTokens + i) * shareOf(profile, model.slots.active)
    dueMs += (1000 / rate) * spread(profile, random)
    inTurn = dueMs > clock.now() ? 0 : inTurn + 1
    if (inTurn === 0) await pauseUntil(clock, dueMs, signal)
    else if (inTurn % TOKENS_PER_TURN === 0) await nextTurn()
    signal.throwIfAborted()
    log.outputTokens++
    log.firstTokenMs ??= clock.now()
    const token = tokens[i]
    if (token === undefined) break
    slot.tokens.push(token)
    held.push(token)
    const { text, stopped } = filter.push(token)
    if (text) {
      if (guard.refuses(text)) return report('silent')
      yield { type: 'text', text, tokens: held }
      held = []
    }
    if (stopped) return report('stop')
    if (i + 1 >= maxTokens || (!shift && promptTokens + i + 1 >= model.contextTokens)) {
      reason = 'length'
      break
    }
  }
  const rest = filter.flush()
  if (rest) yield { type: 'text', text: rest, tokens: held }
  return report(reason)
}

/** Most tokens take about the same time; one in two hundred takes two to four times as long. */
function spread({ jitter }: TimingProfile, random: SeededRandom): number {
  if (jitter === 0) return 1
  const usual = Math.max(0.1, 1 + jitter * random.gaussian())
  return random.next() < 0.005 ? usual * (2 + 2 * random.next()) : usual
}
