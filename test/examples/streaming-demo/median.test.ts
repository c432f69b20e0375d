import { expect, test } from 'vitest'
import { median, ratio } from '../../../examples/streaming-demo/median.ts'

test.each([
  [[], undefined],
  [[undefined], undefined],
  [[4], 4],
  [[9, 1, 4], 4],
  [[10, 9, 100], 10],
  [[1, 2, 3, 10], 2.5],
  [[undefined, 3, 1, undefined], 2],
])('the median of %j is %j', (figures, expected) => {
  expect(median(figures)).toBe(expected)
})

test('the figures stay in their order', () => {
  const figures = [3, 1, 2]
  median(figures)
  expect(figures).toEqual([3, 1, 2])
})

test.each([
  [12, 4, 3],
  [12, 0, undefined],
  [undefined, 4, undefined],
  [12, undefined, undefined],
])('%j over %j is %j', (over, under, expected) => {
  expect(ratio(over, under)).toBe(expected)
})
