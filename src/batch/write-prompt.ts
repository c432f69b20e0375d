import type { PromptReport } from '../compress/prompt-compressor.ts'
import type { SessionReport } from '../compress/prompt-session.ts'
import { messageOf } from '../errors.ts'
import type { PlanRequest } from '../world.ts'
import type { AttemptError } from './plan-outcome.ts'

/** A prompt as a compressor writes it; one of a session wants to know how it went. */
export type AnyReport = PromptReport & Partial<Pick<SessionReport, 'settle'>>

/** A compressor, or a session of one. */
export interface PromptWriter<W extends object> {
  readonly tokenBudget: number
  compress(requests: readonly PlanRequest<W>[]): AnyReport
}

/** A prompt that can be sent, or why these requests make none. */
export type WrittenPrompt =
  | { readonly type: 'written'; readonly report: AnyReport }
  | { readonly type: 'unwritable'; readonly error: AttemptError }

/** One prompt for these requests. Never throws: views and token counters are the game's code. */
export function writePrompt<W extends object>(
  compressor: PromptWriter<W>,
  requests: readonly PlanRequest<W>[],
): WrittenPrompt {
  try {
    const report = compressor.compress(requests)
    if (report.withinBudget) return { type: 'written', report }
    report.settle?.(false)
    const { prefix, shared, agents } = report.tokens
    const message = `its prompt takes ${prefix + shared + agents} tokens, over the budget of ${compressor.tokenBudget}`
    return { type: 'unwritable', error: { code: 'limit', message } }
  } catch (error) {
    const message = `its prompt could not be written: ${messageOf(error)}`
    return { type: 'unwritable', error: { code: 'bad-request', message } }
  }
}
