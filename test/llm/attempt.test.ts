import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { Attempt } from '../../src/llm/attempt.ts'

const never = new Promise<never>(() => {})

describe('a wait', () => {
  test('gives what it waited for', async () => {
    const attempt = new Attempt()
    expect(await attempt.wait(Promise.resolve(1))).toBe(1)
    await expect(attempt.wait(Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    expect(await attempt.wait(Promise.resolve(2))).toBe(2)
  })

  test('ends with the attempt, even when what it waits for never settles', async () => {
    const attempt = new Attempt()
    const waiting = attempt.wait(never)
    attempt.abort('why')
    await expect(waiting).rejects.toThrow('aborted')
    expect(attempt.cause).toBe('why')
    expect(attempt.signal.aborted).toBe(true)
  })

  test('of an attempt that is over rejects, and what it waited for may fail unheard', async () => {
    const attempt = new Attempt()
    attempt.abort('why')
    await expect(attempt.wait(Promise.reject(new Error('late')))).rejects.toThrow()
    await expect(attempt.wait(never)).rejects.toThrow('aborted')
  })
})

test('whoever is to be told is told once, beside a wait, and not after the end', async () => {
  const attempt = new Attempt()
  let told = 0
  attempt.whenAborted(() => told++)
  const waiting = attempt.wait(never)
  attempt.abort('why')
  attempt.abort('again')
  expect(told).toBe(1)
  await expect(waiting).rejects.toThrow('aborted')
  attempt.whenAborted(() => told++)
  expect(told).toBe(2)

  const ended = new Attempt()
  ended.whenAborted(() => told++)
  ended.end()
  ended.abort('late')
  expect(told).toBe(2)
})

describe("the caller's signal", () => {
  test.each([
    ['an error', new Error('the level was left')],
    ['a string', 'the level was left'],
    ['nothing', null],
  ])('ends the attempt, and %s as its reason is kept as it is', (_, reason) => {
    const caller = new AbortController()
    const attempt = new Attempt()
    attempt.begin(caller.signal)
    caller.abort(reason)
    expect(attempt.aborted).toBe(true)
    expect(attempt.cause).toBe(reason)
  })

  test('may be aborted before it begins', () => {
    const attempt = new Attempt()
    attempt.begin(AbortSignal.abort('early'))
    expect(attempt.cause).toBe('early')
  })

  test('has no listener left after the end, and no influence', () => {
    const caller = new AbortController()
    const attempt = new Attempt()
    attempt.begin(caller.signal)
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(1)
    attempt.end()
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
    caller.abort()
    expect(attempt.aborted).toBe(false)
  })
})

test('the first reason stands', () => {
  const attempt = new Attempt()
  attempt.abort('first')
  attempt.abort('second')
  expect(attempt.cause).toBe('first')
})

describe('the signal', () => {
  test('of an attempt that is over is aborted, also when it is first asked for then', () => {
    const attempt = new Attempt()
    attempt.abort('why')
    expect(attempt.signal.aborted).toBe(true)
    expect(attempt.signal.reason).toMatchObject({ name: 'AbortError' })
    expect(attempt.signal).toBe(attempt.signal)
  })

  test('asked for before is aborted with the attempt', () => {
    const attempt = new Attempt()
    const { signal } = attempt
    expect(signal.aborted).toBe(false)
    attempt.abort('why')
    expect([signal.aborted, attempt.signal === signal]).toEqual([true, true])
  })
})

test('an attempt whose stream is left says so to whoever asks, in the same words each time', () => {
  const attempt = new Attempt()
  attempt.leave()
  expect(attempt.aborted).toBe(true)
  expect(attempt.cause).toMatchObject({ name: 'AbortError', message: 'the stream was left before its end' })
  expect(attempt.cause).toBe(attempt.cause)
  const before = new Attempt()
  before.abort('why')
  before.leave()
  expect(before.cause).toBe('why')
})
