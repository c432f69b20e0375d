import { expect, test } from 'vitest'
import { SeededRandom } from '../src/seeded-random.ts'

const draw = (count: number, next: () => number) => Array.from({ length: count }, next)

test('the same seeds give the same numbers, others give others', () => {
  const numbers = (...seeds: (string | number)[]) => {
    const random = new SeededRandom(...seeds)
    return draw(20, () => random.next())
  }
  expect(numbers(1, 'a')).toEqual(numbers(1, 'a'))
  expect(numbers(1, 'a')).not.toEqual(numbers(1, 'b'))
  expect(numbers('1a')).not.toEqual(numbers('1', 'a'))
})

test('numbers are spread evenly, and a bell curve is a bell curve', () => {
  const random = new SeededRandom(7)
  const counts = new Map<number, number>()
  for (const value of draw(10_000, () => random.int(-1, 2))) counts.set(value, (counts.get(value) ?? 0) + 1)
  expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-1, 0, 1, 2])
  for (const count of counts.values()) expect(Math.abs(count - 2500)).toBeLessThan(200)
  const bell = draw(10_000, () => random.gaussian())
  expect(Math.abs(bell.reduce((sum, value) => sum + value, 0) / 10_000)).toBeLessThan(0.05)
  expect(bell.filter(value => Math.abs(value) < 1).length / 10_000).toBeCloseTo(0.68, 1)
  expect(bell.every(Number.isFinite)).toBe(true)
})

test('one of a list, nothing of none', () => {
  const random = new SeededRandom(1)
  expect(new Set(draw(50, () => random.pick([1, 2, 3]) ?? 0))).toEqual(new Set([1, 2, 3]))
  expect(random.pick([])).toBeUndefined()
  expect(random.hex(8)).toMatch(/^[0-9a-f]{8}$/)
})
