import fc from 'fast-check'
import { expect, test } from 'vitest'
import { estimateTokens, tokenPieces } from '../../src/compress/token-pieces.ts'

test('the pieces joined are the text', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect(tokenPieces(text).join('')).toBe(text)
    }),
  ))

test('a text is never estimated at more tokens than bytes, and at none only when empty', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      const tokens = estimateTokens(text)
      expect(tokens).toBeLessThanOrEqual(new TextEncoder().encode(text).length)
      expect(tokens > 0).toBe(text.length > 0)
    }),
  ))

test.each([
  ['words with the blank before them', 'the guard', ['the', ' guard']],
  ['digits one by one', '12.5', ['1', '2', '.', '5']],
  ['punctuation in runs', '"x":[{', ['"', 'x', '":[', '{']],
  ['an emoji whole', 'a🐉', ['a', '🐉']],
])('%s', (_, text, pieces) => expect(tokenPieces(text)).toEqual(pieces))
