import type { PromptCompressor, PromptReport } from '../compress/prompt-compressor.ts'
import { messageOf } from '../errors.ts'
import type { AnyStep } from '../plan.ts'
import type { PlanRequest } from '../world.ts'
import type { AttemptError } from './plan-outcome.ts'

/** A prompt that can be sent, or why these requests make none. */
export type WrittenPrompt =
  | { readonly type: 'written'; readonly report: PromptReport }
  | { readonly type: 'unwritable'; readonly error: AttemptError }

/** One prompt for these requests. Never throws: views and token counters are the game's code. */
export function writePrompt<S extends AnyStep, W extends object>(
  compressor: PromptCompressor<S, W>,
  requests: readonly PlanRequest<W>[],
): WrittenPrompt {
  try {
    const report = compressor.compress(requests)
    if (report.withinBudget) return { type: 'written', report }
    const { prefix, shared, agents } = report.tokens
    const message = `its prompt takes ${prefix + shared + agents} tokens, over the budget of ${compressor.tokenBudget}`
    return { type: 'unwritable', error: { code: 'limit', message } }
  } catch (error) {
    const message = `its prompt could not be written: ${messageOf(error)}`
    return { type: 'unwritable', error: { code: 'bad-request', message } }
  }
}
