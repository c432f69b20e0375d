import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PlainCopier, plainJson } from '../../src/compress/plain-json.ts'

function plain(value: unknown) {
  const refused: string[] = []
  return [plainJson(value, (path, reason) => refused.push(`${path}: ${reason}`)), refused]
}

const cycle: Record<string, unknown> = { name: 'loop' }
cycle.self = cycle
const deep = Array.from({ length: 40 }).reduce<unknown>(inner => [inner], 'bottom')
const twice = { hp: 1 }
const holed = Object.assign([1], { 2: 2 })

test.each<[string, unknown, unknown, string[]]>([
  ['plain values', { a: [1, 'x', true, null] }, { a: [1, 'x', true, null] }, []],
  ['minus zero, as JSON does', [-0], [0], []],
  ['functions and nothing, left out', { act() {}, none: undefined, a: 1 }, { a: 1 }, []],
  ['nothing in a list', [undefined], [null], []],
  ['a hole in a list', holed, [1, null, 2], []],
  ['toJSON', { at: { toJSON: () => 'noon' } }, { at: 'noon' }, []],
  ['one object seen twice', [twice, twice], [{ hp: 1 }, { hp: 1 }], []],
  ['a number without a value', { hp: Number.NaN }, { hp: null }, ['hp: NaN is not a JSON number']],
  ['a bigint', { gold: [1n] }, { gold: [null] }, ['gold[0]: a bigint is not a JSON number']],
  ['a cycle', cycle, { name: 'loop', self: null }, ['self: it contains itself']],
  ['a map', { seen: new Map() }, { seen: null }, ['seen: a map or set has no fields: list its entries']],
  ['nothing at all', undefined, null, []],
])('%s', (_, value, expected, refused) => expect(plain(value)).toEqual([expected, refused]))

test('what is too deep is cut, and said so', () => {
  const [value, refused] = plain(deep)
  expect(JSON.stringify(value)).toBe(`${'['.repeat(32)}null${']'.repeat(32)}`)
  expect(refused).toEqual([`${'[0]'.repeat(32)}: deeper than 32`])
})

test('a key called __proto__ stays a key', () =>
  expect(JSON.stringify(plain(JSON.parse('{"__proto__":{"hp":9}}'))[0])).toBe('{"__proto__":{"hp":9}}'))

test('a dozen who all know each other are not written along every way that there is', () => {
  let reads = 0
  const party: object[] = Array.from({ length: 12 }, (_, self) => ({
    get friends() {
      reads += 1
      // Ends what would go on for hours, so that a broken limit fails the test and does not hang it.
      if (reads > 100_000) throw new Error('endless')
      return party.filter((_, other) => other !== self)
    },
  }))
  const [value, refused] = plain(party[0])
  expect(value).toEqual({ friends: expect.any(Array) })
  expect(refused).toContainEqual(expect.stringMatching(/: more than 10000 objects$/))
  expect(plain({ hp: 1 })[1]).toEqual([])
})

const values = fc.anything({
  maxDepth: 3,
  withBigInt: true,
  withMap: true,
  withNullPrototype: true,
  withSparseArray: true,
})
test('a copy beside a kept one is the copy that there would be without, and what is equal is the kept one', () =>
  fc.assert(
    fc.property(values, values, (before, now) => {
      const copier = new PlainCopier()
      const kept = copier.copy(before, () => {})
      const losses: string[][] = [[], []]
      const alone = plainJson(now, (path, reason) => losses[0]?.push(path, reason))
      const copy = copier.copy(now, (path, reason) => losses[1]?.push(path, reason), kept)
      expect(JSON.stringify(copy)).toBe(JSON.stringify(alone))
      expect(losses[1]).toEqual(losses[0])
      expect(copier.copy(now, () => {}, copy)).toBe(copy)
      expect(copier.copy(before, () => {}, kept)).toBe(kept)
    }),
    { numRuns: 1000 },
  ))

test('fields are in one order, however a game wrote them', () => {
  const fields = Array.from({ length: 40 }, (_, i) => [`f${(i * 7) % 40}`, i] as const)
  for (const some of [fields, fields.slice(0, 9)]) {
    const [one, two] = [some, [...some].reverse()].map(entries => plain(Object.fromEntries(entries))[0])
    expect(JSON.stringify(two)).toBe(JSON.stringify(one))
  }
})

test('a field that somebody gave all objects is nobody’s own, and hides no change', () => {
  const copier = new PlainCopier()
  const kept = copier.copy({ a: 1 }, () => {})
  Object.defineProperty(Object.prototype, 'b', { value: 2, enumerable: true, configurable: true })
  let keys: string[][] = []
  try {
    const copies = [plainJson({ a: 1 }, () => {}), copier.copy(JSON.parse('{"b":2}'), () => {}, kept)]
    keys = copies.map(copy => Object.keys(copy ?? {}))
  } finally {
    Reflect.deleteProperty(Object.prototype, 'b')
  }
  expect(keys).toEqual([['a'], ['b']])
})

test.each(['__proto__', 'constructor', 'toString'])('a field called %s is told from what all objects have', key => {
  const copier = new PlainCopier()
  const kept = copier.copy({ a: {} }, () => {})
  const now = JSON.parse(`{"a":{},"${key}":{}}`)
  expect(JSON.stringify(copier.copy(now, () => {}, kept))).toBe(JSON.stringify(plainJson(now, () => {})))
  const copy = copier.copy(JSON.parse(`{"${key}":{}}`), () => {}, {})
  expect(Object.getOwnPropertyDescriptor(copy, key)?.value).not.toBe(Object.prototype)
})
