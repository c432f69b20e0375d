import { describe, expect, test } from 'vitest'
import { LlmError } from '../../src/errors.ts'
import { failureOfConnecting, failureOfResponse } from '../../src/llm/http-failure.ts'

const url = 'http://127.0.0.1:11434/api/chat'

function failure(status: number, body: string, headers: Record<string, string> = {}) {
  return failureOfResponse({ status, headers, body, url, model: 'hermes2pro' })
}

describe('what a status means', () => {
  const nested =
    '{"error":"{\\"error\\": {\\"code\\": 400, \\"message\\": \\"request (9000 tokens) exceeds the available context size (4096 tokens), try increasing it\\", \\"type\\": \\"exceed_context_size_error\\", \\"n_prompt_tokens\\": 9000, \\"n_ctx\\": 4096}}"}'
  const html = '<html>\n<head><title>502 Bad Gateway</title></head></html>'
  test.each([
    [400, '{"error":"invalid model name"}', 'bad-request', 'invalid model name'],
    [400, nested, 'bad-request', 'request (9000 tokens) exceeds the available context size'],
    [401, '{"error":"unauthorized","signin_url":"https://ollama.com/connect"}', 'forbidden', 'headers'],
    [403, '', 'forbidden', 'OLLAMA_ORIGINS'],
    [403, '{"error":"ollama cloud is disabled: remote model is unavailable"}', 'forbidden', 'ollama cloud is disabled'],
    [404, `{"error":"model 'nope' not found"}`, 'model-missing', "model 'nope' not found"],
    [404, '{"error":"model \\"nope\\" not found, try pulling it first"}', 'model-missing', 'ollama pull hermes2pro'],
    [404, '404 page not found', 'bad-request', 'check baseUrl'],
    [405, '405 method not allowed', 'bad-request', '405 method not allowed'],
    [429, '{"error":"too many requests"}', 'overloaded', 'too many requests'],
    [500, '{"error":"option \\"temperature\\" must be of type float32"}', 'bad-request', 'must be of type float32'],
    [
      500,
      '{"error":"invalid format: \\"\\\\\\"yaml\\\\\\"\\"; expected \\"json\\" or a valid JSON Schema object"}',
      'bad-request',
      'invalid format',
    ],
    [500, '{"error":"llama-server process has terminated: exit status 1"}', 'server-error', 'exit status 1'],
    [
      500,
      '{"error":"{\\"error\\": {\\"code\\": 500, \\"message\\": \\"sim internal\\"}}"}',
      'server-error',
      '500: sim internal',
    ],
    [502, html, 'server-error', '502 Bad Gateway'],
    [503, '{"error":"server busy, please try again.  maximum pending requests exceeded"}', 'overloaded', 'server busy'],
    [307, '', 'bad-request', 'set baseUrl'],
  ])('%i %s', (status, body, code, words) => {
    const { message, ...rest } = failure(status, body)
    expect(rest).toEqual({ code, status })
    expect(message).toContain(words)
    expect(message).toContain(url)
  })

  test('the caller’s mistakes are not worth a retry, a busy server is', () => {
    expect(new LlmError(failure(500, '{"error":"option \\"seed\\" must be of type integer"}').code, '').retryable).toBe(
      false,
    )
    expect(new LlmError(failure(503, '').code, '').retryable).toBe(true)
  })

  test('a page of HTML is quoted, not repeated', () =>
    expect(failure(502, `<html>${'x'.repeat(100_000)}`).message.length).toBeLessThan(500))
})

describe('Retry-After', () => {
  test.each([
    ['seconds', { 'retry-after': '7' }, 7000],
    [
      'a date, by the server’s own clock',
      { 'retry-after': 'Sat, 21 Nov 2026 01:00:30 GMT', date: 'Sat, 21 Nov 2026 01:00:00 GMT' },
      30_000,
    ],
    [
      'a date in the past',
      { 'retry-after': 'Sat, 21 Nov 2026 01:00:00 GMT', date: 'Sat, 21 Nov 2026 01:00:30 GMT' },
      0,
    ],
    ['a date without one to compare', { 'retry-after': 'Sat, 21 Nov 2026 01:00:30 GMT' }, undefined],
    ['nonsense', { 'retry-after': 'soon' }, undefined],
    ['nothing', {}, undefined],
  ])('%s', (_, headers, ms) => {
    expect(failure(503, '', headers).retryAfterMs).toBe(ms)
    expect(failure(429, '', headers).retryAfterMs).toBe(ms)
  })
})

describe('no response at all', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:11434'), { code: 'ECONNREFUSED' })
  test.each([
    ['refused', refused, 'unreachable', 'ECONNREFUSED'],
    ['refused, by fetch', new TypeError('fetch failed', { cause: refused }), 'unreachable', 'ECONNREFUSED'],
    ['refused on every address', new AggregateError([refused, new Error('::1 too')]), 'unreachable', '::1 too'],
    ['a browser that does not say why', new TypeError('Failed to fetch'), 'unreachable', 'OLLAMA_ORIGINS'],
    [
      'something that does not speak HTTP',
      Object.assign(new Error('Expected HTTP/'), { code: 'HPE_INVALID_CONSTANT' }),
      'protocol',
      'HTTP',
    ],
    ['what is no error', 'odd', 'unreachable', 'odd'],
  ])('%s', (_, error, code, words) => {
    const failure = failureOfConnecting(error, url)
    expect(failure).toMatchObject({ code, cause: error })
    expect(failure.message).toContain(words)
    expect(failure.message).toContain('http://127.0.0.1:11434')
    if (code === 'unreachable') expect(failure.message).toContain('ollama serve')
  })
})
