import { describe, expect, test } from 'vitest'
import { checkedBaseUrl, checkedHeaders } from '../../src/llm/client-options.ts'

describe('the base URL', () => {
  test.each([
    ['http://127.0.0.1:11434', 'http://127.0.0.1:11434'],
    ['http://127.0.0.1:11434/', 'http://127.0.0.1:11434'],
    ['https://games.example/ollama//', 'https://games.example/ollama'],
    ['http://[::1]:11434', 'http://[::1]:11434'],
  ])('%s', (url, checked) => expect(checkedBaseUrl(url)).toBe(checked))

  test.each([
    ['', 'http or https'],
    ['localhost:11434', 'http or https'],
    ['127.0.0.1:11434', 'http or https'],
    ['ftp://games.example', 'http or https'],
    ['http://user:pass@games.example', 'headers'],
    ['http://games.example/?a=1', 'query'],
  ])('%s is refused', (url, words) => expect(() => checkedBaseUrl(url)).toThrow(new RegExp(words)))

  test('a password is not repeated in the error', () =>
    expect(() => checkedBaseUrl('http://user:secret@games.example')).not.toThrow(/secret/))
})

describe('headers', () => {
  test('go out by lower-case name', () =>
    expect(checkedHeaders({ Authorization: 'Bearer x' })).toEqual({ authorization: 'Bearer x' }))
  test('that HTTP can’t carry are refused', () => {
    expect(() => checkedHeaders({ 'a b': 'x' })).toThrow(TypeError)
    expect(() => checkedHeaders({ a: 'x\r\nevil: 1' })).toThrow(TypeError)
  })
})
