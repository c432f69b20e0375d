import { expect, test } from 'vitest'
import { RunMetrics } from '../../src/batch/run-metrics.ts'
import type { Clock } from '../../src/clock.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'

test('the first of each counts, and what never came is absent', () => {
  let nowMs = 107
  let looks = 0
  const clock: Clock = {
    setTimer: () => () => {},
    now: () => {
      looks += 1
      return nowMs
    },
  }
  const metrics = new RunMetrics('fan-out', clock, 100)
  expect(metrics.report()).toEqual({ totalMs: 7, modelCalls: 0, strategy: 'fan-out' })
  metrics.modelCalls += 2
  looks = 0
  for (const [what, times] of [
    ['text', [103, 105]],
    ['step', [104, 106]],
    ['plan', [105, 109]],
  ] as const) {
    for (const atMs of times) {
      nowMs = atMs
      metrics[what]()
    }
  }
  expect(looks).toBe(3)
  nowMs = 110
  expect(metrics.report()).toEqual({
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
  const metrics = new RunMetrics('one-prompt', new ManualClock(), 0)
  for (const usage of usages) metrics.usage(usage)
  expect(metrics.report()).toEqual({ totalMs: 0, modelCalls: 0, strategy: 'one-prompt', ...expected })
})

test('remembered plans are told of when there were any', () => {
  const metrics = new RunMetrics('one-prompt', new ManualClock(), 0)
  metrics.cachedPlans += 1
  expect(metrics.report()).toMatchObject({ cachedPlans: 1, modelCalls: 0 })
})
