import { expect, test } from 'vitest'
import { MadeOfFields } from '../../src/compress/made-of-fields.ts'

test('a field is made again only when it holds another value, or was forgotten', () => {
  const made = new MadeOfFields<number>()
  let makes = 0
  const make = () => ++makes
  const [walls, doors] = [[1], [1]]
  expect([made.of('walls', walls, make), made.of('walls', walls, make)]).toEqual([1, 1])
  made.forgetOthers()
  expect([made.of('walls', walls, make), made.of('walls', doors, make)]).toEqual([1, 2])
  made.forgetOthers()
  made.forgetOthers()
  expect(made.of('walls', doors, make)).toBe(3)
})
