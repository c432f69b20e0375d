import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { tinyGguf } from '../../../../e2e/engine/gguf/tiny-gguf.ts'

test('a seed gives the same bytes on every machine', () => {
  const file = tinyGguf(1)
  expect(createHash('sha256').update(file).digest('hex')).toBe(
    'ea361ce24274f1a638326368025f519e6a67712239995ec6813e3fab0c161ee1',
  )
  expect([file.length, file.toString('latin1', 0, 4), file.readUInt32LE(4)]).toEqual([1_311_488, 'GGUF', 3])
})

test('another seed gives other weights in the same frame', () => {
  const [one, two] = [tinyGguf(1), tinyGguf(2)]
  expect(two.length).toBe(one.length)
  expect(two.equals(one)).toBe(false)
})
