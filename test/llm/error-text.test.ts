import { expect, test } from 'vitest'
import { errorTextOf } from '../../src/llm/error-text.ts'

const engine = { error: { code: 400, message: 'too long', type: 'exceed_context_size_error' } }
const wrap = (value: unknown) => JSON.stringify(value)

test.each([
  ['a string', 'boom', 'boom'],
  ['an object with a message', { message: 'boom', type: 'api_error' }, 'boom'],
  ['an object under error', engine, 'too long'],
  ['JSON in a string', wrap(engine), 'too long'],
  ['JSON in a string in an object', { message: wrap(engine) }, 'too long'],
  ['JSON in a string, three times', wrap({ error: wrap({ error: wrap(engine) }) }), 'too long'],
  ['the detail of other servers', { detail: 'boom' }, 'boom'],
  ['text that only looks like JSON', '{oops', '{oops'],
  ['an object without words', { code: 5, type: 'x', more: {} }, 'code 5, type x'],
  ['an empty object', {}, 'an error without a message'],
  ['a list', [1], 'an error without a message'],
  ['a number', 5, '5'],
  ['nothing', null, 'null'],
])('%s', (_, error, text) => expect(errorTextOf(error)).toBe(text))

test('deeper wrapping is left as it is', () => {
  const deep = [1, 2, 3, 4, 5].reduce<unknown>(inner => wrap({ error: inner }), 'boom')
  expect(errorTextOf(deep)).toContain('"error"')
  let bomb: unknown = 'boom'
  for (let i = 0; i < 5000; i++) bomb = { error: bomb }
  expect(errorTextOf(bomb)).toBe('an error without a message')
})
