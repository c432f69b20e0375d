import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Backoff } from '../../src/llm/backoff.ts'

test('a delay lies between half of its full length and all of it, and never above the longest', () =>
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 60 }), (seed, failures) => {
      const full = Math.min(1_000, 10 * 2 ** (failures - 1))
      const delay = new Backoff({ baseDelayMs: 10, maxDelayMs: 1_000, seed }).delayAfter(failures)
      expect(delay).toBeGreaterThanOrEqual(full / 2)
      expect(delay).toBeLessThan(full)
    }),
  ))

test('what the server asked for is the least', () =>
  expect(new Backoff({ baseDelayMs: 10 }).delayAfter(1, 700)).toBeGreaterThanOrEqual(700))

test('two seeds part', () =>
  expect(new Backoff({ seed: 1 }).delayAfter(3)).not.toBe(new Backoff({ seed: 2 }).delayAfter(3)))
