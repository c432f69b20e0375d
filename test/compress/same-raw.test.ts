import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainJson } from '../../src/compress/plain-json.ts'
import { sameRaw } from '../../src/compress/same-raw.ts'

class Health {
  readonly #hp: number
  constructor(hp: number) {
    this.#hp = hp
  }
  toJSON() {
    return this.#hp
  }
}
const loop = (): object => {
  const list: unknown[] = []
  list.push(list)
  return list
}

test.each<[string, unknown, unknown, boolean]>([
  ['fields in any order', { a: 1, b: [2, { c: null }] }, { b: [2, { c: null }], a: 1 }, true],
  ['one digit', { a: [{ hp: 11 }] }, { a: [{ hp: 12 }] }, false],
  ['a field more', { a: 1 }, { a: 1, b: undefined }, false],
  ['a list and an object', [1], { 0: 1 }, false],
  ['objects with more to say', { hp: new Health(1) }, { hp: new Health(1) }, false],
  ['maps', new Map([[1, 2]]), new Map([[1, 2]]), false],
  ['numbers without a value', [Number.NaN], [Number.NaN], false],
  ['what contains itself', loop(), loop(), false],
])('%s', (_, a, b, same) => expect(sameRaw(a, b)).toBe(same))

test('what is the same is the same as JSON', () =>
  fc.assert(
    fc.property(fc.anything({ maxDepth: 3 }), fc.anything({ maxDepth: 3 }), (a, b) => {
      const json = (value: unknown) => JSON.stringify(plainJson(value, () => {}))
      expect(sameRaw(structuredCloneOf(a), a)).toSatisfy(same => !same || json(a) === json(structuredCloneOf(a)))
      if (sameRaw(a, b)) expect(plainJson(a, () => {})).toEqual(plainJson(b, () => {}))
    }),
  ))

function structuredCloneOf(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch {
    return value
  }
}
