import { describe, expect, test } from 'vitest'
import type { Attempt } from '../../src/llm/attempt.ts'
import type { Completion } from '../../src/llm/llm-client.ts'
import { OVER, ReadingStream, type TextResult } from '../../src/llm/reading-stream.ts'

const COMPLETION: Completion = { text: 'ab', finishReason: 'stop', usage: {}, timings: { firstTextMs: 1, totalMs: 2 } }

/** Answers each read when the test says so; `left` counts how often it was left. */
function source() {
  const seen = { starts: 0, asked: 0, left: 0, attempt: undefined as Attempt | undefined }
  let answer: ((result: TextResult) => void) | undefined
  let refuse: ((error: unknown) => void) | undefined
  const stream = new ReadingStream(attempt => {
    seen.starts++
    seen.attempt = attempt
    const letGo = () => refuse?.(new Error('aborted'))
    attempt.whenAborted(letGo)
    return {
      read: () =>
        new Promise((resolve, reject) => {
          seen.asked++
          answer = result => {
            answer = undefined
            resolve(result)
          }
          refuse = reject
        }),
      get isAsked() {
        return answer !== undefined
      },
      leave: () => void seen.left++,
    }
  })
  return { stream, seen, give: (value: string) => answer?.({ done: false, value }), end: () => answer?.(OVER) }
}

test('it starts at the first read, once', async () => {
  const { stream, seen, give } = source()
  expect(seen.starts).toBe(0)
  const first = stream.next()
  give('a')
  expect(await first).toEqual({ value: 'a', done: false })
  const second = stream.next()
  give('b')
  expect(await second).toEqual({ value: 'b', done: false })
  expect(seen.starts).toBe(1)
})

test('reads that are asked for at once are answered in turn, and each only when the one before it is', async () => {
  const { stream, seen, give, end } = source()
  const reads = [stream.next()]
  // In the turn of the first answer, before the second read has begun.
  reads[0]?.then(() => reads.push(stream.next()))
  reads.push(stream.next(), stream.next())
  expect(seen.asked).toBe(1)
  for (const [i, value] of ['a', 'b', 'c'].entries()) {
    expect(seen.asked).toBe(i + 1)
    give(value)
    expect(await reads[i]).toEqual({ value, done: false })
    await Promise.resolve()
  }
  end()
  expect(await reads[3]).toEqual({ value: undefined, done: true })
})

test('a start that throws rejects the read, and there is no second one', async () => {
  let starts = 0
  const stream = new ReadingStream(() => {
    starts++
    throw new RangeError('maxTokens')
  })
  await expect(stream.next()).rejects.toThrow('maxTokens')
  expect(await stream.next()).toEqual({ value: undefined, done: true })
  expect(starts).toBe(1)
})

describe('leaving', () => {
  test('by return() while a read is pending: it rejects in the same turn, and whoever asks again is told that it is over', async () => {
    const { stream, seen } = source()
    const pending = [stream.next(), stream.next()]
    const returned = stream.return(COMPLETION)
    expect(seen.attempt?.aborted).toBe(true)
    expect(seen.left).toBe(1)
    await expect(pending[0]).rejects.toThrow('aborted')
    expect(await pending[1]).toEqual({ value: undefined, done: true })
    expect(await returned).toEqual({ value: COMPLETION, done: true })
    expect(await stream.next()).toEqual({ value: undefined, done: true })
    expect(seen.asked).toBe(1)
  })

  test('by throw() rejects with what was thrown, which is the cause', async () => {
    const { stream, seen } = source()
    const pending = stream.next()
    const thrown = stream.throw(new Error('mine'))
    expect(seen.attempt?.cause).toEqual(new Error('mine'))
    await expect(pending).rejects.toThrow('aborted')
    await expect(thrown).rejects.toThrow('mine')
  })

  test('before the first read starts nothing', async () => {
    const { stream, seen } = source()
    expect(await stream.return(Promise.resolve(COMPLETION))).toEqual({ value: COMPLETION, done: true })
    expect(await stream.next()).toEqual({ value: undefined, done: true })
    expect(seen.starts).toBe(0)
  })

  test('by break', async () => {
    const { stream, seen, give } = source()
    queueMicrotask(() => give('a'))
    for await (const text of stream) {
      expect(text).toBe('a')
      break
    }
    expect(seen).toMatchObject({ asked: 1, left: 1 })
  })
})

test('it has what the platform gives to every async generator', () => {
  const { stream } = source()
  const generator = (async function* () {})()
  expect(Symbol.asyncDispose in stream).toBe(Symbol.asyncDispose in generator)
  expect(stream[Symbol.asyncIterator]()).toBe(stream)
})
