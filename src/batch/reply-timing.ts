import type { ReplyEnd } from './reply-stream.ts'

/** One reply as it was timed, in milliseconds: what the next choice of a strategy is made from. */
export interface PaceSample {
  /** Did the prompt ask for one agent only? */
  readonly alone: boolean
  /** How many replies were being written at once, this one included. */
  readonly load: number
  /** The most that were. */
  readonly writers: number
  /** How many prompts were on their way, waiting ones included. */
  readonly inFlight: number
  /** Did another prompt wait for as long as this reply was written? */
  readonly queueBehind: boolean
  /** Of the prompt after its static prefix, which servers keep. */
  readonly promptTokens: number
  /** Those of them that all its agents share, and each one's. */
  readonly sharedTokens: number
  readonly tokensPerAgent: number
  /** From when the server could begin to the first text, without what it says was queueing or loading. */
  readonly waitMs: number
  /** From the first text to the first step. */
  readonly firstStepMs: number
  /** Of writing one plan. */
  readonly planMs: number
}

/** What is known of a prompt when it is sent. */
export interface SentPrompt {
  readonly agents: number
  readonly sharedTokens: number
  readonly agentTokens: number
}

/** Tells the moments of one reply to whoever compares it with the others. */
export interface TimingObserver {
  now(): number
  /** The first text came, or the reply is over. */
  changed(timing: ReplyTiming, end?: ReplyEnd): void
}

/** The moments of one reply, by the injected clock. */
export class ReplyTiming {
  readonly prompt: SentPrompt
  readonly sentAtMs: number
  /** When the server could begin: when it was sent, or when the reply ended that it waited behind. */
  startedAtMs: number
  firstTextAtMs: number | undefined
  /** How many replies were being written then, this one included. */
  writersAtFirstText: number | undefined
  #firstStepAtMs: number | undefined
  #lastPlanAtMs: number | undefined
  #plans = 0
  readonly #observer: TimingObserver

  constructor(prompt: SentPrompt, observer: TimingObserver) {
    this.prompt = prompt
    this.#observer = observer
    this.sentAtMs = observer.now()
    this.startedAtMs = this.sentAtMs
  }

  text(): void {
    if (this.firstTextAtMs !== undefined) return
    this.firstTextAtMs = this.#observer.now()
    this.#observer.changed(this)
  }

  step(): void {
    this.#firstStepAtMs ??= this.#observer.now()
  }

  plan(): void {
    this.#lastPlanAtMs = this.#observer.now()
    this.#plans += 1
  }

  over(end: ReplyEnd): void {
    this.#observer.changed(this, end)
  }

  /** Its figures, unless it brought no plan: what is slow about a failure says nothing about plans. */
  figures(end: ReplyEnd): Pick<PaceSample, 'waitMs' | 'firstStepMs' | 'planMs'> | undefined {
    const [firstText, lastPlan] = [this.firstTextAtMs, this.#lastPlanAtMs]
    if (firstText === undefined || lastPlan === undefined) return undefined
    const { queueMs = 0, loadMs = 0 } = end.type === 'finished' ? end.completion.timings : {}
    return {
      waitMs: Math.max(0, firstText - Math.max(this.startedAtMs, this.sentAtMs + queueMs) - loadMs),
      firstStepMs: (this.#firstStepAtMs ?? lastPlan) - firstText,
      planMs: (lastPlan - firstText) / this.#plans,
    }
  }
}
