import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NormalForm, quantise, sameJson } from '../../src/compress/normal-form.ts'
import { plainJson } from '../../src/compress/plain-json.ts'

const form = new NormalForm({ decimals: { pos: 1, heading: 0 }, defaults: { morale: 1, cooldowns: {}, tags: [] } })
const normal = (value: unknown) => plainJson(value, () => {}, form)

test.each<[string, unknown, unknown]>([
  ['a field', { heading: 89.6 }, { heading: 90 }],
  ['what is inside it', { pos: { x: 1.234, y: [-0.04] } }, { pos: { x: 1.2, y: [0] } }],
  ['an entry of its own goes before', { pos: { heading: 1.5, x: 1.25 } }, { pos: { heading: 2, x: 1.3 } }],
  ['other numbers stay', { hp: 0.1 + 0.2, pos: 1.11 }, { hp: 0.30000000000000004, pos: 1.1 }],
  ['usual values are left out', { morale: 1, cooldowns: {}, tags: [], hp: 1 }, { hp: 1 }],
  [
    'unusual ones are not',
    { morale: 0.5, cooldowns: { a: 1 }, tags: [[]] },
    { morale: 0.5, cooldowns: { a: 1 }, tags: [[]] },
  ],
])('%s', (_, value, expected) => expect(normal(value)).toEqual(expected))

test.each([-1, 1.5, 16, Number.NaN])('%s decimals are a RangeError', places =>
  expect(() => new NormalForm({ decimals: { x: places } })).toThrow(RangeError),
)

test('two numbers a digit apart that matter stay apart', () => expect(quantise(1.24, 1)).not.toBe(quantise(1.26, 1)))

test.each([
  [{ a: 1, b: [2] }, { b: [2], a: 1 }, true],
  [{ a: 1 }, { a: 1, b: 1 }, false],
  [[1], { 0: 1 }, false],
  [null, {}, false],
  ['1', 1, false],
])('%j is %j: %s', (a, b, same) => expect(sameJson(a, b)).toBe(same))

const decimal = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -1e4, max: 1e4, noNaN: true }),
  fc.tuple(fc.integer(), fc.nat(15)).map(([digits, places]) => Number(`${digits}e-${places}`)),
  fc.tuple(fc.integer({ min: -99_999, max: 99_999 }), fc.nat(4)).map(([n, places]) => (n + 0.5) / 10 ** places),
)
test('numbers are rounded as the platform does it', () =>
  fc.assert(
    fc.property(decimal, fc.nat(15), (value, places) => {
      expect(quantise(value, places)).toBe(Number(value.toFixed(places)) + 0)
    }),
    { numRuns: 20_000 },
  ))
