import { type AgentState, byId } from './agent-state.ts'

/** One place of so many goes to whoever waits the longest. */
const OLDEST_EVERY = 4
const NO_LIMIT = { count: Number.POSITIVE_INFINITY, below: Number.NEGATIVE_INFINITY }

/**
 * Where an agent stands in the line. Who leaves only gives up the place, and all such places are thrown out together: to take each
 * out of its list by itself would take as long as the list for each.
 */
export interface LinePlace<S, W extends object> {
  readonly agent: AgentState<S, W>
  isLeft: boolean
}

/**
 * Who waits for the model, by (priority, waiting time, id). Every fourth place goes to whoever waits the longest, whatever its
 * priority: with n agents before it, nobody waits for more than 4n + 4 places.
 */
export class WaitingLine<S, W extends object> {
  /** In the order in which they came. */
  #byAge: LinePlace<S, W>[] = []
  /** The same, sorted unless `#changed`. */
  #byTurn: LinePlace<S, W>[] = []
  #changed = false
  #size = 0
  #placesGiven = 0

  get size(): number {
    return this.#size
  }

  has(agent: AgentState<S, W>): boolean {
    return agent.place !== undefined
  }

  /**
   * Joins the line, or takes the place that its new priority gives it; the waiting time goes on. Who comes in the same tick is
   * to be added in the order of ids.
   */
  add(agent: AgentState<S, W>, now: number): void {
    this.#changed = true
    if (agent.place) return
    agent.waitingSince = now
    agent.place = { agent, isLeft: false }
    this.#byAge.push(agent.place)
    this.#byTurn.push(agent.place)
    this.#size += 1
  }

  delete(agent: AgentState<S, W>): void {
    if (!agent.place) return
    agent.place.isLeft = true
    agent.place = undefined
    this.#size -= 1
    if (this.#byAge.length <= 2 * this.#size + SPARE_PLACES) return
    // New lists, because one of the old may be being walked along.
    this.#byAge = this.#byAge.filter(isKept)
    this.#byTurn = this.#byTurn.filter(isKept)
  }

  clear(): void {
    for (const { agent } of this.#byAge) this.delete(agent)
    this.#byAge = []
    this.#byTurn = []
  }

  /** As they are to be served, among places that were left, or are while the list is walked along. */
  inOrder(): readonly LinePlace<S, W>[] {
    // Mostly whoever comes belongs to the end, and a sort would make a list of its own.
    if (this.#changed && !isInOrder(this.#byTurn)) this.#byTurn.sort(byAttention)
    this.#changed = false
    return this.#byTurn
  }

  /** How many may go now. */
  countReady(now: number): number {
    let ready = 0
    for (const { agent, isLeft } of this.#byAge) if (!isLeft && agent.coolUntil <= now) ready += 1
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
    // Whoever is passed over once is passed over to the end: who cools down, and then all who are below the priority.
    const ages = new FirstReady(this.#byAge, now)
    const turns = new FirstReady(this.inOrder(), now)
    let ordinaryTaken = 0
    while (taken.length < count) {
      const oldest = this.#placesGiven % OLDEST_EVERY === OLDEST_EVERY - 1
      const least = oldest || ordinaryTaken < ordinary.count ? Number.NEGATIVE_INFINITY : ordinary.below
      const agent = (oldest ? ages : turns).next(least)
      if (!agent) break
      this.#placesGiven += 1
      this.delete(agent)
      if (agent.priority < ordinary.below) ordinaryTaken += 1
      taken.push(agent)
    }
    return taken
  }
}

/** Looks for whoever is ready along the line, and never again at whom it has passed over. */
class FirstReady<S, W extends object> {
  readonly #places: readonly LinePlace<S, W>[]
  readonly #now: number
  #at = 0

  constructor(places: readonly LinePlace<S, W>[], now: number) {
    this.#places = places
    this.#now = now
  }

  next(leastPriority: number): AgentState<S, W> | undefined {
    for (let place = this.#places[this.#at]; place; place = this.#places[this.#at]) {
      const { agent, isLeft } = place
      if (!isLeft && agent.coolUntil <= this.#now && agent.priority >= leastPriority) return agent
      this.#at += 1
    }
    return undefined
  }
}

/** Places left that are not worth throwing out. */
const SPARE_PLACES = 16

function isKept<S, W extends object>({ isLeft }: LinePlace<S, W>): boolean {
  return !isLeft
}

function isInOrder<S, W extends object>(places: readonly LinePlace<S, W>[]): boolean {
  for (let i = 1; i < places.length; i++) {
    const [before, place] = [places[i - 1], places[i]]
    if (before && place && byAttention(before, place) > 0) return false
  }
  return true
}

function byAttention<S, W extends object>({ agent: a }: LinePlace<S, W>, { agent: b }: LinePlace<S, W>): number {
  return b.priority - a.priority || a.waitingSince - b.waitingSince || byId(a, b)
}
