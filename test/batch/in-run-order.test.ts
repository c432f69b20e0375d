import { expect, test } from 'vitest'
import { inRunOrder } from '../../src/batch/in-run-order.ts'
import { ask } from './village.ts'

test.each([
  ['an id twice', [ask('a'), ask('b'), ask('a')], TypeError, 'agent "a" is asked for twice'],
  [
    'an id twice, of another priority',
    [ask('a', { priority: 2 }), ask('b', { priority: 1 }), ask('a')],
    TypeError,
    'agent "a" is asked for',
  ],
  // A caller in JavaScript.
  ['an id that is no string', [ask(7 as unknown as string)], TypeError, 'an agent id is 7: use a string'],
  ['a priority that is no number', [ask('a', { priority: Number.NaN })], RangeError, 'priority is NaN'],
  ['a deadline before now', [ask('a', { deadlineMs: -1 })], RangeError, 'deadlineMs is -1: use 0 or more'],
  ['a deadline that is no number', [ask('a', { deadlineMs: Number.NaN })], RangeError, 'deadlineMs is NaN'],
])('%s is refused', (_, requests, type, message) => {
  expect(() => inRunOrder(requests)).toThrow(type)
  expect(() => inRunOrder(requests)).toThrow(message)
})

test('the caller’s list is left as it was', () => {
  const requests = [ask('b'), ask('a')]
  expect(inRunOrder(requests).map(({ agentId }) => agentId)).toEqual(['a', 'b'])
  expect(requests.map(({ agentId }) => agentId)).toEqual(['b', 'a'])
})
