import { expect, test } from 'vitest'
import { RunMetrics } from '../../src/batch/run-metrics.ts'

test('the first of each counts, and what never came is absent', () => {
  const metrics = new RunMetrics('fan-out')
  expect(metrics.report(7)).toEqual({ totalMs: 7, modelCalls: 0, strategy: 'fan-out' })
  metrics.modelCalls += 2
  for (const atMs of [3, 5]) metrics.text(atMs)
  for (const atMs of [4, 6]) metrics.step(atMs)
  for (const atMs of [5, 9]) metrics.plan(atMs)
  expect(metrics.report(10)).toEqual({
    firstTextMs: 3,
    firstStepMs: 4,
    firstPlanMs: 5,
    totalMs: 10,
    modelCalls: 2,
    strategy: 'fan-out',
  })
})

test.each([
  ['nobody counted', [{}, {}], {}],
  ['one of two did', [{ promptTokens: 5 }, {}], { promptTokens: 5 }],
  ['both did', [{ promptTokens: 5, outputTokens: 1 }, { outputTokens: 2 }], { promptTokens: 5, outputTokens: 3 }],
  ['nothing was written', [{ outputTokens: 0 }], { outputTokens: 0 }],
])('tokens are added up, and are no claim where they were not counted: %s', (_, usages, expected) => {
  const metrics = new RunMetrics('one-prompt')
  for (const usage of usages) metrics.usage(usage)
  expect(metrics.report(0)).toEqual({ totalMs: 0, modelCalls: 0, strategy: 'one-prompt', ...expected })
})

test('remembered plans are told of when there were any', () => {
  const metrics = new RunMetrics('one-prompt')
  metrics.cachedPlans += 1
  expect(metrics.report(0)).toMatchObject({ cachedPlans: 1, modelCalls: 0 })
})
