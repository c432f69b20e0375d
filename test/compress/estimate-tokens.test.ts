import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { actions } from '../../examples/astraweave/actions.ts'
import { heuristic } from '../../examples/astraweave/heuristic.ts'
import { skirmish } from '../../examples/astraweave/skirmish.ts'
import { rules, view } from '../../examples/astraweave/view.ts'
import { estimateTokens } from '../../src/compress/estimate-tokens.ts'
import { loadTokenizer } from '../../src/compress/load-tokenizer.ts'
import { PromptCompressor } from '../../src/compress/prompt-compressor.ts'
import { messagesOf } from '../../src/prompt.ts'

/** Prompts and replies of the example world, and prose, chat and names in many scripts. */
const corpus = z
  .array(z.object({ name: z.string(), text: z.string() }))
  .parse(JSON.parse(readFileSync(new URL('../fixtures/tokens/corpus.json', import.meta.url), 'utf8')))

const mistral = await loadTokenizer('hermes-2-pro-mistral')
const llama3 = await loadTokenizer('hermes-2-pro-llama-3')
const utf8Bytes = (text: string) => new TextEncoder().encode(text).length
const MOST_UNDER = 0.95

test.each(corpus)('$name: at most 5 % under the real count, at most its bytes', ({ text }) => {
  const estimate = estimateTokens(text)
  expect(estimate).toBeGreaterThanOrEqual(MOST_UNDER * mistral(text))
  expect(estimate).toBeGreaterThanOrEqual(MOST_UNDER * llama3(text))
  expect(estimate).toBeLessThanOrEqual(utf8Bytes(text))
})

test('the corpus as a whole is estimated at most a fifth over', () => {
  const sum = (count: (text: string) => number) => corpus.reduce((tokens, { text }) => tokens + count(text), 0)
  expect(sum(estimateTokens) / sum(mistral)).toBeLessThan(1.2)
})

test('so are the prompts and replies of scenes that no weight was fitted to', () => {
  const compressor = new PromptCompressor({ actions, rules, view, tokenBudget: 100_000 })
  for (let seed = 1000; seed < 1020; seed++) {
    const { requests } = skirmish({ agents: 1 + (seed % 17), seed })
    const texts = [
      ...messagesOf(compressor.compress(requests).prompt).map(({ content }) => content),
      JSON.stringify(requests[0]?.world, null, 2),
      JSON.stringify(requests.map(({ agentId, world }) => ({ agent: agentId, steps: heuristic(world) }))),
    ]
    for (const text of texts) {
      expect(estimateTokens(text)).toBeGreaterThanOrEqual(MOST_UNDER * Math.max(mistral(text), llama3(text)))
      expect(estimateTokens(text)).toBeLessThan(1.3 * mistral(text))
    }
  }
})

test('never more tokens than bytes, nor does a real count have more; none only for nothing', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      const tokens = estimateTokens(text)
      expect(tokens).toBeLessThanOrEqual(utf8Bytes(text))
      expect(mistral(text)).toBeLessThanOrEqual(utf8Bytes(text))
      expect(llama3(text)).toBeLessThanOrEqual(utf8Bytes(text))
      expect(tokens > 0).toBe(text.length > 0)
    }),
  ))
