import { expect, test } from 'vitest'
import { LlmError } from '../../src/errors.ts'
import { CallTime } from '../../src/llm/call-time.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'

const COMPLETION = {
  text: 'a',
  finishReason: 'stop',
  usage: {},
  timings: { firstTextMs: 5, totalMs: 9, loadMs: 1 },
} as const

function after(ms: number, covered: ConstructorParameters<typeof CallTime>[3]) {
  const clock = new ManualClock(1_000)
  const options = { timeouts: { idleMs: 40, totalMs: 500 } }
  const time = new CallTime(clock, options, { timeouts: { firstTextMs: 300, totalMs: 900 } }, covered)
  clock.advance(ms)
  return { clock, time, handedOn: time.handOn() }
}

test('the call’s own timeouts come before the client’s; what is covered is handed on as what is left', () => {
  expect(after(0, ['totalMs']).handedOn).toEqual({ idleMs: 40, totalMs: 500 })
  expect(after(120, ['totalMs']).handedOn).toEqual({ idleMs: 40, totalMs: 380 })
  expect(after(120, ['totalMs', 'firstTextMs']).handedOn).toEqual({ idleMs: 40, totalMs: 380, firstTextMs: 180 })
  expect(after(900, ['totalMs']).handedOn).toEqual({ idleMs: 40, totalMs: 1 })
  expect(after(120, ['totalMs']).time.leftMs).toBe(380)
})

test('no limit stays none', () => {
  const time = new CallTime(new ManualClock(), { timeouts: { totalMs: Infinity } }, undefined, ['totalMs'])
  expect(time.handOn()).toEqual({ totalMs: Infinity })
})

test('a completion is told as the caller saw it; the server’s own figures stay', () => {
  expect(after(0, ['totalMs']).time.completion(COMPLETION)).toBe(COMPLETION)
  expect(after(100, ['totalMs']).time.completion(COMPLETION).timings).toEqual({
    firstTextMs: 105,
    totalMs: 109,
    loadMs: 1,
  })
})

test('a deadline that is covered is told with what was configured; every other failure is as it is', () => {
  const { time } = after(100, ['totalMs'])
  const total = new LlmError('timeout-total', 'late', { limitMs: 400, elapsedMs: 401, partialText: 'a' })
  expect(time.failure(total, 'waiting')).toMatchObject({
    message: 'late, after 100 ms waiting',
    limitMs: 500,
    elapsedMs: 501,
    partialText: 'a',
    cause: total,
  })
  for (const other of [new LlmError('timeout-idle', 'x'), new LlmError('truncated', 'x'), new TypeError('x')]) {
    expect(time.failure(other, 'waiting')).toBe(other)
  }
  expect(after(0, ['totalMs']).time.failure(total, 'waiting')).toBe(total)
})

test('limits that can’t work are refused', () =>
  expect(() => new CallTime(new ManualClock(), { timeouts: { totalMs: 0 } }, undefined, [])).toThrow(RangeError))
