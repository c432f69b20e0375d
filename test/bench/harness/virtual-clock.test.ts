import { expect, test } from 'vitest'
import { VirtualClock } from '../../../bench/harness/virtual-clock.ts'

test('time jumps from timer to timer, in their order, until the work is done', async () => {
  const clock = new VirtualClock()
  const log: string[] = []
  const pause = (ms: number) => new Promise<void>(resolve => clock.setTimer(ms, resolve))
  const work = async () => {
    clock.setTimer(7200, () => log.push('late'))()
    clock.setTimer(20, () => log.push(`b at ${clock.now()}`))
    clock.setTimer(10, () => log.push(`a at ${clock.now()}`))
    await pause(3_600_000)
    return clock.now()
  }
  expect(await clock.runUntil(work())).toBe(3_600_000)
  expect(log).toEqual(['a at 10', 'b at 20'])
})

test('work that waits for nothing that could come is an error, and its own errors come through', async () => {
  const clock = new VirtualClock()
  await expect(clock.runUntil(new Promise(() => {}))).rejects.toThrow('no timer brings')
  await expect(clock.runUntil(Promise.reject(new Error('its own')))).rejects.toThrow('its own')
})
