import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ViewItem } from '../../src/compress/agent-view.ts'
import { byDistance, byMention, bySight, rankItems } from '../../src/compress/rank-items.ts'

const at = (id: string, x: number, y = 0): ViewItem => ({ kind: 'enemies', id, data: { x, y } })
const placeOf = ({ data }: ViewItem) => data as { x: number; y: number }
const HERE = { x: 0, y: 0 }
const idsOf = (items: readonly ViewItem[]) => items.map(({ id }) => id)
const wall = (x: number, y: number) => x === 1 && y === 0

test.each([
  ['the nearest first', [byDistance(HERE, placeOf)], ['a', 'b', 'c']],
  ['the visible first', [bySight(HERE, placeOf, wall)], ['c', 'a', 'b']],
  ['the named first', [byMention('kill b', { ally: { aims: 'x' } })], ['b', 'a', 'c']],
  ['one respect among others', [byDistance(HERE, placeOf), bySight(HERE, placeOf, wall)], ['c', 'a', 'b']],
  ['nothing known', [byDistance(HERE, () => undefined)], ['a', 'b', 'c']],
])('%s', (_, respects, order) =>
  expect(idsOf(rankItems([at('c', 8, 8), at('b', 5), at('a', 2)], ...respects))).toEqual(order),
)

test('a priority that the game set counts', () =>
  expect(idsOf(rankItems([at('a', 1), { ...at('b', 9), priority: 2 }], byDistance(HERE, placeOf)))).toEqual(['b', 'a']))

test('the same items in any order give the same list', () => {
  const item = fc.record({
    kind: fc.constantFrom('a', 'b'),
    id: fc.constantFrom('x', 'y'),
    priority: fc.constantFrom(0, 1, Infinity, -Infinity, Number.NaN),
    data: fc.record({ x: fc.constantFrom(0, 1, Number.NaN), y: fc.nat(2) }),
  })
  fc.assert(
    fc.property(fc.array(item), items => {
      const rank = (list: readonly ViewItem[]) => rankItems(list, byDistance(HERE, placeOf))
      expect(rank([...items].reverse())).toEqual(rank(items))
    }),
  )
})
