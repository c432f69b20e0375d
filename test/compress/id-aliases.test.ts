import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aliasIds, renameIn, wordsOf } from '../../src/compress/id-aliases.ts'

const aliasesOf = (ids: readonly string[], taken: readonly string[] = [], kept?: ReadonlyMap<string, string>) =>
  Object.fromEntries(aliasIds(new Set(ids), new Set(taken), kept))

test('a short name is the first letter and the number', () =>
  expect(aliasesOf(['goblin-archer-0017', 'captain_3'])).toEqual({ 'goblin-archer-0017': 'g17', captain_3: 'c3' }))

test('what two ids would be called, neither is', () =>
  expect(aliasesOf(['goblin-archer-7', 'guard-captain-7'])).toEqual({
    'goblin-archer-7': 'ga7',
    'guard-captain-7': 'gc7',
  }))

test('a name that is taken is not given', () =>
  expect(aliasesOf(['goblin-archer-7'], ['g7'])).toEqual({ 'goblin-archer-7': 'ga7' }))

test('a name that is kept stays, whoever comes', () =>
  expect(aliasesOf(['goblin-archer-7', 'guard-captain-7'], [], new Map([['goblin-archer-7', 'g7']]))).toEqual({
    'goblin-archer-7': 'g7',
    'guard-captain-7': 'gc7',
  }))

const id = fc.oneof(fc.uuid(), fc.stringMatching(/^[a-c]{1,2}-[a-c]-[0-3]{1,2}$/), fc.stringMatching(/^\w{1,4}$/))

test('names are as many as ids, none is taken, and order decides nothing', () =>
  fc.assert(
    fc.property(fc.uniqueArray(id), fc.array(fc.stringMatching(/^[a-c]{1,2}\d{1,2}$/)), (ids, taken) => {
      const names = aliasesOf(ids, taken)
      expect(new Set(Object.values(names)).size).toBe(ids.length)
      for (const name of Object.values(names)) {
        expect(taken).not.toContain(name)
        expect([...wordsOf(name)]).toEqual([name])
      }
      expect(aliasesOf([...ids].reverse(), taken)).toEqual(names)
    }),
  ))

test.each([
  ['Kill goblin-17, then goblin-17’s chief: goblin-17.', 'Kill g17, then g17’s chief: g17.'],
  ['goblin-171 and xgoblin-17 are others', 'goblin-171 and xgoblin-17 are others'],
])('%s', (text, expected) => expect(renameIn(text, new Map([['goblin-17', 'g17']]))).toBe(expected))
