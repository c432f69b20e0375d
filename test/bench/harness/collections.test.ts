import { expect, test } from 'vitest'
import { undisturbed, watchCollections } from '../../../bench/harness/collections.ts'

test('a collection is seen', async () => {
  const told = watchCollections()
  let kept: unknown[] = []
  for (let i = 0; i < 3_000_000; i++) kept = [kept.length, { i }]
  expect(kept).toHaveLength(2)
  expect((await told()).length).toBeGreaterThan(0)
})

test('a span is undisturbed when no collection reaches into it', () => {
  const span = (startMs: number, endMs: number) => ({ startMs, endMs })
  expect(undisturbed([span(0, 1), span(1, 2), span(3, 4)], [span(1.5, 2.5)])).toEqual([span(0, 1), span(3, 4)])
})
