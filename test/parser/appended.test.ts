import { expect, test } from 'vitest'
import { appended } from '../../src/parser/appended.ts'

test('the first item makes the list, the others go into the same one', () => {
  const list = appended<number>(undefined, 1)
  expect(appended(list, 2)).toBe(list)
  expect(list).toEqual([1, 2])
})
