import { expect, test } from 'vitest'
import { commonPrefix, SlotPool } from '../../../src/testing/ollama/slot-pool.ts'

const never = new AbortController().signal
const tokens = (text: string) => [...text]

test.each([
  ['', 'abc', 0],
  ['abc', 'abc', 3],
  ['abc', 'abcd', 3],
  ['abx', 'abcd', 2],
  ['xbc', 'abc', 0],
])('%j and %j share %i tokens', (a, b, shared) => {
  expect(commonPrefix(tokens(a), tokens(b))).toBe(shared)
})

async function poolHolding(...held: string[]) {
  const pool = new SlotPool(held.length)
  const slots = await Promise.all(held.map(() => pool.take([], never)))
  for (const [i, slot] of slots.entries()) {
    slot.tokens = tokens(held[i] ?? '')
    pool.giveBack(slot)
  }
  return pool
}

test('the slot that shares most is taken, if that is over a tenth; else the one unused for longest', async () => {
  const prompt = tokens('abcdefghijklmnopqrst')
  const sharing = await poolHolding('zzz', 'abcx', 'abcdefx')
  expect((await sharing.take(prompt, never)).tokens.join('')).toBe('abcdefx')
  expect((await sharing.take(prompt, never)).tokens.join('')).toBe('abcx')
  const hardly = await poolHolding('zzz', 'abx', 'yyy')
  expect((await hardly.take(prompt, never)).tokens.join('')).toBe('zzz')
})

test('who waits is served in order, and who gives up loses nothing but the place', async () => {
  const pool = new SlotPool(1)
  const slot = await pool.take([], never)
  const order: string[] = []
  const caller = new AbortController()
  const first = pool.take([], never).then(taken => {
    order.push('first')
    return taken
  })
  const left = pool.take([], caller.signal).catch(reason => void order.push(`left: ${reason}`))
  const second = pool.take([], never).then(() => void order.push('second'))
  caller.abort('bored')
  await left
  expect(pool.active).toBe(1)
  pool.giveBack(slot)
  pool.giveBack(await first)
  await second
  expect(order).toEqual(['left: bored', 'first', 'second'])
  expect(pool.active).toBe(1)
})
