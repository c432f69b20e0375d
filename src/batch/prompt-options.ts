import type { LlmRequestOptions } from '../llm/llm-client.ts'
import type { AnyStep } from '../plan.ts'
import { type BatchSettings, REPLY_FRAME_TOKENS } from './batch-options.ts'
import type { PlanTicket } from './plan-ticket.ts'

/** What goes to the model with one prompt: room for every plan, and the time until the last of its agents' deadlines. */
export function promptOptions<S extends AnyStep, W extends object>(
  { tokensPerPlan, outputBudget, clock, seed }: BatchSettings<S, W>,
  { signal: _, ...options }: LlmRequestOptions,
  tickets: readonly PlanTicket<S, W>[],
): Omit<LlmRequestOptions, 'signal'> {
  const room = Math.min(outputBudget, tokensPerPlan * tickets.length + REPLY_FRAME_TOKENS)
  const { timeouts, maxTokens = room } = options
  const lastDeadlineAtMs = tickets.reduce(
    (last, { deadlineAtMs }) => Math.max(last, deadlineAtMs),
    Number.NEGATIVE_INFINITY,
  )
  const totalMs = Math.min(timeouts?.totalMs ?? Number.POSITIVE_INFINITY, lastDeadlineAtMs - clock.now())
  return {
    ...options,
    seed: options.seed ?? seed,
    maxTokens,
    // A timer may be late, and no client can wait for less than nothing.
    timeouts: totalMs === Number.POSITIVE_INFINITY ? timeouts : { ...timeouts, totalMs: Math.max(1, totalMs) },
  }
}
