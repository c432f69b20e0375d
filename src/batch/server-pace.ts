import type { Clock } from '../clock.ts'
import type { ReplyEnd } from './reply-stream.ts'
import { type PaceSample, ReplyTiming, type SentPrompt, type TimingObserver } from './reply-timing.ts'

/** Replies remembered of each kind, for one agent and for several: enough to even out a slow one, few enough to forget an old pace. */
const REMEMBERED = 16
/** After so many replies without company, what is known of replies side by side is too old. */
const STALE_AFTER = 32

/**
 * How fast one server has been, over all runs of one executor. Everything comes from the replies' own moments by the injected
 * clock, and from what their `Completion` adds if they were read that far: the same replies at the same moments give the same figures.
 */
export class ServerPace implements TimingObserver {
  readonly #clock: Clock
  readonly #knownSlots: number | undefined
  /** On their way, in the order of sending. A list, for the reason that `OpenRuns` has one. */
  readonly #open: ReplyTiming[] = []
  readonly #alone: PaceSample[] = []
  readonly #together: PaceSample[] = []
  #last: PaceSample | undefined
  /** Replies since there was last more than one on its way. */
  #withoutCompany = 0

  /** `knownSlots`: what the game says about its server. */
  constructor(clock: Clock, knownSlots?: number) {
    this.#clock = clock
    this.#knownSlots = knownSlots
  }

  now(): number {
    return this.#clock.now()
  }

  /** A prompt goes out now. */
  sent(prompt: SentPrompt): ReplyTiming {
    const timing = new ReplyTiming(prompt, this)
    this.#open.push(timing)
    return timing
  }

  changed(timing: ReplyTiming, end?: ReplyEnd): void {
    let writers = 0
    for (const { firstTextAtMs } of this.#open) if (firstTextAtMs !== undefined) writers += 1
    if (!end) {
      timing.writersAtFirstText = writers
      return
    }
    const inFlight = this.#open.length
    const at = this.#open.indexOf(timing)
    if (at !== -1) this.#open.splice(at, 1)
    const { firstTextAtMs = 0, prompt } = timing
    // Servers let prompts wait in line: the first of those that waited all the while comes next.
    const behind = this.#firstSince(firstTextAtMs)
    if (behind) behind.startedAtMs = this.now()
    const figures = timing.figures(end)
    if (!figures) return
    const atFirst = timing.writersAtFirstText ?? writers
    const alone = prompt.agents === 1
    const { waitMs, firstStepMs, planMs } = figures
    this.#remember({
      waitMs,
      firstStepMs,
      planMs,
      alone,
      load: Math.round((atFirst + writers) / 2),
      writers: Math.max(atFirst, writers),
      inFlight: Math.max(inFlight, atFirst),
      queueBehind: behind !== undefined,
      promptTokens: Math.max(1, prompt.sharedTokens + prompt.agentTokens),
      sharedTokens: prompt.sharedTokens,
      tokensPerAgent: prompt.agentTokens / prompt.agents,
    })
  }

  /** Of the prompts that nothing was written for yet, the first that waited all the while since then. */
  #firstSince(atMs: number): ReplyTiming | undefined {
    for (const other of this.#open) {
      if (other.firstTextAtMs === undefined && other.startedAtMs <= atMs) return other
    }
    return undefined
  }

  /** Has any reply brought a plan? */
  get known(): boolean {
    return this.#all().length > 0
  }

  /** Has it been seen lately what the server does with so many prompts at once, or that it cannot write as many? */
  slotsTested(prompts: number): boolean {
    if (this.#withoutCompany >= STALE_AFTER) return false
    return this.#all().some(({ inFlight, queueBehind }) => queueBehind || inFlight >= prompts)
  }

  /** How many replies the server writes at once, as far as it was told or seen; undefined when neither. */
  get slots(): number | undefined {
    const all = this.#all()
    const seen = all.reduce((most, { writers }) => Math.max(most, writers), 0)
    if (all.some(({ queueBehind }) => queueBehind)) return seen
    if (this.#knownSlots !== undefined) return Math.max(seen, this.#knownSlots)
    return all.some(({ inFlight }) => inFlight > 1) ? seen : undefined
  }

  /**
   * From when the server can begin with a prompt for this many agents to its first text. Reading takes longer the more there is to
   * read, so replies of either kind give an upper bound: the lower one is nearer, since the first replies also read the rules.
   */
  waitMs(agents: number): number {
    const last = this.#last
    if (!last) return 0
    const tokens = last.sharedTokens + agents * last.tokensPerAgent
    const bounds = [this.#alone, this.#together].map(samples =>
      median(samples.map(({ waitMs, promptTokens }) => waitMs * Math.max(1, tokens / promptTokens))),
    )
    return Math.min(...bounds.filter((_, kind) => [this.#alone, this.#together][kind]?.length))
  }

  /** Of writing, while `load` replies are written at once: from the first text to the first step, and per plan. */
  writing(alone: boolean, load: number): { readonly firstStepMs: number; readonly planMs: number } {
    const samples = this.#like(alone, load)
    return {
      firstStepMs: median(samples.map(({ firstStepMs }) => firstStepMs)),
      planMs: median(samples.map(({ planMs }) => planMs)),
    }
  }

  /** The replies that were most like it: as many writers first, then as many agents. */
  #like(alone: boolean, load: number): readonly PaceSample[] {
    const all = this.#all()
    const nearest = Math.min(...all.map(sample => Math.abs(sample.load - load)))
    const near = all.filter(sample => Math.abs(sample.load - load) === nearest)
    const same = near.filter(sample => sample.alone === alone)
    return same.length > 0 ? same : near
  }

  #all(): readonly PaceSample[] {
    return [...this.#alone, ...this.#together]
  }

  #remember(sample: PaceSample): void {
    this.#last = sample
    const samples = sample.alone ? this.#alone : this.#together
    samples.push(sample)
    if (samples.length > REMEMBERED) samples.shift()
    this.#withoutCompany = sample.inFlight > 1 ? 0 : this.#withoutCompany + 1
  }
}

/** The upper one of two. */
function median(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[figures.length >> 1] ?? 0
}
