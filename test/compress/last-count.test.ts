import { expect, test } from 'vitest'
import { LastCount } from '../../src/compress/last-count.ts'

test('the same text again is not counted again; another one is', () => {
  const counted: string[] = []
  const tokens = new LastCount(text => counted.push(text))
  expect(['', '', 'a', 'a', ''].map(text => tokens.of(text))).toEqual([1, 1, 2, 2, 3])
  expect(counted).toEqual(['', 'a', ''])
})
