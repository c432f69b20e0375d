import type { AgentId, Plan } from '../plan.ts'
import type { PlanRequest } from '../world.ts'
import type { Attempt, AttemptError, PlanOutcome, Tier } from './plan-outcome.ts'

export type ModelTier = Exclude<Tier, 'heuristic' | 'emergency'>

const RAW_CHARS = 500

/** One request on its way through the tiers. It is open until the first one to `claim` it brings a plan. */
export class PlanTicket<S, W extends object> {
  readonly request: PlanRequest<W>
  /** By the run's clock; `Infinity` without a deadline. */
  readonly deadlineAtMs: number
  /** The tier that is being tried, or waited for. */
  tier: ModelTier = 'model'
  /** How often the model was asked again for this agent. */
  reAsks = 0
  /** Under which the client's plan is remembered. */
  cacheKey: string | undefined
  /** Has the standby been asked for this agent? */
  takenOver = false
  #open = true
  #outcome: PlanOutcome<S> | undefined
  #plansMinted = 0
  #sinceMs: number
  readonly #attempts: Attempt[] = []

  constructor(request: PlanRequest<W>, startedMs: number) {
    this.request = request
    this.deadlineAtMs = startedMs + (request.deadlineMs ?? Number.POSITIVE_INFINITY)
    this.#sinceMs = startedMs
  }

  get agentId(): AgentId {
    return this.request.agentId
  }

  get open(): boolean {
    return this.#open
  }

  get outcome(): PlanOutcome<S> | undefined {
    return this.#outcome
  }

  /** The number that tells this agent's plans apart, over all tiers: 1, 2, 3… */
  nextAttempt(): number {
    this.#plansMinted += 1
    return this.#plansMinted
  }

  /**
   * True for the first caller only, who then owes an outcome. Claiming comes before the game's heuristic runs, since that may
   * cancel the run from inside.
   */
  claim(): boolean {
    const first = this.#open
    this.#open = false
    return first
  }

  fail(tier: Tier, error: AttemptError, nowMs: number, raw?: string): void {
    const message = capped(error.message)
    const attempt = { tier, error: { code: error.code, message }, ms: nowMs - this.#sinceMs }
    this.#attempts.push(raw === undefined ? attempt : { ...attempt, raw: capped(raw) })
    this.#sinceMs = nowMs
  }

  finish(plan: Plan<S>, tier: Tier, cached = false): PlanOutcome<S> {
    this.#outcome = { agentId: this.agentId, plan, tier, attempts: this.#attempts, ...(cached && { cached }) }
    return this.#outcome
  }
}

/** Tickets by their agent's id. */
export type TicketsByAgent<S, W extends object> = ReadonlyMap<AgentId, PlanTicket<S, W>>

export function byAgent<S, W extends object>(tickets: readonly PlanTicket<S, W>[]): TicketsByAgent<S, W> {
  const ticketByAgent = new Map<AgentId, PlanTicket<S, W>>()
  // Not from a list of pairs, which would be one more list for each ticket.
  for (const ticket of tickets) ticketByAgent.set(ticket.agentId, ticket)
  return ticketByAgent
}

/** Cut to its cap, never inside a character. */
function capped(text: string): string {
  return text.length <= RAW_CHARS ? text : `${text.slice(0, RAW_CHARS - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
