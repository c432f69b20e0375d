import type { LlmRequestOptions } from '../llm/llm-client.ts'
import type { AnyStep } from '../plan.ts'
import { type BatchSettings, REPLY_FRAME_TOKENS } from './batch-options.ts'
import type { PlanTicket } from './plan-ticket.ts'

/**
 * What goes to the model with one prompt: room for every plan, the time until the last of its agents' deadlines, and the highest
 * of their priorities. `aliases` are the short names that the prompt has for ids.
 */
export function promptOptions<S extends AnyStep, W extends object>(
  { actions, tokensPerPlan, outputBudget, clock, seed, constrain }: BatchSettings<S, W>,
  { signal: _, ...options }: LlmRequestOptions,
  tickets: readonly PlanTicket<S, W>[],
  aliases: ReadonlyMap<string, string>,
): Omit<LlmRequestOptions, 'signal'> {
  const room = Math.min(outputBudget, tokensPerPlan * tickets.length + REPLY_FRAME_TOKENS)
  const { timeouts, maxTokens = room } = options
  const lastDeadlineAtMs = tickets.reduce(
    (last, { deadlineAtMs }) => Math.max(last, deadlineAtMs),
    Number.NEGATIVE_INFINITY,
  )
  const totalMs = Math.min(timeouts?.totalMs ?? Number.POSITIVE_INFINITY, lastDeadlineAtMs - clock.now())
  const priority = tickets.reduce(
    (highest, { request }) => Math.max(highest, request.priority ?? 0),
    Number.NEGATIVE_INFINITY,
  )
  const format = options.format ?? (constrain ? actions.jsonSchema(namesIn(aliases, tickets)) : undefined)
  return {
    ...options,
    priority: options.priority ?? priority,
    format,
    seed: options.seed ?? seed,
    maxTokens,
    // A timer may be late, and no client can wait for less than nothing.
    timeouts: totalMs === Number.POSITIVE_INFINITY ? timeouts : { ...timeouts, totalMs: Math.max(1, totalMs) },
  }
}

/** What the prompt calls these agents. */
function namesIn<S extends AnyStep, W extends object>(
  aliases: ReadonlyMap<string, string>,
  tickets: readonly PlanTicket<S, W>[],
): string[] {
  const aliasById = new Map([...aliases].map(([alias, id]) => [id, alias]))
  return tickets.map(({ agentId }) => aliasById.get(agentId) ?? agentId)
}
