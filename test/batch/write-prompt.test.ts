import { expect, test } from 'vitest'
import { type AnyReport, type PromptWriter, writePrompt } from '../../src/batch/write-prompt.ts'
import { PromptCompressor } from '../../src/compress/prompt-compressor.ts'
import { actions, villagers, type World } from './village.ts'

const requests = villagers(2)

test('a prompt that fits is written', () => {
  const written = writePrompt(new PromptCompressor({ actions }), requests)
  expect(written).toMatchObject({ type: 'written', report: { withinBudget: true } })
})

test('one over the budget is not, says by how much, and the session hears that it was never sent', () => {
  const settled: boolean[] = []
  const compressor = new PromptCompressor({ actions, tokenBudget: 268 })
  const session: PromptWriter<World> = {
    tokenBudget: 268,
    compress: (asked): AnyReport => ({ ...compressor.compress(asked), settle: answered => settled.push(answered) }),
  }
  expect(writePrompt(session, requests)).toEqual({
    type: 'unwritable',
    error: {
      code: 'limit',
      message: expect.stringMatching(/^its prompt takes \d{2,} tokens, over the budget of 268$/),
    },
  })
  expect(settled).toEqual([false])
})

test('what a counter of tokens throws is a reason, and no exception', () => {
  const compressor = new PromptCompressor({
    actions,
    countTokens: text => {
      if (text.includes('a1')) throw new Error('no such word')
      return 1
    },
  })
  const written = writePrompt(compressor, requests)
  expect(written).toMatchObject({ type: 'unwritable', error: { code: 'bad-request' } })
  expect(written.type === 'unwritable' && written.error.message).toContain('no such word')
})
