import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tokenPieces } from '../../src/compress/token-pieces.ts'

test('the pieces joined are the text', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect(tokenPieces(text).join('')).toBe(text)
    }),
  ))

test.each([
  ['words with the blank before them', 'the guard', ['the', ' guard']],
  ['digits one by one', '12.5', ['1', '2', '.', '5']],
  ['punctuation in runs', '"x":[{', ['"', 'x', '":[', '{']],
  ['an emoji whole', 'a🐉', ['a', '🐉']],
])('%s', (_, text, pieces) => expect(tokenPieces(text)).toEqual(pieces))
