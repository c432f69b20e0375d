import { expect, test } from 'vitest'
import { compare } from '../../../examples/streaming-demo/comparison.ts'
import { outcome, recordedPair } from './recorded-runs.ts'

const pair = recordedPair()

test('times are medians, and speed-ups are medians of the ratios within each pair', () => {
  const slower = { ...pair, streaming: { ...pair.streaming, firstStepMs: 4000, firstChunkMs: 2000 } }
  const { streaming, speedup } = compare({ pairs: [pair, slower, pair] })
  expect(streaming.firstStepMs).toBe(1000)
  expect(speedup).toEqual({ firstChunk: 20, firstStep: 8, firstPlan: 2 })
})

test('ratios are taken within a pair, not between medians', () => {
  const at = (blockingMs: number, streamingMs: number) => ({
    blocking: { ...pair.blocking, firstStepMs: blockingMs },
    streaming: { ...pair.streaming, firstStepMs: streamingMs },
  })
  // The medians are 30 and 10; the ratios are 10, 1 and 6.
  expect(compare({ pairs: [at(100, 10), at(10, 10), at(30, 5)] }).speedup.firstStep).toBe(6)
})

test('fractions are of the whole reply, also when reading stopped at the last plan', () => {
  const { fractions, text, unreadChars } = compare({ pairs: [pair] })
  expect(fractions).toEqual({ firstStep: 0.1, fifthPlan: undefined })
  expect({ text, unreadChars }).toEqual({ text: 'prefix', unreadChars: 2 })
})

test('the fifth plan has a fraction when there are five', () => {
  const streaming = { ...pair.streaming, planChars: [10, 20, 30, 40, 52, 98] }
  expect(compare({ pairs: [{ ...pair, streaming }] }).fractions.fifthPlan).toBe(0.52)
})

test.each([
  ['same', pair.blocking.text],
  ['prefix', 'xx'],
  ['different', 'xy'],
])('the streamed text is %s', (expected, text) => {
  expect(compare({ pairs: [{ ...pair, streaming: { ...pair.streaming, text } }] }).text).toBe(expected)
})

test('plans are identical when agents and steps are, in every pair', () => {
  const other = { ...pair, streaming: { ...pair.streaming, outcomes: [outcome('Ash'), outcome('Cole')] } }
  const emptied = outcome('Bryn')
  const shorter = { ...emptied, plan: { ...emptied.plan, steps: [] } }
  const another = { ...pair, streaming: { ...pair.streaming, outcomes: [outcome('Ash'), shorter] } }
  expect(compare({ pairs: [pair, pair] }).identicalPlans).toBe(true)
  expect(compare({ pairs: [pair, other] }).identicalPlans).toBe(false)
  expect(compare({ pairs: [another, pair] }).identicalPlans).toBe(false)
  expect(compare({ pairs: [] }).identicalPlans).toBe(false)
})

test('the outcomes are those of every pair and both modes', () => {
  const floored = {
    ...pair,
    streaming: { ...pair.streaming, outcomes: [outcome('Ash'), outcome('Bryn', 'heuristic')] },
  }
  const { outcomes } = compare({ pairs: [pair, floored] })
  expect(outcomes.map(({ tier }) => tier).join(' ')).toBe('model model model model model model model heuristic')
})

test('an interrupted run is shown, and counts for nothing', () => {
  const interrupted = { ...pair.streaming, firstStepMs: 1 }
  const comparison = compare({ pairs: [pair], interrupted })
  expect(comparison.shown).toEqual({ streaming: interrupted })
  expect(comparison.streaming.firstStepMs).toBe(1000)
})

test('without a pair there is nothing to say', () => {
  const { text, speedup, shown } = compare({ pairs: [] })
  expect({ text, speedup, shown }).toEqual({ text: undefined, speedup: {}, shown: undefined })
})

test('a pair that the model did not plan throughout counts only when there is no other', () => {
  const failed = {
    ...pair,
    streaming: { ...pair.streaming, totalMs: 5, outcomes: [outcome('Ash'), outcome('Bryn', 'emergency')] },
  }
  const mixed = compare({ pairs: [failed, pair] })
  expect({ pairs: mixed.pairs, totalMs: mixed.streaming.totalMs }).toEqual({ pairs: 1, totalMs: 7900 })
  expect(mixed.shown).toBe(failed)
  const alone = compare({ pairs: [failed] })
  expect({ pairs: alone.pairs, totalMs: alone.streaming.totalMs }).toEqual({ pairs: 1, totalMs: 5 })
})
