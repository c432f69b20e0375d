import { expect, test } from 'vitest'
import { Attempt } from '../../src/llm/attempt.ts'
import { sleep } from '../../src/llm/sleep.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'

test('it lasts as long as it was told, by the clock', async () => {
  const clock = new ManualClock()
  let over = false
  const sleeping = sleep(clock, 100, new Attempt()).then(() => {
    over = true
  })
  await clock.advanceAsync(99)
  expect(over).toBe(false)
  await clock.advanceAsync(1)
  await sleeping
  expect(over).toBe(true)
})

test('an abort ends it, and no timer is left', async () => {
  const clock = new ManualClock()
  const attempt = new Attempt()
  const sleeping = sleep(clock, 100, attempt)
  attempt.abort('why')
  await expect(sleeping).rejects.toThrow()
  expect(clock.pending).toBe(0)
})
