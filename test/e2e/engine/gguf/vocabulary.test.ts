import { expect, test } from 'vitest'
import { vocabulary } from '../../../../e2e/engine/gguf/vocabulary.ts'

const { tokens, scores, types, biases, endOfTurnId } = vocabulary(-4)
const biasOf = (text: string) => biases[tokens.indexOf(text)]

test('is complete: each token once, every byte, and every beginning of a longer piece', () => {
  expect(new Set(tokens).size).toBe(tokens.length)
  for (const list of [scores, types, biases]) expect(list).toHaveLength(tokens.length)
  expect(tokens.filter(token => /^<0x[0-9A-F]{2}>$/.test(token))).toHaveLength(256)
  const pieces = tokens.filter((token, i) => types[i] === 1 && [...token].length > 2)
  for (const piece of pieces) expect(tokens).toContain([...piece].slice(0, -1).join(''))
})

test('makes words and JSON likely, raw bytes unlikely, and ends as rare as told', () => {
  expect(tokens[endOfTurnId]).toBe('<|im_end|>')
  expect(['▁guard', '{"', '7', '▁gua', '<0x41>', '</s>', '<|im_end|>'].map(biasOf)).toEqual([
    1, 0.5, 0.5, -1, -12, -4, -4,
  ])
})
