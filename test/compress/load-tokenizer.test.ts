import fc from 'fast-check'
import llama3 from 'llama3-tokenizer-js'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { loadTokenizer } from '../../src/compress/load-tokenizer.ts'
import { naiveLlama3, naiveMistral } from './naive-bpe.ts'

const mistral = await loadTokenizer('hermes-2-pro-mistral')
const hermesLlama3 = await loadTokenizer('hermes-2-pro-llama-3')

/** Words that prompts are made of, and what no vocabulary foresaw. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '{"plans":[{"agent":"guard-7",',
        ' the',
        'MoveTo',
        '3,14',
        '\n',
        '  ',
        '世界和平',
        'é',
        '🐉',
        ']}',
      ),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.string({ unit: 'binary', maxLength: 6 }),
    ),
    { maxLength: 8 },
  )
  .map(parts => parts.join('').replaceAll('<', '('))

describe('counts are those of the textbook algorithm', () => {
  test('Mistral 7B', () =>
    fc.assert(
      fc.property(text, text => {
        expect(mistral(text)).toBe(naiveMistral(text.toWellFormed()))
      }),
    ))

  test('Llama 3, word by word', () =>
    fc.assert(
      fc.property(fc.stringMatching(/^[\p{L}\p{M}]{0,12}$/u), word => {
        const words = word.match(/[^\r\n\p{L}\p{N}]?\p{L}+| ?[^\s\p{L}\p{N}]+/gu) ?? []
        expect(hermesLlama3(word)).toBe(words.reduce((sum, part) => sum + naiveLlama3(part), 0))
      }),
    ))

  test('Llama 3, as its package counts a text that is long enough', () =>
    fc.assert(
      fc.property(text, text => {
        const padding = 1 + text.length
        const padded = text.toWellFormed() + '<|eot_id|>'.repeat(padding)
        expect(hermesLlama3(text)).toBe(llama3.encode(padded, { bos: false, eos: false }).length - padding)
      }),
    ))
})

test.each([
  ['nothing', '', 0, 0],
  ['a greeting', 'Hello world', 2, 2],
  ['digits', '12345', 5, 2],
  ['a line break', '\n', 1, 1],
  ['an emoji that neither knows', '🐉', 4, 3],
  ['half an emoji, which is sent as U+FFFD', '\ud83d', 1, 1],
  ['chat markers', '<|im_start|><|im_end|>', 2, 2],
  ['the tags of tools', '<tool_call></tool_call>', 9, 2],
])('%s', (_, text, onMistral, onLlama3) => {
  expect([mistral(text), hermesLlama3(text)]).toEqual([onMistral, onLlama3])
})

test('a second count, from memory, is the same', () =>
  fc.assert(
    fc.property(text, text => {
      expect(mistral(text)).toBe(mistral(text))
      expect(hermesLlama3.countTokens(text)).toBe(hermesLlama3(text))
    }),
  ))

describe('what cannot be loaded', () => {
  afterEach(() => vi.doUnmock('mistral-tokenizer-js'))

  test('names the package to install', async () => {
    vi.doMock('mistral-tokenizer-js', () => {
      throw new Error('not found')
    })
    await expect(loadTokenizer('hermes-2-pro-mistral')).rejects.toThrow('npm install mistral-tokenizer-js')
  })

  test.each(['gpt-5', 'constructor'])('%s: no such tokenizer', name =>
    // @ts-expect-error: what callers without types write.
    expect(loadTokenizer(name)).rejects.toThrow(RangeError),
  )
})
