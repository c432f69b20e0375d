import { expect, test } from 'vitest'
import { messagesOf } from '../src/prompt.ts'

test('a string is one user message', () => expect(messagesOf('hi')).toEqual([{ role: 'user', content: 'hi' }]))

test('a conversation is itself', () => {
  const messages = [{ role: 'system', content: 'rules' }] as const
  expect(messagesOf(messages)).toBe(messages)
})
