import { expect, test } from 'vitest'
import { interleaved, median, medianRatio, percentile } from '../../../bench/harness/interleaved.ts'

test.each([
  [[3, 1, 2], 0.5, 2],
  [[4, 1, 2, 3], 0.5, 2.5],
  [[1, 2, 3, 4, 5], 1, 5],
  [[7], 0.99, 7],
])('of %j, the share %d has no more than %d', (figures, share, expected) =>
  expect(percentile(figures, share)).toBe(expected),
)

test('there is no median of nothing', () => expect(() => median([])).toThrow(RangeError))

test('a ratio is the median of those of the rounds, not the ratio of the medians', () =>
  expect(medianRatio({ floor: [1, 10, 100], ours: [2, 30, 100] }, 'ours', 'floor')).toBe(2))

test('every task has a figure of every round, and another place in each', async () => {
  const turns: string[] = []
  const turn = (name: string) => () => {
    if (turns.at(-1) !== name) turns.push(name)
  }
  const rounds = await interleaved({ a: turn('a'), b: turn('b'), c: turn('c') }, { rounds: 3, blockMs: 1 })
  expect(Object.values(rounds).map(figures => figures.length)).toEqual([3, 3, 3])
  // Those before are of the warm-up.
  expect(turns.slice(-9)).toEqual([...'abc', ...'bca', ...'cab'])
})

test('a task that throws ends the measurement', async () => {
  const broken = () => {
    throw new Error('lost plans')
  }
  await expect(interleaved({ broken }, { rounds: 1, blockMs: 1 })).rejects.toThrow('lost plans')
})
