import { expect, test } from 'vitest'
import { ManualClock } from '../../../src/testing/index.ts'
import { FOREVER_MS, parseGoDuration, WallClock } from '../../../src/testing/ollama/go-time.ts'

test.each([
  [0, '2026-11-21T01:03:00Z'],
  [310, '2026-11-21T01:03:00.31Z'],
  [310.5, '2026-11-21T01:03:00.3105Z'],
  [310.015625, '2026-11-21T01:03:00.310015625Z'],
  [61_000, '2026-11-21T01:04:01Z'],
  [FOREVER_MS, '2319-03-03T00:50:16.854775391Z'],
])('%d ms later it is %s', (ms, expected) => {
  const clock = new ManualClock(5)
  const time = new WallClock(clock, Date.UTC(2026, 10, 21, 1, 3))
  expect(time.rfc3339(5 + ms)).toBe(expected)
  clock.advance(1000)
  expect(time.rfc3339()).toBe('2026-11-21T01:03:01Z')
  expect(time.httpDate()).toBe('Sat, 21 Nov 2026 01:03:01 GMT')
})

test.each([
  ['10m', 600_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['.5s', 500],
  ['250ms', 250],
  ['2us', 0.002],
  ['0', 0],
  ['-1m', -60_000],
  ['+3s', 3000],
])('%s is a duration', (text, ms) => {
  expect(parseGoDuration(text)).toBeCloseTo(ms, 9)
})

test.each([
  ['soon', 'time: invalid duration "soon"'],
  ['', 'time: invalid duration ""'],
  ['-', 'time: invalid duration "-"'],
  ['.s', 'time: invalid duration ".s"'],
  ['5', 'time: missing unit in duration "5"'],
  ['1h5', 'time: missing unit in duration "1h5"'],
  ['5 m', 'time: unknown unit " m" in duration "5 m"'],
  ['5constructor', 'time: unknown unit "constructor" in duration "5constructor"'],
  ['9999999h', 'time: invalid duration "9999999h"'],
])('%j is none', (text, message) => {
  expect(() => parseGoDuration(text)).toThrow(message)
})
