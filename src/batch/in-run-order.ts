import type { AgentId } from '../plan.ts'
import { askedTwice, inPriorityOrder, type PlanRequest } from '../world.ts'

/**
 * The requests of one run in the order in which everything about them is decided.
 *
 * @throws TypeError for an agent id that is no string or occurs twice; RangeError for a priority or deadline that is no number.
 */
export function inRunOrder<W extends object>(requests: readonly PlanRequest<W>[]): readonly PlanRequest<W>[] {
  for (const { agentId, priority = 0, deadlineMs = 0 } of requests) {
    if (typeof agentId !== 'string') throw new TypeError(`an agent id is ${String(agentId)}: use a string`)
    if (!Number.isFinite(priority))
      throw new RangeError(`agent ${nameOf(agentId)}: priority is ${priority}: use a finite number`)
    if (!(deadlineMs >= 0)) throw new RangeError(`agent ${nameOf(agentId)}: deadlineMs is ${deadlineMs}: use 0 or more`)
  }
  const ordered = inPriorityOrder(requests)
  const twice = askedTwice(ordered)
  if (twice !== undefined)
    throw new TypeError(`agent ${nameOf(twice)} is asked for twice: send one request per agent and run`)
  return ordered
}

function nameOf(agentId: AgentId): string {
  return JSON.stringify(agentId)
}
