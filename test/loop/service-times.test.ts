import { expect, test } from 'vitest'
import { ServiceTimes } from '../../src/loop/service-times.ts'

function after(...ticks: number[][]): ServiceTimes {
  const times = new ServiceTimes()
  for (const together of ticks) {
    for (const one of together) times.add(one)
    times.settle()
  }
  return times
}

test('nothing is known before anything was observed', () => {
  expect([after().usual, after([]).usual]).toEqual([undefined, undefined])
})

test('what comes between two ticks has no order', () => {
  const [one, other] = [after([5], [1, 9, 30]), after([5], [30, 1, 9])]
  expect(one.usual).toBe(other.usual)
})

test('old times are forgotten', () => {
  const times = after(...Array.from({ length: 50 }, () => [100]), ...Array.from({ length: 50 }, () => [10]))
  expect(times.usual).toBeCloseTo(10, 0)
})
