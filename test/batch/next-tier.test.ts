import { expect, test } from 'vitest'
import { nextTier, type TierRules } from '../../src/batch/next-tier.ts'
import { PlanTicket } from '../../src/batch/plan-ticket.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { ScriptedClient } from '../../src/testing/scripted-client.ts'
import { ask } from './village.ts'

const other = new ScriptedClient([])
const NONE = { standby: undefined, simplified: undefined }
const STANDBY = { standby: other, simplified: undefined }
const SIMPLIFIED = { standby: undefined, simplified: other }
const BOTH = { standby: other, simplified: other }

const rulesOf = (others: Pick<TierRules, 'standby' | 'simplified'>, nowMs = 0): TierRules => ({
  clock: new ManualClock(nowMs),
  minAttemptMs: 500,
  reAsks: 2,
  ...others,
})

/** Asks until nobody is left, every reply ending in this way. */
function ladderOf(type: 'finished' | 'failed', retryable: boolean, others: Pick<TierRules, 'standby' | 'simplified'>) {
  const ticket = new PlanTicket(ask('a0'), 0)
  const tiers: string[] = []
  for (;;) {
    const tier = nextTier(ticket, { retryable }, { type }, rulesOf(others))
    if (!tier) return tiers
    tiers.push(tier)
    ticket.tier = tier
  }
}

test.each([
  ['finished', true, NONE, ['re-ask', 're-ask']],
  ['finished', false, NONE, []],
  ['finished', true, BOTH, ['re-ask', 're-ask', 'simplified']],
  ['finished', false, SIMPLIFIED, ['simplified']],
  ['failed', true, NONE, ['re-ask', 're-ask']],
  ['failed', true, STANDBY, ['takeover']],
  ['failed', false, BOTH, ['takeover', 'simplified']],
  ['failed', false, NONE, []],
] as const)('after replies that %s, worth asking again: %s', (type, retryable, others, expected) =>
  expect(ladderOf(type, retryable, others)).toEqual(expected),
)

test.each([
  [500, 're-ask'],
  [501, undefined],
])('with %d of 1000 ms gone: %s', (nowMs, expected) => {
  const ticket = new PlanTicket(ask('a0', { deadlineMs: 1000 }), 0)
  expect(nextTier(ticket, { retryable: true }, { type: 'finished' }, rulesOf(BOTH, nowMs))).toBe(expected)
})
