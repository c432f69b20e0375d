import fc from 'fast-check'
import { expect, test } from 'vitest'
import { float32, normalised, shortest } from '../../../src/testing/ollama/float32.ts'

test('a vector of length 1, in the digits that Go writes', () =>
  // From a real server.
  expect(normalised([0.1, 0.2, 0.3]).map(shortest)).toEqual([0.26726124, 0.5345225, 0.8017837]))

test('numbers of half the precision, in all their digits', () =>
  expect([0.1, 0.2, 0.3].map(float32)).toEqual([0.10000000149011612, 0.20000000298023224, 0.30000001192092896]))

test('zeros stay', () => expect(normalised([0, 0])).toEqual([0, 0]))

test('the shortest number is the same one', () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), value => {
      expect(float32(shortest(value)) - value).toBe(0)
      expect(String(shortest(value)).length).toBeLessThanOrEqual(String(value).length)
    }),
  )
})
