import { describe, expect, test } from 'vitest'
import type { Attempt } from '../../src/llm/attempt.ts'
import { leavableStream } from '../../src/llm/leavable-stream.ts'
import type { Completion } from '../../src/llm/llm-client.ts'

const COMPLETION: Completion = { text: 'ab', finishReason: 'stop', usage: {}, timings: { firstTextMs: 1, totalMs: 2 } }

/** Two pieces, then silence if `hangs`; `closed` tells whether the source cleaned up. */
function source({ hangs = false } = {}) {
  const seen = { started: false, closed: false, attempt: undefined as Attempt | undefined }
  const stream = leavableStream(async function* (attempt) {
    seen.started = true
    seen.attempt = attempt
    try {
      yield 'a'
      yield 'b'
      if (hangs) await attempt.wait(new Promise(() => {}))
      return COMPLETION
    } finally {
      seen.closed = true
    }
  })
  return { stream, seen }
}

test('it is the stream it wraps: every piece, then the completion', async () => {
  const { stream, seen } = source()
  expect(seen.started).toBe(false)
  expect(await stream.next()).toEqual({ value: 'a', done: false })
  expect(await stream.next()).toEqual({ value: 'b', done: false })
  expect(await stream.next()).toEqual({ value: COMPLETION, done: true })
  expect(await stream.next()).toEqual({ value: undefined, done: true })
})

test('a loop reads it, and break ends it', async () => {
  const { stream, seen } = source({ hangs: true })
  for await (const piece of stream) {
    expect(piece).toBe('a')
    break
  }
  expect(seen.closed).toBe(true)
  expect(seen.attempt?.aborted).toBe(true)
})

describe('leaving while a read is pending', () => {
  test('return() aborts in the same turn; the read rejects and return() resolves', async () => {
    const { stream, seen } = source({ hangs: true })
    await stream.next()
    await stream.next()
    const pending = stream.next()
    const returned = stream.return(COMPLETION)
    expect(seen.attempt?.aborted).toBe(true)
    await expect(pending).rejects.toThrow('aborted')
    expect(await returned).toEqual({ value: COMPLETION, done: true })
    expect(seen.closed).toBe(true)
    expect(await stream.next()).toEqual({ value: undefined, done: true })
  })

  test('throw() aborts in the same turn, and rejects with what was thrown', async () => {
    const { stream, seen } = source({ hangs: true })
    await stream.next()
    await stream.next()
    const pending = stream.next()
    const thrown = stream.throw(new Error('mine'))
    expect(seen.attempt?.cause).toEqual(new Error('mine'))
    await expect(pending).rejects.toThrow('aborted')
    await expect(thrown).rejects.toThrow('mine')
    expect(seen.closed).toBe(true)
  })
})

test('return() before the first read starts nothing', async () => {
  const { stream, seen } = source()
  expect(await stream.return(COMPLETION)).toEqual({ value: COMPLETION, done: true })
  expect(await stream.next()).toEqual({ value: undefined, done: true })
  expect(seen.started).toBe(false)
})

test('it has what the platform gives to every async generator', () => {
  const { stream } = source()
  const generator = (async function* () {})()
  expect(Symbol.asyncDispose in stream).toBe(Symbol.asyncDispose in generator)
  expect(stream[Symbol.asyncIterator]()).toBe(stream)
})
