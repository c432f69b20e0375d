import { expect, test } from 'vitest'
import { bytesAllocated, bytesRetained } from '../../../bench/harness/heap.ts'

const chunks = Array.from({ length: 20_000 }, () => 'abcdef')
/** An array of this many small numbers takes some 800 bytes. */
const NUMBERS = 100

test('what is allocated counts, though it is not kept', () => {
  let last: unknown
  const bytes = bytesAllocated(chunks, () => {
    last = new Array(NUMBERS).fill(1)
  })
  expect(last).toHaveLength(NUMBERS)
  expect(bytes / chunks.length).toBeGreaterThan(400)
  expect(bytes / chunks.length).toBeLessThan(2_000)
})

test('what is retained is what is kept', () => {
  const keeper = () => {
    const kept: unknown[] = []
    return { push: () => kept.push(new Array(NUMBERS).fill(1)) }
  }
  const loser = () => ({ push: () => new Array(NUMBERS).fill(1) })
  expect(bytesRetained(chunks, keeper) / chunks.length).toBeGreaterThan(400)
  expect(Math.abs(bytesRetained(chunks, loser)) / chunks.length).toBeLessThan(100)
})
