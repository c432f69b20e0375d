import { expect, test } from 'vitest'
import { ManualClock } from '../../../src/testing/index.ts'
import { pauseForEver, pauseUntil } from '../../../src/testing/ollama/pause.ts'

test('a pause ends when the clock says so, and at once when it is late', async () => {
  const clock = new ManualClock(100)
  let over = false
  const pause = pauseUntil(clock, 150).then(() => {
    over = true
  })
  await clock.advanceAsync(49)
  expect(over).toBe(false)
  await clock.advanceAsync(1)
  await pause
  await pauseUntil(clock, 150)
  expect(clock.pending).toBe(0)
})

test.each([
  ['before', true],
  ['during', false],
])('an abort %s a pause ends it with the reason, and leaves no timer', async (_, early) => {
  const clock = new ManualClock()
  const caller = new AbortController()
  if (early) caller.abort('why')
  const pause = pauseUntil(clock, 10, caller.signal)
  const ever = pauseForEver(caller.signal)
  caller.abort('why')
  await expect(pause).rejects.toBe('why')
  await expect(ever).rejects.toBe('why')
  expect(clock.pending).toBe(0)
})
