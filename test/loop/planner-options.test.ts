import { expect, test } from 'vitest'
import { positive } from '../../src/loop/planner-options.ts'

test.each([
  [1, 1],
  [0.2, 1],
  [600, 600],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
])('%s ticks are %s', (given, ticks) => expect(positive('deadlineTicks', given)).toBe(ticks))

test.each([0, -1, Number.NaN, Number.NEGATIVE_INFINITY])('%s ticks are refused by name', given =>
  expect(() => positive('deadlineTicks', given)).toThrow(new RangeError(`deadlineTicks must be above 0, not ${given}`)),
)
