import fc from 'fast-check'
import { expect, test } from 'vitest'
import { changeText } from '../../src/compress/change-text.ts'
import type { Json } from '../../src/world.ts'
import { changed } from './read-prompt.ts'

const ID_KEYS = new Set(['id', 'target'])
const long = Array.from({ length: 9 }, (_, i) => ({ id: i, hp: 10, x: 4 }))

test.each<[string, Json | undefined, Json | undefined, string | undefined]>([
  ['nothing', { hp: 1 }, { hp: 1 }, undefined],
  ['a field', { hp: 1, at: 2 }, { hp: 3, at: 2 }, '{hp:3}'],
  ['a field that is gone', { hp: 1, at: 2 }, { at: 2 }, '{hp:-}'],
  ['a field far down', { a: { b: { c: 1, d: 1 } } }, { a: { b: { c: 2, d: 1 } } }, '{a:{b:{c:2}}}'],
  ['everything', { hp: 1 }, undefined, '-'],
  ['what was not there', undefined, { hp: 1 }, '{hp:1}'],
  ['a word that looks like a sign', 'a', '-', '"-"'],
  ['rows, by their ids', long, long.map(row => (row.id === 7 ? { ...row, hp: 2 } : row)), '~[id,hp|7,2]'],
  ['a row that is gone', long, long.filter(row => row.id !== 3), '-[id|3]'],
  ['a row that is new', long, [...long, { id: 9, x: 1 }], '~[id,x|9,1]'],
  ['a cell that is gone', long, long.map(row => (row.id === 7 ? { id: 7, hp: 10 } : row)), '~[id,x|7,-]'],
  [
    'items',
    [
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ],
    [
      [1, 2],
      [5, 6],
      [7, 8],
      [9, 9],
    ],
    '-[[3,4]]+[[9,9]]',
  ],
  ['a list in another order', [1, 2, 3], [3, 2, 1], '[3,2,1]'],
])('%s', (_, before, now, expected) => expect(changeText(before, now, ID_KEYS)).toBe(expected))

const json = fc.jsonValue({ maxDepth: 3 }).map(value => JSON.parse(JSON.stringify(value)) as Json)
const id = fc.oneof(fc.nat(6), fc.constantFrom('a', 'b', '-', '3', ''))
const row = fc.record({ id, target: id, hp: fc.nat(3), to: json }, { requiredKeys: ['id'] })
const rows = fc.uniqueArray(row, { maxLength: 7, selector: ({ id }) => id })
const cells = fc.uniqueArray(fc.tuple(fc.nat(4), fc.nat(4)), { selector: String })
const value = fc.oneof(
  json,
  rows,
  cells,
  fc.array(row),
  fc.record({ rows, cells, hp: fc.nat(2) }, { requiredKeys: [] }),
)
const values: fc.Arbitrary<Json | undefined> = fc.oneof(value, fc.constant(undefined))
/** A list and what is left of it, so that changes are often small. */
const lists = fc
  .tuple(fc.oneof(rows, cells), fc.array(fc.boolean()), fc.oneof(rows, cells))
  .map(([list, keep, more]): [Json, Json] => [list, [...list.filter((_, i) => keep[i] ?? true), ...more]])

test('a change read back turns what was into what is', () =>
  fc.assert(
    fc.property(fc.oneof(fc.tuple(values, values), lists), ([before, now]) => {
      const text = changeText(before, now, ID_KEYS)
      expect(text === undefined ? before : changed(before, text)).toEqual(now)
    }),
    { numRuns: 400 },
  ))
