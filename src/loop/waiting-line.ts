import { type AgentState, byId } from './agent-state.ts'

/** One place of so many goes to whoever waits the longest. */
const OLDEST_EVERY = 4
const NO_LIMIT = { count: Number.POSITIVE_INFINITY, below: Number.NEGATIVE_INFINITY }

/**
 * Who waits for the model, by (priority, waiting time, id). Every fourth place goes to whoever waits the longest, whatever its
 * priority: with n agents before it, nobody waits for more than 4n + 4 places.
 */
export class WaitingLine<S, W extends object> {
  /** In the order in which they came. */
  readonly #waiting = new Set<AgentState<S, W>>()
  /** The same, sorted unless `#changed`. */
  #line: AgentState<S, W>[] = []
  #changed = false
  #placesGiven = 0

  get size(): number {
    return this.#waiting.size
  }

  has(agent: AgentState<S, W>): boolean {
    return this.#waiting.has(agent)
  }

  /**
   * Joins the line, or takes the place that its new priority gives it; the waiting time goes on. Who comes in the same tick is
   * to be added in the order of ids.
   */
  add(agent: AgentState<S, W>, now: number): void {
    this.#changed = true
    if (this.#waiting.has(agent)) return
    agent.waitingSince = now
    this.#waiting.add(agent)
    this.#line.push(agent)
  }

  delete(agent: AgentState<S, W>): void {
    if (this.#waiting.delete(agent)) this.#line.splice(this.#line.indexOf(agent), 1)
  }

  clear(): void {
    this.#waiting.clear()
    this.#line = []
  }

  inOrder(): readonly AgentState<S, W>[] {
    if (this.#changed) this.#line.sort(byAttention)
    this.#changed = false
    return this.#line
  }

  /** How many may go now. */
  countReady(now: number): number {
    let ready = 0
    for (const agent of this.#waiting) if (agent.coolUntil <= now) ready += 1
    return ready
  }

  /**
   * Takes up to `count` who are ready out of the line, but of those below a priority only so many, and whoever waits longest in
   * its turn.
   */
  take(
    count: number,
    now: number,
    ordinary: { readonly count: number; readonly below: number } = NO_LIMIT,
  ): AgentState<S, W>[] {
    const taken: AgentState<S, W>[] = []
    let ordinaryTaken = 0
    while (taken.length < count) {
      const oldest = this.#placesGiven % OLDEST_EVERY === OLDEST_EVERY - 1
      const least = oldest || ordinaryTaken < ordinary.count ? Number.NEGATIVE_INFINITY : ordinary.below
      const agent = firstReady(oldest ? this.#waiting : this.inOrder(), now, least)
      if (!agent) break
      this.#placesGiven += 1
      this.delete(agent)
      if (agent.priority < ordinary.below) ordinaryTaken += 1
      taken.push(agent)
    }
    return taken
  }
}

function firstReady<S, W extends object>(
  agents: Iterable<AgentState<S, W>>,
  now: number,
  leastPriority: number,
): AgentState<S, W> | undefined {
  for (const agent of agents) if (agent.coolUntil <= now && agent.priority >= leastPriority) return agent
  return undefined
}

function byAttention<S, W extends object>(a: AgentState<S, W>, b: AgentState<S, W>): number {
  return b.priority - a.priority || a.waitingSince - b.waitingSince || byId(a, b)
}
