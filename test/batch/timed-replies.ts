import type { ReplyEnd } from '../../src/batch/reply-stream.ts'
import type { ReplyTiming } from '../../src/batch/reply-timing.ts'
import { ServerPace } from '../../src/batch/server-pace.ts'
import { LlmError } from '../../src/errors.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'

export const left: ReplyEnd = { type: 'left', error: new LlmError('aborted', 'everybody is served') }

/** A server that writes this many replies at once, and how fast it is. */
export interface Machine {
  readonly slots: number
  readonly waitMs: number
  readonly tokenMs?: number
  readonly planMs: number
}

/** A pace to which replies happen, on a clock of its own. */
export class TimedReplies {
  readonly clock = new ManualClock()
  readonly pace: ServerPace

  constructor(knownSlots?: number) {
    this.pace = new ServerPace(this.clock, knownSlots)
  }

  /** Prompts sent at one moment, each for so many agents of 10 tokens, served in line; the first step is half a plan. */
  play({ slots, waitMs, tokenMs = 0, planMs }: Machine, ...prompts: number[]): this {
    const freeAtMs = Array<number>(slots).fill(0)
    let lastMs = 0
    for (const agents of prompts) {
      const timing = this.pace.sent({ agents, sharedTokens: 0, agentTokens: 10 * agents })
      const lane = freeAtMs.indexOf(Math.min(...freeAtMs))
      const textMs = (freeAtMs[lane] ?? 0) + waitMs + 10 * agents * tokenMs
      const endMs = textMs + agents * planMs
      freeAtMs[lane] = endMs
      lastMs = Math.max(lastMs, endMs)
      this.#schedule(timing, agents, textMs, planMs)
    }
    this.clock.advance(lastMs)
    return this
  }

  #schedule(timing: ReplyTiming, agents: number, textMs: number, planMs: number): void {
    this.clock.setTimer(textMs, () => timing.text())
    for (let plan = 0; plan < agents; plan += 1) {
      this.clock.setTimer(textMs + (plan + 0.5) * planMs, () => timing.step())
      this.clock.setTimer(textMs + (plan + 1) * planMs, () => timing.plan())
    }
    this.clock.setTimer(textMs + agents * planMs, () => timing.over(left))
  }
}
