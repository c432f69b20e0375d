import type { AgentId } from '../../src/plan.ts'

/** What a game may not do to an agent or to its host. `promise`: any other promise of the planner's that was broken. */
export type Offence = 'idle' | 'exception' | 'neighbour' | 'illegal' | 'leak' | 'promise'

/** Some waits, in ticks. */
export class Waits {
  count = 0
  longest = 0
  #sum = 0

  get mean(): number {
    return this.#sum / this.count
  }

  add(ticks: number): void {
    this.count += 1
    this.#sum += ticks
    this.longest = Math.max(this.longest, ticks)
  }
}

/** What a game of chaos counts while it goes on. */
export class ChaosBooks {
  /** What went wrong, in words: empty when all promises were kept. */
  readonly offences: string[] = []
  readonly counts: Record<Offence, number> = { idle: 0, exception: 0, neighbour: 0, illegal: 0, leak: 0, promise: 0 }
  agentTicks = 0
  directives = 0
  revoked = 0
  /** Plans by the model that reached the planner, by whatever tier of it, at any time. */
  modelPlans = 0
  /** Requests of stretches in which the model is well; the waits begin with them. */
  asked = 0
  /** Those of them whom nothing was wrong with… */
  askedCalmly = 0
  #missedCalmly = 0
  /** Until a request was handed to the executor… */
  readonly untilSent = new Waits()
  /** …until its plan came from the model, or the first step of it if that is enough to begin… */
  readonly untilPlanned = new Waits()
  /**
   * The same, of requests whom nothing was wrong with from asking to deadline: no call of a bad stretch under way, no catch-up. One
   * whose deadline was over has waited until then.
   */
  readonly untilPlannedCalmly = new Waits()
  /** …and until the first step of a model's plan began. */
  readonly untilBegun = new Waits()
  readonly #untilBegunOf = new Map<AgentId, Waits>()
  #digest = 0x811c9dc5

  /** Of all directives, in their order. */
  get digest(): string {
    return (this.#digest >>> 0).toString(16).padStart(8, '0')
  }

  /** The share of the requests of good stretches that became a plan in execution. */
  get servedShare(): number {
    return this.untilBegun.count / this.asked
  }

  /** The share of the requests whom nothing was wrong with that got a plan. */
  get plannedCalmlyShare(): number {
    return (this.untilPlannedCalmly.count - this.#missedCalmly) / this.askedCalmly
  }

  /** Of the agent whose plans begin latest, on the average. */
  get longestMeanWait(): number {
    // Of few waits, chance makes the mean.
    const often = [...this.#untilBegunOf.values()].filter(({ count }) => count >= 10)
    return Math.max(...often.map(({ mean }) => mean))
  }

  offend(offence: Offence, text: string, count = 1): void {
    if (count === 0) return
    this.offences.push(text)
    this.counts[offence] += count
  }

  missCalmly(waited: number): void {
    this.#missedCalmly += 1
    this.untilPlannedCalmly.add(waited)
  }

  begin(agentId: AgentId, waited: number): void {
    this.untilBegun.add(waited)
    const own = this.#untilBegunOf.get(agentId) ?? new Waits()
    own.add(waited)
    this.#untilBegunOf.set(agentId, own)
  }

  /** FNV-1a, over the directive as it is written down. */
  note(directive: object): void {
    this.directives += 1
    const text = JSON.stringify(directive)
    for (let index = 0; index < text.length; index += 1) {
      this.#digest = Math.imul(this.#digest ^ text.charCodeAt(index), 0x01000193)
    }
  }
}
