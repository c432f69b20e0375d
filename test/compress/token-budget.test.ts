import fc from 'fast-check'
import { expect, test } from 'vitest'
import { estimateTokens } from '../../src/compress/estimate-tokens.ts'
import { loadTokenizer } from '../../src/compress/load-tokenizer.ts'
import { messagesOf } from '../../src/prompt.ts'
import { batches, hostileBatches } from './scenes.ts'
import { compressorOf } from './told.ts'

test.each([
  ['Mistral 7B’s', await loadTokenizer('hermes-2-pro-mistral')],
  ['Llama 3’s', await loadTokenizer('hermes-2-pro-llama-3')],
  ['the estimate', estimateTokens],
])(
  'the messages as they are sent, labels and all, are in the budget and no longer than reported: by %s',
  (_, countTokens) =>
    fc.assert(
      fc.property(
        fc.oneof(batches, hostileBatches),
        fc.integer({ min: 300, max: 1200 }),
        fc.constantFrom('message' as const, 'text' as const),
        (requests, tokenBudget, append) => {
          const compressor = compressorOf(tokenBudget, { countTokens })
          const session = compressor.session({ contextTokens: tokenBudget * 2, append })
          for (const tick of [requests, requests.slice(1), requests]) {
            const turn = session.compress(tick)
            turn.settle(true)
            for (const [report, budget] of [
              [compressor.compress(tick), tokenBudget],
              [turn, session.tokenBudget],
            ] as const) {
              const { prefix, shared, agents } = report.tokens
              const sent = messagesOf(report.prompt).reduce((sum, { content }) => sum + countTokens(content), 0)
              expect(sent).toBeLessThanOrEqual(prefix + shared + agents)
              if (report.withinBudget) expect(sent).toBeLessThanOrEqual(budget)
            }
          }
        },
      ),
    ),
)
