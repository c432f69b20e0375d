/** Caps on what the model may be asked. Minutes are counted in ticks, so that the same game spends the same. */
export interface SpendCaps {
  /** Prompts sent, repeated ones included. @defaultValue no limit */
  readonly callsPerMinute?: number
  /**
   * Tokens read and written, as the server reports them. Where it does not, an agent counts as much as agents did on the average
   * before, and 400 tokens at first. @defaultValue no limit
   */
  readonly tokensPerMinute?: number
  /** Agents asked for. @defaultValue no limit */
  readonly agentsPerMinute?: number
  /** @defaultValue 3600: a game of 60 ticks a second */
  readonly ticksPerMinute?: number
}

/** What a run took, or may take. */
export interface Spending {
  readonly calls: number
  readonly agents: number
  readonly tokens: number
}

const TOKENS_PER_AGENT = 400
/** What requests may use up that are not of the highest priority. */
const ORDINARY_SHARE = 0.75

/**
 * Keeps within the caps over every minute, whichever tick it begins with. A run is paid for in advance, by estimate; what it took
 * beyond that (asked again, wrote more) is what the caps can be exceeded by.
 */
export class SpendGovernor {
  readonly #caps: Spending
  readonly #ticksPerMinute: number
  /** Of runs that are over, in the order of time. */
  readonly #spent: (Spending & { readonly at: number })[] = []
  #used: Spending = { calls: 0, agents: 0, tokens: 0 }
  #agentsKnown = 0
  #tokensKnown = 0

  /** @throws RangeError for a cap that is not above 0. */
  constructor({ callsPerMinute, tokensPerMinute, agentsPerMinute, ticksPerMinute = 3600 }: SpendCaps) {
    this.#caps = {
      calls: cap('callsPerMinute', callsPerMinute),
      agents: cap('agentsPerMinute', agentsPerMinute),
      tokens: cap('tokensPerMinute', tokensPerMinute),
    }
    this.#ticksPerMinute = cap('ticksPerMinute', ticksPerMinute)
  }

  /**
   * How many agents may go out now as one run: all of them if they are of the highest priority, which the last quarter of each
   * cap is kept for, else the ordinary ones.
   */
  room(now: number): { readonly all: number; readonly ordinary: number } {
    this.#forget(now)
    return { all: this.#roomWithin(1), ordinary: this.#roomWithin(ORDINARY_SHARE) }
  }

  /** What counts against the caps now: of the last minute, and of runs under way by estimate. */
  spent(now: number): Spending {
    this.#forget(now)
    return this.#used
  }

  /** Ticks until this much more may be spent, as far as it is known now; `Infinity` when it is more than a minute's. */
  ticksUntil(calls: number, agents: number, now: number): number {
    this.#forget(now)
    const wanted = { calls, agents, tokens: Math.ceil(agents * this.#tokensPerAgent) }
    const fitsBeside = (used: Spending) => fits(plus(used, wanted), this.#caps) || (agents === 1 && isNothing(used))
    let used = this.#used
    if (fitsBeside(used)) return 0
    for (const spent of this.#spent) {
      used = minus(used, spent)
      if (fitsBeside(used)) return spent.at + this.#ticksPerMinute - now
    }
    // What is in the way is under way: nobody knows how much of it will be left.
    return isNothing(used) ? Number.POSITIVE_INFINITY : 0
  }

  /** A run starts. The returned reservation is given to `finish` when it is over. */
  start(agents: number): Spending {
    const reserved = { calls: 1, agents, tokens: Math.ceil(agents * this.#tokensPerAgent) }
    this.#used = plus(this.#used, reserved)
    return reserved
  }

  /** A run is over: what it took counts from now on for a minute. `tokens` is undefined where nobody counted them. */
  finish(reserved: Spending, calls: number, tokens: number | undefined, now: number): void {
    if (tokens !== undefined) {
      this.#agentsKnown += reserved.agents
      this.#tokensKnown += tokens
    }
    const spent = { calls, agents: reserved.agents, tokens: tokens ?? reserved.tokens, at: now }
    this.#used = plus(minus(this.#used, reserved), spent)
    this.#spent.push(spent)
  }

  get #tokensPerAgent(): number {
    return this.#agentsKnown > 0 ? this.#tokensKnown / this.#agentsKnown : TOKENS_PER_AGENT
  }

  #roomWithin(share: number): number {
    // A cap below what one agent takes would otherwise stop the model for good.
    const least = isNothing(this.#used) ? 1 : 0
    const left = (key: keyof Spending) => Math.ceil(this.#caps[key] * share) - this.#used[key]
    if (left('calls') < 1) return 0
    return Math.max(least, Math.floor(Math.min(left('agents'), left('tokens') / Math.max(1, this.#tokensPerAgent))))
  }

  #forget(now: number): void {
    for (let first = this.#spent[0]; first && first.at + this.#ticksPerMinute <= now; first = this.#spent[0]) {
      this.#used = minus(this.#used, first)
      this.#spent.shift()
    }
  }
}

function cap(name: string, value: number | undefined): number {
  if (value === undefined) return Number.POSITIVE_INFINITY
  if (!(value > 0)) throw new RangeError(`${name} must be above 0, not ${value}`)
  return value
}

function plus(a: Spending, b: Spending): Spending {
  return { calls: a.calls + b.calls, agents: a.agents + b.agents, tokens: a.tokens + b.tokens }
}

function minus(a: Spending, b: Spending): Spending {
  return { calls: a.calls - b.calls, agents: a.agents - b.agents, tokens: a.tokens - b.tokens }
}

function fits(spending: Spending, caps: Spending): boolean {
  return spending.calls <= caps.calls && spending.agents <= caps.agents && spending.tokens <= caps.tokens
}

function isNothing({ calls, agents, tokens }: Spending): boolean {
  return calls === 0 && agents === 0 && tokens === 0
}
