import { expect, test } from 'vitest'
import { DEFAULT_STOPS } from '../../../src/testing/ollama/chat-template.ts'
import { readOptions } from '../../../src/testing/ollama/model-options.ts'

const read = (options: Record<string, unknown>, shift = true) => readOptions(options, shift, 4096, 32_768)

test.each([
  [{}, { contextTokens: 4096, keepTokens: 4, maxTokens: 40_960, stops: DEFAULT_STOPS, seed: undefined }],
  [
    { num_ctx: 2048.9, num_predict: 7, seed: 3, stop: ['a'] },
    { contextTokens: 2048, maxTokens: 7, seed: 3, stops: ['a'] },
  ],
  [{ num_ctx: 1 }, { contextTokens: 4 }],
  [{ num_ctx: 1e9 }, { contextTokens: 32_768 }],
  [{ num_predict: 0 }, { maxTokens: Infinity }],
  [{ num_predict: -1 }, { maxTokens: 40_960 }],
  [{ num_predict: 1e9 }, { maxTokens: 40_960 }],
  [{ temperature: null, banana: 'x', mirostat: [] }, { contextTokens: 4096 }],
])('%j', (options, expected) => {
  expect(read(options)).toMatchObject(expected)
})

test.each([
  [{ top_k: 'many' }, 'option "top_k" must be of type integer'],
  [{ top_p: '0.9' }, 'option "top_p" must be of type float32'],
  [{ use_mmap: 1 }, 'option "use_mmap" must be of type boolean'],
  [{ stop: 'END' }, 'option "stop" must be of type array'],
  [{ stop: [1] }, 'option "stop" must be of an array of strings'],
])('%j is refused with 500', (options, message) => {
  expect(() => read(options)).toThrow(expect.objectContaining({ status: 500, message }))
})

test('only load-time options, and whether the context shifts, decide on a reload', () => {
  const { loadKey } = read({})
  for (const same of [{ temperature: 0 }, { num_predict: 1 }, { stop: [] }, { num_ctx: 4096 }, { num_gpu: null }]) {
    expect(read(same).loadKey).toBe(loadKey)
  }
  for (const other of [{ num_ctx: 2048 }, { num_gpu: 0 }, { use_mmap: false }])
    expect(read(other).loadKey).not.toBe(loadKey)
  expect(read({}, false).loadKey).not.toBe(loadKey)
})
