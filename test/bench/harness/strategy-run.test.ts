import { expect, test } from 'vitest'
import { timeStrategy, type Way } from '../../../bench/harness/strategy-run.ts'

/** The middle one of three seeds. */
async function medianMs(way: Way, machine: { profile: string; slots: number; agents: number }): Promise<number> {
  const times = []
  for (const seed of [1, 2, 3]) times.push((await timeStrategy({ ...machine, way, seed })).medianMs)
  return times.sort((a, b) => a - b)[1] ?? Number.NaN
}

test.each([
  { profile: 'rtx-3060', slots: 1, agents: 10 },
  { profile: 'rtx-3060', slots: 4, agents: 10 },
  { profile: 'm1-max', slots: 2, agents: 20 },
  { profile: 'desktop-cpu', slots: 1, agents: 10 },
  { profile: 'desktop-cpu', slots: 8, agents: 20 },
])('auto is within a tenth of the better strategy: %j', async machine => {
  const [onePrompt, fanOut, auto] = [
    await medianMs('one-prompt', machine),
    await medianMs('fan-out', machine),
    await medianMs('auto', machine),
  ]
  expect(auto).toBeLessThanOrEqual(1.1 * Math.min(onePrompt, fanOut))
})

test('the same seed is the same time', async () => {
  const once = () => timeStrategy({ profile: 'rtx-4090', slots: 2, agents: 5, way: 'auto', seed: 7 })
  expect(await once()).toEqual(await once())
})
