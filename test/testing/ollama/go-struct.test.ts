import { expect, test } from 'vitest'
import { readChatRequest, readGenerateRequest } from '../../../src/testing/ollama/generation-request.ts'

test('fields are matched whatever their case; unknown ones and null are ignored', () => {
  expect(readChatRequest({ MODEL: 'm', Stream: false, options: null, banana: 1, constructor: 2 })).toEqual({
    model: 'm',
    stream: false,
  })
  expect(readChatRequest(null)).toEqual({})
})

test('roles are lower-cased', () => {
  expect(readChatRequest({ messages: [{ role: 'User', content: 'x' }, {}] }).messages).toEqual([
    { role: 'user', content: 'x' },
    { role: '', content: '' },
  ])
})

test.each([
  [5, 'json: cannot unmarshal number into Go value of type api.ChatRequest'],
  [[], 'json: cannot unmarshal array into Go value of type api.ChatRequest'],
  [{ model: true }, 'json: cannot unmarshal bool into Go struct field ChatRequest.model of type string'],
  [{ stream: 'no' }, 'json: cannot unmarshal string into Go struct field ChatRequest.stream of type bool'],
  [
    { options: [] },
    'json: cannot unmarshal array into Go struct field ChatRequest.options of type map[string]interface {}',
  ],
  [{ messages: [5] }, 'json: cannot unmarshal number into Go struct field ChatRequest.messages of type api.Alias'],
  [
    { messages: [{ content: 1 }] },
    'json: cannot unmarshal number into Go struct field ChatRequest.messages.content of type string',
  ],
  [
    { top_logprobs: 1.5 },
    'json: cannot unmarshal number 1.5 into Go struct field ChatRequest.top_logprobs of type int',
  ],
  [{ keep_alive: {} }, `Unsupported type: 'map[string]interface {}'`],
  [{ keep_alive: '5' }, 'time: missing unit in duration "5"'],
  [{ think: 5 }, 'think must be a boolean or string ("high", "medium", "low", "max", true, or false)'],
])('%j is refused in the words of Go', (value, message) => {
  expect(() => readChatRequest(value)).toThrow(new Error(message))
})

test('the struct is named', () => {
  expect(() => readGenerateRequest({ prompt: {} })).toThrow('Go struct field GenerateRequest.prompt of type string')
})
