import { describe, expect, test } from 'vitest'
import { readObject } from '../../src/parser/read-object.ts'

describe('what is mended, and said', () => {
  test.each([
    ['single quotes', `{'a': 'it\\'s "b"'}`, { a: 'it\'s "b"' }, ['read single quotes']],
    ['smart quotes', '{“a”: “b”}', { a: 'b' }, ['read smart quotes']],
    ['keys without quotes', '{a: 1}', { a: 1 }, ['added missing quotes']],
    ['words without quotes', '{"a": Wait}', { a: 'Wait' }, ['added missing quotes']],
    ['Python literals', '{"a": True, "b": None}', { a: true, b: null }, ['read True as true', 'read None as null']],
    ['a trailing comma', '{"a":[1,],}', { a: [1] }, ['left out an extra comma']],
    ['a leading comma', '{,"a":1}', { a: 1 }, ['left out an extra comma']],
    ['a double comma', '{"a":1,,"b":2}', { a: 1, b: 2 }, ['left out an extra comma']],
    ['a missing comma', '{"a":1 "b":2}', { a: 1, b: 2 }, ['added a missing comma or colon']],
    ['a missing colon', '{"a" "b"}', { a: 'b' }, ['added a missing comma or colon']],
    ['raw line breaks and tabs', '{"a":"x\n\ty"}', { a: 'x\n\ty' }, ['escaped a line break or tab in a string']],
    ['escaped apostrophes', `{"a":"it\\'s"}`, { a: "it's" }, ['mended a bad escape']],
    ['unknown escapes', '{"a":"\\x41 \\u12"}', { a: '\\x41 \\u12' }, ['mended a bad escape']],
    ['ellipses', '{"a":1, ...}', { a: 1 }, ['left out an ellipsis', 'added missing quotes']],
    [
      'inner quotes',
      '{"a":"he said "hi" to me"}',
      { a: 'he said "hi" to me' },
      ['added a missing comma or colon', 'added missing quotes'],
    ],
  ])('%s', (_, text, value, repairs) => {
    const read = readObject(text, false)
    expect(read.value).toEqual(value)
    expect('repairs' in read && read.repairs.filter(repair => !repairs.includes(repair))).toEqual([])
    expect('repairs' in read && read.repairs.length).toBeGreaterThan(0)
    expect(readObject(text, true)).toMatchObject({ value: undefined })
  })
})

describe('what must not be mended', () => {
  test.each(['NaN', '-Infinity', 'undefined', '-', '2e', '01', '1_000', '0x1F', '.5', '+5'])('%s', word =>
    expect(readObject(`{"a":${word}}`, false)).toMatchObject({
      value: undefined,
      reason: expect.stringContaining(word),
    }),
  )

  test.each(['{', '{"a":}', '[1]', '"a"', '3', 'null', ''])('%s is no object', text =>
    expect(readObject(text, true).value).toBeUndefined(),
  )
})

test('valid JSON comes out as JSON.parse reads it', () => {
  const text = '{"a":[-0,1e400,9007199254740993,1.50],"b":"\\ud800\\u0000\\/","a\\u0062":{"":[]},"b":2}'
  expect(readObject(text, true)).toEqual({ value: JSON.parse(text), repairs: [] })
})

test('what was mended is looked through for forbidden keys, though the brackets told of no object inside', () => {
  const read = readObject('{"a":{"__proto__":1},}', false, false)
  expect(read).toStrictEqual({ value: { a: {} }, repairs: ['left out an extra comma', 'left out the key __proto__'] })
})
