import { describe, expect, test } from 'vitest'
import { failureOfConnecting, failureOfResponse } from '../../src/llm/http-failure.ts'
import { OPENAI_COMPATIBLE } from '../../src/llm/server-kind.ts'

const url = 'http://127.0.0.1:8000/chat/completions'

function failure(status: number, body: string) {
  return failureOfResponse({ status, headers: {}, body, url, model: 'hermes', kind: OPENAI_COMPATIBLE })
}

describe('a server with OpenAI’s API', () => {
  test.each([
    // Ollama, vLLM and OpenAI.
    [404, `{"error":{"message":"model 'hermes' not found","type":"not_found_error"}}`, 'model-missing', 'load hermes'],
    [
      404,
      '{"object":"error","message":"The model `hermes` does not exist.","code":404}',
      'model-missing',
      'GET /models',
    ],
    // Paths that llama.cpp, vLLM and Ollama do not know.
    [404, '{"error":{"code":404,"message":"File Not Found","type":"not_found_error"}}', 'bad-request', '/v1'],
    [404, '{"detail":"Not Found"}', 'bad-request', 'check baseUrl'],
    [404, '404 page not found', 'bad-request', 'check baseUrl'],
    [401, '{"error":{"message":"Invalid API Key","code":401}}', 'forbidden', 'apiKey'],
    [403, '', 'forbidden', 'origin'],
    [503, '{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}', 'overloaded', 'Loading model'],
    [400, '{"error":"Only json_schema is supported"}', 'bad-request', 'Only json_schema'],
  ])('%i %s', (status, body, code, words) => {
    const { message, ...rest } = failure(status, body)
    expect(rest).toEqual({ code, status })
    expect(message).toContain(words)
    expect(message.toLowerCase()).not.toContain('ollama')
  })

  test('that is not there is not told to be Ollama', () => {
    const { message } = failureOfConnecting(new TypeError('Failed to fetch'), url, OPENAI_COMPATIBLE)
    expect(message).toContain('http://127.0.0.1:8000')
    expect(message.toLowerCase()).not.toContain('ollama')
  })
})
