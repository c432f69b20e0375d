import { expect, test } from 'vitest'
import { closeResponse } from '../../src/llm/close-response.ts'

const body = new Blob([]).stream()

test('closes', () => {
  let closed = 0
  closeResponse({ status: 200, headers: {}, body, close: () => void closed++ })
  expect(closed).toBe(1)
})

test('a response that throws instead, or none, is closed as far as can be', () => {
  const close = () => {
    throw new Error('a bug')
  }
  expect(() => closeResponse({ status: 200, headers: {}, body, close })).not.toThrow()
  expect(() => closeResponse(undefined)).not.toThrow()
})
