import { expect, test } from 'vitest'
import { rateAt, shareOf, TIMING_PROFILES, timingProfile } from '../../../src/testing/ollama/timing-profiles.ts'

test.each(Object.keys(TIMING_PROFILES))('%s has figures that make sense', name => {
  const profile = timingProfile(name)
  for (const { atStart, at8k } of [profile.prefill, profile.decode]) {
    expect(atStart).toBeGreaterThanOrEqual(at8k)
    expect(at8k).toBeGreaterThan(0)
  }
  expect(profile.prefill.atStart).toBeGreaterThanOrEqual(profile.decode.atStart)
  expect(profile.loadMs).toBeGreaterThanOrEqual(0)
  expect(profile.parallel[0]).toBe(1)
})

test.each([
  [0, 1500],
  [512, 1500],
  [4352, 1200],
  [8192, 900],
  [30_000, 900],
])('with %i tokens of context an rtx-3060 reads %i a second', (context, rate) => {
  expect(rateAt(TIMING_PROFILES['rtx-3060'].prefill, context)).toBeCloseTo(rate, 6)
})

test('replies at once share what the machine can do', () => {
  const profile = TIMING_PROFILES['rtx-3060']
  expect([1, 2, 4, 8].map(active => shareOf(profile, active) * active)).toEqual([1, 1.8, 2.9, 2.9])
})

test.each(['', 'RTX-3060', 'constructor', '__proto__'])('%j is no profile', name => {
  expect(() => timingProfile(name)).toThrow(RangeError)
})
