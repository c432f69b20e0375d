import fc from 'fast-check'
import { expect, test } from 'vitest'
import { framingOf } from '../../../src/testing/ollama/framing.ts'

const text = fc.string({ unit: 'grapheme' })
const framed = (kind: 'crlf' | 'bom' | 'blank-lines' | 'split-characters', line: string, isFirst = false) => {
  const pieces = framingOf({ kind })?.pieces?.(line, isFirst) ?? []
  return { count: pieces.length, text: Buffer.concat(pieces).toString() }
}

test('no piece of a cut character is one by itself, and together they are the text', () => {
  fc.assert(
    fc.property(text, line => {
      const whole = line.toWellFormed()
      const continued = [...Buffer.from(whole)].filter(byte => byte >> 6 === 0b10).length
      expect(framed('split-characters', whole)).toEqual({ count: continued + 1, text: whole })
    }),
  )
})

test('a mark of the byte order is at the start, and nowhere else', () => {
  expect(framed('bom', 'a\n', true).text).toBe('\uFEFFa\n')
  expect(framed('bom', 'b\n').text).toBe('b\n')
})

test('line ends', () => {
  expect(framed('crlf', 'data: a\n\n').text).toBe('data: a\r\n\r\n')
  expect(framed('blank-lines', 'a\n').text).toBe('\na\n\r\n\n')
})

test('other faults change nothing about it', () => {
  expect(framingOf({ kind: 'none' })).toBeUndefined()
  expect(framingOf({ kind: 'stall', afterTokens: 1 })).toBeUndefined()
})
