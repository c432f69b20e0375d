import { expect, test } from 'vitest'
import { joinedRepairs } from '../../src/parser/joined-repairs.ts'

test('both lists in order, and no copy where one of them says it all', () => {
  const some = ['a']
  expect(joinedRepairs(some, ['b'])).toEqual(['a', 'b'])
  expect(joinedRepairs(some, [])).toBe(some)
  expect(joinedRepairs([], some)).toBe(some)
})
