import fc from 'fast-check'
import { expect, test } from 'vitest'
import { goJson, nanoseconds } from '../../../src/testing/ollama/go-json.ts'

test.each([
  ['<tool_call>', '"\\u003ctool_call\\u003e"'],
  ['a & b', '"a \\u0026 b"'],
  ['\u2028\u2029', '"\\u2028\\u2029"'],
  ['ä 🏰', '"ä 🏰"'],
  ['\ud83c', '"\\ufffd"'],
  ['x\udff0y', '"x\\ufffdy"'],
  ['\\ud83c', '"\\\\ud83c"'],
  ['\\\ud83c', '"\\\\\\ufffd"'],
  ['\b\f\n\u0001', '"\\b\\f\\n\\u0001"'],
])('%j is written as Go writes it', (text, expected) => {
  expect(goJson(text)).toBe(expected)
})

test('a field without a value is left out', () => {
  expect(goJson({ a: 1, b: undefined, c: '' })).toBe('{"a":1,"c":""}')
})

test('whatever is well-formed reads back as it was', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      value => void expect(JSON.parse(goJson(value))).toEqual(JSON.parse(JSON.stringify(value))),
    ),
  )
})

test('a duration is whole nanoseconds, and never nothing', () => {
  expect([0, 1.5, 0.0000015].map(nanoseconds)).toEqual([1, 1_500_000, 2])
})
