import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fieldText, type JsonObject } from '../../src/compress/compact-json.ts'
import { WrittenFields } from '../../src/compress/written-fields.ts'

/** A list that counts how often it is read. */
function counted(list: readonly number[]) {
  const reads = { count: 0 }
  const value = new Proxy(list, {
    get: (target, key) => {
      if (key === 'length') reads.count += 1
      return Reflect.get(target, key)
    },
  })
  return { value, reads }
}

test('a field is written when it is first asked for, and again only when it holds another value', () => {
  const { value: walls, reads } = counted([1, 2])
  const first = new WrittenFields({ hp: 1, walls })
  expect(reads.count).toBe(0)
  expect([first.of('hp'), first.of('walls')]).toEqual(['1', '[1,2]'])
  const afterFirst = reads.count
  const second = new WrittenFields({ hp: 2, walls }, first)
  const third = new WrittenFields({ foes: [], hp: 3, walls }, second)
  expect([second, third].map(fields => [fields.of('walls'), fields.of('hp')])).toEqual([
    ['[1,2]', '2'],
    ['[1,2]', '3'],
  ])
  expect(reads.count).toBe(afterFirst)
  expect(new WrittenFields({ hp: 3, walls: [1, 2, 3] }, third).of('walls')).toBe('[1,2,3]')
})

const values = [0, 'text', 'of a player', true, null, [1, 2], [[1, 2]], { x: 1 }, [{ x: 1 }, { x: 2 }]] as const
const objects: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', '10', '9', '$untrusted', 'toString', 'with blanks'),
  fc.constantFrom(...values),
)

test('the texts are those of the object, whatever was before and in whichever order they are asked for', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(objects, fc.nat(7), fc.boolean()), { maxLength: 5 }), steps => {
      let before: WrittenFields | undefined
      for (const [object, first, reversed] of steps) {
        const fields: WrittenFields = new WrittenFields(object, before)
        const keys = Object.keys(object)
        const asked = [...keys.slice(first), ...keys.slice(0, first)]
        for (const key of reversed ? asked.reverse() : asked)
          expect(fields.of(key)).toBe(fieldText(key, object[key] ?? null))
        before = fields
      }
    }),
  )
})
