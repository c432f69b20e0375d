import { expect, test } from 'vitest'
import { isValidName, ModelCatalog, normalisedName } from '../../../src/testing/ollama/model-catalog.ts'

test.each([
  'hermes2pro',
  'hermes2pro:latest',
  'me/m',
  'hf.co/NousResearch/Hermes-2-Pro-Mistral-7B-GGUF:Q4_K_M',
  'host:5000/a/b:c',
  'a.b-c_d',
])('%s is a name', name => {
  expect(isValidName(name)).toBe(true)
  expect(new ModelCatalog([name]).find(name.toUpperCase())?.name).toBe(normalisedName(name))
})

test.each(['', 'a b!c', ':tag', 'm:', '/m', 'a/b/c/d', 'm:t:u', '-m', 'é'])('%j is none', name => {
  expect(isValidName(name)).toBe(false)
  expect(() => new ModelCatalog([name])).toThrow(RangeError)
})

test.each([
  ['m', 'registry.ollama.ai/library/m:latest', 'Q4_K_M'],
  ['me/m:7b-q8_0', 'registry.ollama.ai/me/m:7b-q8_0', 'Q8_0'],
  ['hf.co/me/m:F16', 'hf.co/me/m:F16', 'F16'],
])('%s is %s, in %s', (name, fullName, quantization_level) => {
  expect(new ModelCatalog([name]).find(name)).toMatchObject({ fullName, details: { quantization_level } })
})

test('two models have two digests, the same ones every time', () => {
  const [a, b] = new ModelCatalog(['a', 'b']).models
  expect(a?.digest).toMatch(/^[0-9a-f]{64}$/)
  expect(a?.digest).not.toBe(b?.digest)
  expect(new ModelCatalog(['a']).find('a')?.digest).toBe(a?.digest)
})
