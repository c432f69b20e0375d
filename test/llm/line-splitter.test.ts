import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LineSplitter } from '../../src/llm/line-splitter.ts'

const utf8 = new TextEncoder()

function split(pieces: readonly Uint8Array[], maxLineBytes = 1000): string[] {
  const splitter = new LineSplitter(maxLineBytes)
  return [...pieces.flatMap(piece => splitter.push(piece)), ...splitter.end()]
}

describe('lines from bytes', () => {
  test.each([
    ['LF', 'a\nb\n', ['a', 'b']],
    ['CRLF', 'a\r\nb\r\n', ['a', 'b']],
    ['a last line without its end', 'a\nb', ['a', 'b']],
    ['a last line that ends in CR', 'a\nb\r', ['a', 'b']],
    ['blank lines', '\n\na\n\r\n  \nb\n\n', ['a', 'b']],
    ['a BOM at the start', '\uFEFFa\nb', ['a', 'b']],
    ['a BOM anywhere else is a character', '\n\uFEFFa\n\uFEFFb', ['\uFEFFa', '\uFEFFb']],
    ['a CR inside a line', 'a\rb\n', ['a\rb']],
    ['nothing', '', []],
  ])('%s, however it is cut', (_, text, lines) => {
    const bytes = utf8.encode(text)
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(split([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(lines)
    }
    expect(split(Array.from(bytes, byte => Uint8Array.of(byte)))).toEqual(lines)
  })

  test('the cuts never matter', () => {
    const text = fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('😀', '\n', '\r\n', '\uFEFF', 'é')))
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (parts, sizes) => {
        const bytes = utf8.encode(parts.join(''))
        const pieces: Uint8Array[] = []
        for (let start = 0, i = 0; start < bytes.length; i++) {
          const size = sizes[i % sizes.length] ?? 1
          pieces.push(bytes.slice(start, start + size))
          start += size
        }
        expect(split(pieces)).toEqual(split([bytes]))
      }),
    )
  })

  test('bytes that are no UTF-8 become U+FFFD and cost no line', () => {
    expect(split([Uint8Array.of(0x61, 0xff, 0x62, 0x0a, 0x63, 0xf0, 0x9f)])).toEqual(['a\uFFFDb', 'c\uFFFD'])
  })
})

describe('the limit on a line', () => {
  test.each([
    ['in one piece', ['ab\n123456789\nc\n']],
    ['in pieces', ['ab\n1234', '56789', '\nc\n']],
    ['that never ends', ['ab\n', '1234', '56789', 'x', 'x']],
  ])('is kept for a line %s; the lines before it are good', (_, pieces) => {
    const splitter = new LineSplitter(8)
    expect(pieces.flatMap(piece => splitter.push(utf8.encode(piece)))).toEqual(['ab'])
    expect(splitter.overflowed).toBe(true)
    expect(splitter.end()).toEqual([])
  })

  test('counts bytes, and a long piece may hold many short lines', () => {
    expect(split([utf8.encode('éééé\n'.repeat(100))], 8)).toHaveLength(100)
    expect(split([utf8.encode(`${'éééé\n'.repeat(100)}ééééé\nlate\n`)], 8)).toHaveLength(100)
  })

  test('a line that is too long behind one that is over is noticed with it', () => {
    const splitter = new LineSplitter(8)
    expect(splitter.push(utf8.encode('a\n123456789'))).toEqual(['a'])
    expect(splitter.overflowed).toBe(true)
  })

  test('a line of exactly that length is fine', () => {
    const splitter = new LineSplitter(8)
    expect(splitter.push(utf8.encode('12345678\n'))).toEqual(['12345678'])
    expect(splitter.overflowed).toBe(false)
  })
})

test('a megabyte in one line, 16 bytes at a time, is no more work than its length', () => {
  const splitter = new LineSplitter(2 ** 21)
  const piece = utf8.encode('0123456789abcdef')
  const startedAt = performance.now()
  for (let i = 0; i < 2 ** 16; i++) splitter.push(piece)
  expect(splitter.end()[0]?.length).toBe(2 ** 20)
  // Quadratic, this takes half a minute; linear, a few hundredths of a second.
  expect(performance.now() - startedAt).toBeLessThan(3000)
})
