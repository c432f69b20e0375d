import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EscapeReader } from '../../src/parser/escape-reader.ts'

test('what a string says is the same wherever it is cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 5 }), (text, size) => {
      const escaped = `${JSON.stringify(text).slice(1)} and more`
      const reader = new EscapeReader(34)
      let read = ''
      let at = 0
      while (!reader.ended) at += reader.read(escaped.slice(at, at + size), part => (read += part))
      expect(read).toBe(text)
      expect(escaped.slice(at)).toBe(' and more')
    }),
  )
})

test.each([
  ['\\x41', '\\x41'],
  ['\\u12g4', '\\u12g4'],
  ["\\'", "'"],
])('%s is read as %s', (escaped, expected) => {
  let read = ''
  new EscapeReader(-1).read(escaped, part => (read += part))
  expect(read).toBe(expected)
})
