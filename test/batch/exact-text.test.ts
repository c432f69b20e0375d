import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exactText } from '../../src/batch/exact-text.ts'

/** The same data, made anew with its keys the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, field]) => [key, turned(field)]),
  )
}

const data = fc.jsonValue({ maxDepth: 4 })

test('equal data has equal text, whatever the order of its keys', () => {
  fc.assert(fc.property(data, value => exactText(turned(value)) === exactText(value)))
})

test('text that is equal comes from equal data', () => {
  fc.assert(
    fc.property(data, data, (a, b) => {
      if (exactText(a) === exactText(b)) expect(a).toEqual(b)
    }),
  )
})

test('one digit makes another text', () => {
  fc.assert(
    fc.property(fc.double(), fc.double(), (a, b) => {
      expect(exactText({ at: [1, { x: a }] }) === exactText({ at: [1, { x: b }] })).toBe(Object.is(a, b))
    }),
  )
})

test('what looks alike has texts of its own', () => {
  const alike = [
    1,
    '1',
    1n,
    true,
    'true',
    null,
    'null',
    undefined,
    0,
    -0,
    Number.NaN,
    '',
    [],
    {},
    [[]],
    [{}],
    { a: undefined },
  ]
  expect(new Set(alike.map(exactText)).size).toBe(alike.length)
  expect(exactText(['a,b'])).not.toBe(exactText(['a', 'b']))
  expect(exactText({ 'a":1,"b': 2 })).not.toBe(exactText({ a: 1, b: 2 }))
})

const itself: Record<string, unknown> = {}
itself.me = itself
const named = Object.assign([1], { note: 'hidden' })

test.each([
  ['a function', { f: () => 1 }],
  ['a map', new Map()],
  ['a date', { at: new Date(0) }],
  ['an instance', new (class Guard {})()],
  ['a symbol', Symbol('s')],
  ['a symbol as a name', { [Symbol('s')]: 1 }],
  ['what contains itself', itself],
  ['a list with names', named],
  ['a list with holes', new Array(3)],
  ['a getter that throws', Object.defineProperty({}, 'hp', { enumerable: true, get: () => fail() })],
])('%s has none', (_, value) => expect(exactText(value)).toBeUndefined())

function fail(): never {
  throw new Error('out of bounds')
}
