import { expect, test } from 'vitest'
import { simulateTurns } from '../../../bench/harness/simulated-turns.ts'

const machine = { profile: 'rtx-3060', slots: 1 }
const long = 'a wall at the river. '.repeat(200)

test('a prompt that goes on where the last one ended costs what is new', async () => {
  const same = await simulateTurns([[long], [`${long}one`], [`${long}one two`]], machine)
  const other = await simulateTurns([[long], [`one ${long}`], [`two ${long}`]], machine)
  expect(same.evaluatedTokens).toBeLessThan(20)
  expect(other.evaluatedTokens).toBeGreaterThan(600)
  expect(same.promptTokens).toBeGreaterThan(600)
  expect(same.firstTextMs).toBeLessThan(other.firstTextMs)
})

test('requests that wait for a slot begin later', async () => {
  const { firstTextMs, lastFirstTextMs } = await simulateTurns([[long], [long, long]], machine)
  expect(lastFirstTextMs).toBeGreaterThan(firstTextMs)
})
