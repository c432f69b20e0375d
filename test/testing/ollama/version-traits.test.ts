import { describe, expect, test } from 'vitest'
import { SimulatedOllama } from '../../../src/testing/index.ts'
import { versionTraits } from '../../../src/testing/ollama/version-traits.ts'
import { linesOf, rawRequest } from '../raw-http.ts'

test.each([
  ['0.12.5', { version: '0.12.5', errorsAreAlwaysLines: true, toolCallIds: false, roleInEveryChunk: true }],
  ['v0.24', { version: '0.24.0', errorsAreAlwaysLines: false, toolCallIds: true, tagsTellMore: false }],
  ['0.33.0-rc2', { version: '0.33.0-rc2', tagsTellMore: true, roleInEveryChunk: false, repeatIsError: false }],
  ['0.0.0', { version: '0.0.0', roleInEveryChunk: false, repeatLimit: 30 }],
  ['next', { version: '0.34.0', tellsCachedTokens: true, repeatLimit: 100, repeatIsError: true }],
])('%s has its own ways', (name, traits) => expect(versionTraits(name)).toMatchObject(traits))

test.each(['', 'latest', '1', '0.x'])('%j is no version', name => expect(() => versionTraits(name)).toThrow(RangeError))

describe('on the wire', () => {
  const asked = async (version: string, reply: string, fault: 'refuse' | 'none') => {
    const server = await SimulatedOllama.start({ profile: 'instant', models: ['m'], version, reply: () => reply })
    if (fault === 'refuse') server.inject({ kind: 'refuse', status: 400, error: 'no' })
    const answer = await rawRequest(server.url, 'POST', '/api/generate', { model: 'm', prompt: 'x' })
    await server.stop()
    return answer
  }

  test.each([
    ['0.12.5', '200', { error: 'no' }],
    ['0.12.6', '400', { error: 'no' }],
  ])('%s refuses with %s', async (version, status, line) => {
    const answer = await asked(version, 'x', 'refuse')
    expect(answer.statusLine).toContain(status)
    expect(linesOf(answer)).toEqual([line])
  })

  test.each([
    ['0.33.0', 31, { done: false }],
    ['next', 101, { error: 'prediction aborted, token repeat limit reached' }],
  ])('%s ends a reply that repeats itself', async (version, texts, last) => {
    const lines = linesOf(await asked(version, ' x'.repeat(150), 'none'))
    expect(lines.filter(line => 'response' in line)).toHaveLength(texts)
    expect(lines.at(-1)).toMatchObject(last)
  })

  test('next tells what was cached', async () => {
    expect(linesOf(await asked('next', 'x', 'none')).at(-1)).toHaveProperty('prompt_eval_cached_count')
    expect(linesOf(await asked('0.33', 'x', 'none')).at(-1)).not.toHaveProperty('prompt_eval_cached_count')
  })
})
