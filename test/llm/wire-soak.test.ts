import { expect, test } from 'vitest'
import { soak } from '../../scripts/wire-soak.ts'

test('200 calls at a time that fail and are left at random: each ends once, and nothing is left behind', async () => {
  const { calls, ends, wrong, served, before, after } = await soak({
    streams: 200,
    durationMs: 700,
    patience: 0.3,
    seed: 7,
    profile: 'instant',
  })
  expect(wrong).toEqual([])
  expect(calls).toBeGreaterThan(200)
  expect(served).not.toHaveProperty('never')
  expect(after.handles).toEqual(before.handles)
  expect([before.listeners, after.listeners]).toEqual([0, 0])
  // Which ones they are is chance, and a busy machine's: that there are many kinds is not.
  expect(Object.keys(ends).length).toBeGreaterThan(4)
}, 60_000)
