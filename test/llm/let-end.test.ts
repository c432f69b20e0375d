import { expect, test } from 'vitest'
import { burstsOf } from '../../src/llm/bursts.ts'
import { letEnd } from '../../src/llm/let-end.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'

/** A body of these pieces; after the last one it ends, breaks, or hangs. */
function bodyOf(pieces: readonly number[], end: 'ends' | 'breaks' | 'hangs') {
  const seen = { closed: 0, read: 0 }
  async function* body() {
    for (const bytes of pieces) {
      seen.read++
      yield new Uint8Array(bytes)
    }
    if (end === 'breaks') throw new Error('reset')
    if (end === 'hangs') await new Promise(() => {})
  }
  const response = { status: 200, headers: {}, body: body(), close: () => void seen.closed++ }
  const ended = (clock: ManualClock) =>
    new Promise<void>(resolve => letEnd(response, burstsOf(response.body), clock, resolve))
  return { ended, seen }
}

test.each(['ends', 'breaks'] as const)('a body that %s: no timer is left', async end => {
  const { ended, seen } = bodyOf([1, 2], end)
  const clock = new ManualClock()
  await ended(clock)
  expect(seen).toEqual({ read: 2, closed: 1 })
  expect(clock.pending).toBe(0)
})

test('a body that hangs is closed after a while, whether or not it obeys', async () => {
  const { ended, seen } = bodyOf([1], 'hangs')
  const clock = new ManualClock()
  const done = ended(clock)
  await clock.advanceAsync(49)
  expect(seen.closed).toBe(0)
  clock.advance(1)
  await done
  expect(seen.closed).toBe(1)
})

test('a body that goes on and on is closed', async () => {
  const { ended, seen } = bodyOf(Array(1_000).fill(1_024), 'hangs')
  await ended(new ManualClock())
  expect(seen).toEqual({ read: 64, closed: 1 })
})
