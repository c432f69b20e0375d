import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  integerAlternatives,
  type NumberBounds,
  numberAlternatives,
} from '../../../src/llm/llama-cpp/number-grammar.ts'
import { patternOf } from './gbnf-pattern.ts'

const pattern = (alternatives: readonly string[]) => patternOf(`root ::= ${alternatives.join(' | ')}`)

function isWithin(value: number, bounds: NumberBounds): boolean {
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = bounds
  return value >= minimum && value <= maximum && value > exclusiveMinimum && value < exclusiveMaximum
}

// The largest integers of all are how zod writes that there is no bound.
const large = fc.integer({ min: Number.MIN_SAFE_INTEGER + 1, max: Number.MAX_SAFE_INTEGER - 1 })
const small = fc.integer({ min: -1200, max: 1200 })

describe('whole numbers', () => {
  test('are exactly those between the bounds', () =>
    fc.assert(
      fc.property(small, small, (a, b) => {
        const bounds = { minimum: Math.min(a, b), maximum: Math.max(a, b) }
        const regexp = pattern(integerAlternatives(bounds))
        for (let value = -1250; value <= 1250; value++)
          expect(regexp.test(String(value)), String(value)).toBe(isWithin(value, bounds))
      }),
      { numRuns: 15 },
    ))

  test('are exactly those between bounds of any size', () =>
    fc.assert(
      fc.property(large, large, large, (a, b, value) => {
        const bounds = { minimum: Math.min(a, b), maximum: Math.max(a, b) }
        const regexp = pattern(integerAlternatives(bounds))
        for (const number of [value, bounds.minimum, bounds.maximum])
          expect(regexp.test(String(number))).toBe(isWithin(number, bounds))
      }),
    ))

  test.each([
    ['nothing', {}, '0 7 -7 999999999 -999999999', '-0 01 1000000000 1.0 1e3 +1'],
    ['what zod writes for any', { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }, '0 -12', '1e9'],
    ['a lower bound', { minimum: 5 }, '5 10 1000000004', '4 -5 0'],
    ['a lower bound that is large', { minimum: 5e12 }, '5000000000000', '4999999999999 9'],
    ['an upper bound', { maximum: -3 }, '-3 -4 -1000000002', '-2 0 3'],
    ['bounds that are excluded', { exclusiveMinimum: 1, exclusiveMaximum: 4 }, '2 3', '1 4'],
    ['bounds between numbers', { minimum: 0.5, maximum: 2.5 }, '1 2', '0 3'],
  ])('with %s', (_, bounds, good, bad) => {
    const regexp = pattern(integerAlternatives(bounds))
    for (const text of good.split(' ')) expect(text).toMatch(regexp)
    for (const text of bad.split(' ')) expect(text).not.toMatch(regexp)
  })

  test('may not exist', () => expect(integerAlternatives({ minimum: 3, maximum: 2 })).toEqual([]))
})

describe('numbers', () => {
  const bound = fc.oneof(
    small,
    fc.integer({ min: -5000, max: 5000 }).map(n => n / 1000),
    fc.double({ min: -50, max: 50, noNaN: true }),
  )

  test('are never outside the bounds, and never infinite', () =>
    fc.assert(
      fc.property(bound, bound, fc.boolean(), (a, b, isExclusive) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)]
        const bounds = isExclusive ? { exclusiveMinimum: low, exclusiveMaximum: high } : { minimum: low, maximum: high }
        const alternatives = numberAlternatives(bounds)
        if (alternatives.length === 0) return
        for (const text of fc.sample(fc.stringMatching(pattern(alternatives)), 8))
          expect(isWithin(Number(text), bounds), `${text} of ${low} to ${high}`).toBe(true)
      }),
      { numRuns: 30 },
    ))

  test.each([
    ['nothing', {}, '0 0.5 -0.25 12.0625 -7', '-0 1e5 1. .5 1.0 00.5'],
    ['more than 0', { exclusiveMinimum: 0 }, '0.0001 0.5 1 3.75', '0 -1 0.0'],
    ['0 to 1', { minimum: 0, maximum: 1 }, '0 1 0.5 0.9999', '1.5 -0.5 2'],
    ['a part of one', { minimum: 0.25, maximum: 0.75 }, '0.5000 0.2600', '0.2 0.8 0 1'],
    ['both signs', { minimum: -1.5, maximum: 1.5 }, '-1.4999 -0.5 0 1.25 1', '-1.75 2 1.6'],
    ['below 0', { maximum: -0.5 }, '-0.75 -1 -3.5', '0 -0.25 1'],
  ])('with %s', (_, bounds, good, bad) => {
    const regexp = pattern(numberAlternatives(bounds))
    const text = (value: string) => [value, padded(value)]
    for (const value of good.split(' '))
      expect(
        text(value).some(form => regexp.test(form)),
        value,
      ).toBe(true)
    for (const value of bad.split(' '))
      expect(
        text(value).some(form => regexp.test(form)),
        value,
      ).toBe(false)
  })
})

/** Beside a bound that is no whole number every place is written. */
function padded(value: string): string {
  return value.includes('.') && !value.endsWith('.') ? value.padEnd(value.indexOf('.') + 5, '0') : value
}
