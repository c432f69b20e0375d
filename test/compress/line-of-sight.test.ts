import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineOfSight } from '../../src/compress/line-of-sight.ts'

const MAP = ['.....', '..#..', '.....']
const blocked = (x: number, y: number) => MAP[y]?.[x] === '#'

test.each([
  ['along a row', { x: 0, y: 0 }, { x: 4, y: 0 }, true],
  ['through a wall', { x: 0, y: 1 }, { x: 4, y: 1 }, false],
  ['beside the wall', { x: 0, y: 0 }, { x: 1, y: 2 }, true],
  ['the wall itself', { x: 0, y: 1 }, { x: 2, y: 1 }, true],
  ['out of it', { x: 2, y: 1 }, { x: 2, y: 2 }, true],
  ['here', { x: 1, y: 1 }, { x: 1, y: 1 }, true],
  ['nowhere', { x: 1, y: 1 }, { x: Number.NaN, y: 1 }, false],
])('%s', (_, a, b, seen) => expect(lineOfSight(a, b, blocked)).toBe(seen))

test('whoever is seen sees', () => {
  const cell = fc.record({ x: fc.integer({ min: 0, max: 12 }), y: fc.integer({ min: 0, max: 12 }) })
  fc.assert(
    fc.property(cell, cell, fc.array(cell, { maxLength: 40 }), (a, b, walls) => {
      const wall = (x: number, y: number) => walls.some(cell => cell.x === x && cell.y === y)
      expect(lineOfSight(a, b, wall)).toBe(lineOfSight(b, a, wall))
    }),
  )
})
