import { expect, test, vi } from 'vitest'
import { systemClock } from '../src/clock.ts'

test('the platform clock goes on, fires a timer once, and forgets a cancelled one', async () => {
  const cancelled = vi.fn()
  const start = systemClock.now()
  systemClock.setTimer(1, cancelled)()
  await new Promise<void>(resolve => systemClock.setTimer(2, resolve))
  expect(systemClock.now()).toBeGreaterThan(start)
  expect(cancelled).not.toHaveBeenCalled()
})
