import { expect, test } from 'vitest'
import type { ReplyEnd } from '../../src/batch/reply-stream.ts'
import { ReplyTiming } from '../../src/batch/reply-timing.ts'
import type { Completion } from '../../src/llm/llm-client.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { left } from './timed-replies.ts'

const finished = (timings: Partial<Completion['timings']>): ReplyEnd => ({
  type: 'finished',
  completion: { text: '', finishReason: 'stop', usage: {}, timings: { firstTextMs: 0, totalMs: 0, ...timings } },
})

type Moment = 'text' | 'step' | 'plan'

function timingOf(moments: readonly (readonly [number, Moment])[]) {
  const clock = new ManualClock()
  let changes = 0
  const timing = new ReplyTiming(
    { agents: 2, sharedTokens: 1, agentTokens: 2 },
    { now: () => clock.now(), changed: () => (changes += 1) },
  )
  for (const [atMs, moment] of moments) {
    clock.advance(atMs - clock.now())
    timing[moment]()
  }
  return { timing, changes: () => changes }
}

const PLANS = [
  [100, 'text'],
  [120, 'text'],
  [130, 'step'],
  [160, 'step'],
  [160, 'plan'],
  [200, 'plan'],
] as const

test.each([
  ['left', left, { waitMs: 100, firstStepMs: 30, planMs: 50 }],
  ['queued and loaded, by its own report', finished({ queueMs: 20, loadMs: 30 }), { waitMs: 50 }],
  ['queued for longer than it took, by a wrong report', finished({ queueMs: 500 }), { waitMs: 0 }],
])('a reply with two plans, %s', (_, end, expected) => {
  expect(timingOf(PLANS).timing.figures(end)).toMatchObject(expected)
})

test('waiting begins when the server could begin', () => {
  const { timing } = timingOf(PLANS)
  timing.startedAtMs = 80
  expect(timing.figures(left)?.waitMs).toBe(20)
})

test('a plan without a step began with its end', () => {
  const { timing } = timingOf([
    [10, 'text'],
    [40, 'plan'],
  ])
  expect(timing.figures(left)).toEqual({ waitMs: 10, firstStepMs: 30, planMs: 30 })
})

test.each<[string, readonly (readonly [number, Moment])[]]>([
  ['nothing came', []],
  ['no plan came', [[10, 'text']]],
])('a failure says nothing about plans: %s', (_, moments) => {
  expect(timingOf(moments).timing.figures(left)).toBeUndefined()
})

test('its observer hears of the first text and of the end', () => {
  const { timing, changes } = timingOf(PLANS)
  expect(changes()).toBe(1)
  timing.over(left)
  expect(changes()).toBe(2)
})
