import { expect, test } from 'vitest'
import { soak } from '../../scripts/wire-soak.ts'

test('200 calls at a time that fail and are left at random: each ends once, and nothing is left behind', async () => {
  const { calls, ends, wrong, served, before, after } = await soak({ streams: 200, durationMs: 1500, seed: 7 })
  expect(wrong).toEqual([])
  expect(calls).toBeGreaterThan(200)
  expect(served).not.toHaveProperty('never')
  expect(after.handles).toEqual(before.handles)
  expect([before.listeners, after.listeners]).toEqual([0, 0])
  for (const end of ['done', 'left', 'aborted', 'truncated', 'server-error', 'protocol', 'timeout-idle']) {
    expect(ends).toHaveProperty(end)
  }
})
