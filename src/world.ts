import type { AgentId } from './plan.ts'

/** What JSON can say, read-only. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** One agent's wish for a plan, with the world as that agent sees it. */
export interface PlanRequest<W extends object> {
  readonly agentId: AgentId
  readonly world: W
  /** What the game wants of this agent in particular. The game's own words: text by players belongs in `untrusted()`. */
  readonly instructions?: string
  /** Higher is planned first and comes first in the prompt. @defaultValue 0 */
  readonly priority?: number
  /** Milliseconds from the call, all tiers and queueing included. */
  readonly deadlineMs?: number
}

/** Higher priority first, then agent ids by code unit: never arrival order, never the locale. A priority that is no number is 0. */
export function byPriority<W extends object>(a: PlanRequest<W>, b: PlanRequest<W>): number {
  // Compared, not subtracted: two that are infinite have no difference.
  const [first, second] = [a.priority || 0, b.priority || 0]
  if (first !== second) return second > first ? 1 : -1
  return a.agentId < b.agentId ? -1 : a.agentId > b.agentId ? 1 : 0
}

/** The requests by `byPriority`: the very same list when it is so already, as it mostly is, because a sort would make lists of its own. */
export function inPriorityOrder<W extends object>(requests: readonly PlanRequest<W>[]): readonly PlanRequest<W>[] {
  for (let i = 1; i < requests.length; i++) {
    const [before, request] = [requests[i - 1], requests[i]]
    if (before && request && byPriority(before, request) > 0) return [...requests].sort(byPriority)
  }
  return requests
}

/** An agent that occurs twice in requests by `inPriorityOrder`. */
export function askedTwice<W extends object>(ordered: readonly PlanRequest<W>[]): AgentId | undefined {
  // Of one priority all, which they mostly are, two of the same agent are neighbours.
  if ((ordered[0]?.priority || 0) === (ordered.at(-1)?.priority || 0)) {
    for (let i = 1; i < ordered.length; i++)
      if (ordered[i]?.agentId === ordered[i - 1]?.agentId) return ordered[i]?.agentId
    return undefined
  }
  const seen = new Set<AgentId>()
  for (const { agentId } of ordered) {
    if (seen.has(agentId)) return agentId
    seen.add(agentId)
  }
  return undefined
}
