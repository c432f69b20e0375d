import { describe, expect, test } from 'vitest'
import type { LlmRequestOptions } from '../../src/llm/llm-client.ts'
import { resolveOptions } from '../../src/llm/request-options.ts'

describe('defaults', () => {
  test('without options', () =>
    expect(resolveOptions()).toEqual({
      limits: { firstTextMs: 60_000, idleMs: 15_000, totalMs: 180_000 },
      maxTokens: 1024,
    }))

  test('the call’s options win over the client’s, one by one, also inside timeouts', () =>
    expect(
      resolveOptions(
        { seed: 2, timeouts: { idleMs: 1 } },
        { seed: 1, temperature: 0, stop: ['x'], timeouts: { idleMs: 5, totalMs: 6 } },
      ),
    ).toEqual({
      limits: { firstTextMs: 60_000, idleMs: 1, totalMs: 6 },
      maxTokens: 1024,
      seed: 2,
      temperature: 0,
      stop: ['x'],
    }))

  test('undefined is absent', () =>
    expect(
      resolveOptions(
        { maxTokens: undefined, temperature: undefined, timeouts: undefined },
        { maxTokens: 7, temperature: 1 },
      ),
    ).toMatchObject({
      maxTokens: 7,
      temperature: 1,
    }))

  test('neither object is written to', () => {
    const options = Object.freeze({ timeouts: Object.freeze({ idleMs: 1 }) })
    const defaults = Object.freeze({ timeouts: Object.freeze({ idleMs: 2 }) })
    expect(() => resolveOptions(options, defaults)).not.toThrow()
  })
})

describe('what a server would misread is refused, with what to do', () => {
  // As plain JavaScript could pass them.
  const bad: readonly [string, object, string][] = [
    ['no tokens', { maxTokens: 0 }, 'maxTokens must be a positive integer'],
    ['unlimited tokens', { maxTokens: -1 }, 'maxTokens'],
    ['half a token', { maxTokens: 1.5 }, 'maxTokens'],
    ['NaN tokens', { maxTokens: Number.NaN }, 'maxTokens'],
    ['a negative temperature', { temperature: -0.1 }, 'temperature'],
    ['a NaN temperature', { temperature: Number.NaN }, 'temperature'],
    ['a fractional seed', { seed: 0.5 }, 'seed'],
    ['a deadline of 0', { timeouts: { idleMs: 0 } }, 'timeouts.idleMs'],
    ['a NaN deadline', { timeouts: { totalMs: Number.NaN } }, 'timeouts.totalMs'],
    ['stop as a string', { stop: 'END' }, 'stop must be an array'],
    ['an empty stop word', { stop: [''] }, 'stop'],
    ['an unknown format', { format: 'yaml' }, 'format'],
  ]
  test.each(bad)('%s', (_, options, words) => expect(() => resolveOptions(options as LlmRequestOptions)).toThrow(words))

  test('Infinity is a deadline', () =>
    expect(resolveOptions({ timeouts: { totalMs: Number.POSITIVE_INFINITY } }).limits.totalMs).toBe(
      Number.POSITIVE_INFINITY,
    ))
})
