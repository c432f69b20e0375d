import { expect, test } from 'vitest'
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
  return { response, reader: response.body, seen }
}

test.each(['ends', 'breaks'] as const)('a body that %s: no timer is left', async end => {
  const { response, reader, seen } = bodyOf([1, 2], end)
  const clock = new ManualClock()
  await letEnd(response, reader, clock)
  expect(seen).toEqual({ read: 2, closed: 1 })
  expect(clock.pending).toBe(0)
})

test('a body that hangs is closed after a while, whether or not it obeys', async () => {
  const { response, reader, seen } = bodyOf([1], 'hangs')
  const clock = new ManualClock()
  const ended = letEnd(response, reader, clock)
  await clock.advanceAsync(49)
  expect(seen.closed).toBe(0)
  clock.advance(1)
  await ended
  expect(seen.closed).toBe(1)
})

test('a body that goes on and on is closed', async () => {
  const { response, reader, seen } = bodyOf(Array(1_000).fill(1_024), 'hangs')
  await letEnd(response, reader, new ManualClock())
  expect(seen).toEqual({ read: 64, closed: 1 })
})
