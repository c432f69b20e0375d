import { expect, test } from 'vitest'
import { TextQueue } from '../../../src/llm/llama-cpp/text-queue.ts'

test('hands over together what arrived together, and the end behind it', async () => {
  const queue = new TextQueue<number>()
  queue.push('a')
  queue.push('')
  queue.push('b')
  queue.end(7)
  expect([await queue.next(), await queue.next(), await queue.next()]).toEqual([{ text: 'ab' }, { end: 7 }, { end: 7 }])
})

test.each([
  ['text', (queue: TextQueue<number>) => queue.push('late'), { text: 'late' }],
  ['the end', (queue: TextQueue<number>) => queue.end(7), { end: 7 }],
])('a reader that waits gets %s', async (_, happen, expected) => {
  const queue = new TextQueue<number>()
  const next = queue.next()
  queue.push('')
  happen(queue)
  expect(await next).toEqual(expected)
})

test('a failure comes behind the text too, and the first outcome stands', async () => {
  const queue = new TextQueue<number>()
  queue.push('half')
  queue.fail('broken')
  queue.end(7)
  expect(await queue.next()).toEqual({ text: 'half' })
  await expect(queue.next()).rejects.toBe('broken')
})
