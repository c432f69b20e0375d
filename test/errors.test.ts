import { expect, test } from 'vitest'
import { LlmError, type LlmErrorCode, messageOf } from '../src/errors.ts'

test.each<[LlmErrorCode, boolean]>([
  ['unreachable', true],
  ['forbidden', false],
  ['bad-request', false],
  ['model-missing', false],
  ['overloaded', true],
  ['server-error', true],
  ['protocol', true],
  ['truncated', true],
  ['empty-reply', true],
  ['timeout-first-text', true],
  ['timeout-idle', true],
  ['timeout-total', false],
  ['aborted', false],
])('%s: may be tried again: %s', (code, retryable) => expect(new LlmError(code, '').retryable).toBe(retryable))

test('what is known of the failure stays with it', () => {
  const cause = new Error('reset')
  const error = new LlmError('timeout-idle', 'silent', { cause, partialText: '{"pl', limitMs: 100, elapsedMs: 120 })
  expect(error).toMatchObject({
    name: 'LlmError',
    message: 'silent',
    cause,
    partialText: '{"pl',
    limitMs: 100,
    elapsedMs: 120,
  })
  expect(error).toBeInstanceOf(Error)
})

test('an undefined reason of an abort is still its cause', () =>
  expect('cause' in new LlmError('aborted', '', { cause: undefined })).toBe(true))

test.each<[string, unknown, string]>([
  ['an error', new Error('no path'), 'no path'],
  ['a string', 'no path', 'no path'],
  ['nothing', undefined, 'undefined'],
  ['a symbol', Symbol('x'), 'Symbol(x)'],
  ['an error without a message', Object.assign(new Error('x'), { message: undefined }), 'undefined'],
  ['an object that cannot become a string', Object.create(null), 'something without a message'],
])('%s, when thrown, has words', (_, thrown, words) => expect(messageOf(thrown)).toBe(words))
