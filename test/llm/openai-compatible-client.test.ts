import { getEventListeners } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { transport as fetchTransport } from '../../src/llm/fetch-transport.ts'
import { type Completion, readAll } from '../../src/llm/llm-client.ts'
import { OpenAiCompatibleClient, type OpenAiCompatibleClientOptions } from '../../src/llm/openai-compatible-client.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { failureOf } from './failure-of.ts'
import { sent, serve, serveBody, type WireRequest } from './wire-server.ts'

function chunk(content: string): string {
  return `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`
}
const FINISH = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
const DONE = 'data: [DONE]\n\n'
const SSE = { 'content-type': 'text/event-stream' }
const KEY = 'sk-very-secret-0123456789'

function clientOf(url: string, options: Partial<OpenAiCompatibleClientOptions> = {}): OpenAiCompatibleClient {
  return new OpenAiCompatibleClient({ baseUrl: `${url}/v1`, model: 'hermes', ...options })
}

describe('the request', () => {
  test('is small, and the same for every call', async () => {
    const server = await serveBody(chunk('a') + FINISH + DONE, 200, SSE)
    await clientOf(server.url).complete('hi')
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/v1/chat/completions' })
    expect(server.requests[0]?.headers).toMatchObject({
      accept: 'text/event-stream',
      'content-type': 'application/json',
    })
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization')
    expect(server.requests[0]?.body).toBe(
      '{"model":"hermes","messages":[{"role":"user","content":"hi"}],"stream":true,' +
        '"stream_options":{"include_usage":true},"max_tokens":1024}',
    )
  })

  test('carries every option; the call’s own come before the client’s', async () => {
    const server = await serveBody(chunk('a') + FINISH + DONE, 200, SSE)
    const client = new OpenAiCompatibleClient({
      baseUrl: `${server.url}/api/v1/`,
      model: 'nous/hermes',
      apiKey: KEY,
      headers: { 'X-Title': 'game' },
      defaults: { temperature: 0.5, seed: 1, maxTokens: 9 },
    })
    const messages = [
      { role: 'system', content: 'plan' },
      { role: 'user', content: 'né 😀' },
    ] as const
    const schema = { type: 'object' }
    await client.complete(messages, { seed: 2, temperature: 0, stop: ['END'], format: schema })
    await client.complete('hi', { format: 'json' })
    const [first, second] = server.requests
    expect(first?.path).toBe('/api/v1/chat/completions')
    expect(first?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, 'x-title': 'game' })
    expect(sent(first)).toEqual({
      model: 'nous/hermes',
      messages,
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 9,
      temperature: 0,
      seed: 2,
      stop: ['END'],
      response_format: { type: 'json_schema', json_schema: { name: 'reply', schema } },
    })
    expect(sent(second)).toMatchObject({ response_format: { type: 'json_object' } })
  })

  test('takes an authorization among the headers in place of the key', async () => {
    const server = await serveBody(chunk('a') + FINISH + DONE, 200, SSE)
    await clientOf(server.url, { apiKey: KEY, headers: { Authorization: 'Basic x' } }).complete('hi')
    expect(server.requests[0]?.headers.authorization).toBe('Basic x')
  })

  test('goes to llama.cpp’s server by default', async () => {
    const urls: string[] = []
    const client = new OpenAiCompatibleClient({
      model: 'any',
      transport: {
        request: async (_, url) => {
          urls.push(url)
          throw new Error('not now')
        },
      },
    })
    await failureOf(client.complete('hi'))
    expect(urls).toEqual(['http://127.0.0.1:8080/v1/chat/completions'])
  })
})

describe('mistakes of the caller are told at once', () => {
  test.each([
    ['no URL', { baseUrl: 'localhost:8080' }, 'baseUrl'],
    ['no model', { model: ' ' }, 'GET /models'],
    ['a bad header', { headers: { 'a b': 'x' } }, 'a b'],
    ['bad defaults', { defaults: { maxTokens: -1 } }, 'maxTokens'],
    ['an empty key', { apiKey: '' }, 'apiKey'],
  ] as const)('by the constructor: %s', (_, options, words) =>
    expect(() => new OpenAiCompatibleClient({ model: 'm', ...options })).toThrow(words),
  )

  test('by the first read, and nothing is sent', async () => {
    const server = await serveBody(chunk('a') + FINISH)
    const client = clientOf(server.url)
    await expect(client.completeStreaming('hi', { maxTokens: 0 }).next()).rejects.toThrow(RangeError)
    await expect(client.complete([])).rejects.toThrow('no messages')
    expect(server.requests).toHaveLength(0)
  })
})

describe('the key is part of no error', () => {
  test('of the constructor', () => {
    for (const apiKey of [`${KEY}\n`, `${KEY} `, `Bearer ${KEY}`, `${KEY}é`]) {
      const make = () => new OpenAiCompatibleClient({ model: 'm', apiKey })
      expect(make).toThrow('apiKey')
      expect(make).not.toThrow(KEY)
    }
  })

  test.each([
    ['that repeats it', 401, `{"error":{"message":"Incorrect API key provided: ${KEY}"}}`],
    ['that repeats it where the message is cut', 400, `{"error":"${'x'.repeat(285)} ${KEY}"}`],
    ['that repeats it in a page', 502, `<p>${KEY}</p>`],
    ['that repeats it in the reply', 200, `data: {"error":"refused ${KEY}"}\n\n`],
    ['that repeats it in a line that is none', 200, `${KEY}: <b>\n\n`],
    ['that cuts the reply inside it', 200, `data: {"${KEY}`],
  ])('of a server %s', async (_, status, body) => {
    const { url } = await serveBody(body, status)
    const error = await failureOf(clientOf(url, { apiKey: KEY }).complete('hi'))
    expect(`${error.message} ${error.line} ${error.stack} ${JSON.stringify(error)} ${error.cause}`).not.toContain('sk-')
  })

  test('of a server that is not there', async () => {
    const error = await failureOf(clientOf('http://127.0.0.1:1', { apiKey: KEY }).complete('hi'))
    expect(error).toMatchObject({ code: 'unreachable' })
    expect(`${error.message} ${error.stack} ${error.cause}`).not.toContain('sk-')
  })
})

describe('a finished reply', () => {
  const usage = { prompt_tokens: 26, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 20 } }
  const usageOnly = `data: ${JSON.stringify({ choices: [], usage, timings: { prompt_ms: 50, predicted_ms: 30 } })}\n\n`

  test('has its text, its counts and its times', async () => {
    const { url } = await serveBody(chunk('a 😀') + chunk(' <b>') + FINISH + usageOnly + DONE, 200, SSE)
    expect(await clientOf(url).complete('hi')).toEqual({
      text: 'a 😀 <b>',
      finishReason: 'stop',
      usage: { promptTokens: 26, cachedPromptTokens: 20, outputTokens: 4 },
      timings: { firstTextMs: expect.any(Number), totalMs: expect.any(Number), promptMs: 50, decodeMs: 30 },
    })
  })

  test('is streamed as it is written', async () => {
    const server = await serve(({ response }) => void response.writeHead(200, SSE).write(chunk('first')))
    const stream = clientOf(server.url).completeStreaming('hi')
    expect(await stream.next()).toEqual({ value: 'first', done: false })
    server.requests[0]?.response.end(chunk('second') + FINISH + DONE)
    expect(await stream.next()).toEqual({ value: 'second', done: false })
    expect(await stream.next()).toMatchObject({ done: true, value: { text: 'firstsecond', finishReason: 'stop' } })
  })

  test.each([
    ['[DONE]', FINISH + DONE],
    ['the usage behind the reason', FINISH + usageOnly],
  ])('ends at %s: what follows is not waited for, and the connection is closed', async (_, end) => {
    const server = await serve(({ response }) => void response.write(chunk('a') + end + chunk('late')))
    expect(await clientOf(server.url).complete('hi')).toMatchObject({ text: 'a' })
    await server.requests[0]?.gone
  })

  test.each([
    ['a content type that is wrong', { 'content-type': 'text/html' }],
    ['no content type', {}],
  ])('may come with %s', async (_, headers) => {
    const { url } = await serveBody(chunk('a') + FINISH + DONE, 200, headers)
    expect(await clientOf(url).complete('hi')).toMatchObject({ text: 'a' })
  })

  test('may come whole, by a server that does not stream', async () => {
    const body = {
      choices: [{ index: 0, message: { role: 'assistant', content: 'a' }, finish_reason: 'length' }],
      usage,
    }
    const { url } = await serveBody(JSON.stringify(body), 200, { 'content-type': 'application/json' })
    expect(await clientOf(url).complete('hi')).toMatchObject({
      text: 'a',
      finishReason: 'length',
      usage: { promptTokens: 26, cachedPromptTokens: 20, outputTokens: 4 },
    })
  })
})

test('every byte split of a reply arrives as the same text', async () => {
  const bytes = new TextEncoder().encode(`:\r\n\r\n${chunk('é😀').replaceAll('\n', '\r\n')}${FINISH}${DONE.trimEnd()}`)
  // The path says where to cut: two writes with the event loop in between.
  const server = await serve(({ path, response }) => {
    const cut = Number(path.split('/')[1])
    response.write(bytes.subarray(0, cut), () => setImmediate(() => response.end(bytes.subarray(cut))))
  })
  for (let cut = 1; cut < bytes.length; cut++) {
    expect((await clientOf(`${server.url}/${cut}`).complete('hi')).text).toBe('é😀')
  }
})

describe('a reply that does not finish is an error, and keeps its text', () => {
  test.each([
    ['an error first', `data: {"error":{"code":500,"message":"boom"}}\n\n${DONE}`, 'server-error', ''],
    ['an error in the middle', `${chunk('a')}${chunk('b')}data: {"error":"boom"}\n\n`, 'server-error', 'ab'],
    ['JSON in place of events', '{"error":"Unexpected endpoint or method. (POST /chat)"}', 'server-error', ''],
    ['an end without a reason', chunk('a') + chunk('b'), 'truncated', 'ab'],
    ['an end inside an event', `${chunk('a')}data: {"choi`, 'truncated', 'a'],
    ['an end before any text', '', 'truncated', ''],
    ['a malformed event', `${chunk('a')}data: {oops}\n\n${chunk('b')}${FINISH}${DONE}`, 'protocol', 'a'],
    ['HTML instead of a reply', '<html><body>Sign in</body></html>\n', 'protocol', ''],
    ['an endless event', `${chunk('a')}data: ${'x'.repeat(2_000_000)}`, 'protocol', 'a'],
    ['an end without text', FINISH + DONE, 'empty-reply', ''],
    ['[DONE] and nothing else', DONE, 'empty-reply', ''],
  ])('%s', async (_, body, code, partialText) => {
    const { url } = await serveBody(body, 200, SSE)
    const pieces: string[] = []
    const stream = clientOf(url).completeStreaming('hi')
    expect(await failureOf(readAll(stream, piece => pieces.push(piece)))).toMatchObject({ code, partialText })
    expect(pieces.join('')).toBe(partialText)
  })

  test('[DONE] alone after a reply that had its reason', async () => {
    const server = await serve(({ response }) =>
      response.end(chunk('a') + (server.requests.length === 2 ? FINISH : '') + DONE),
    )
    const client = clientOf(server.url)
    expect(await client.complete('hi')).toMatchObject({ text: 'a' })
    expect(await client.complete('hi')).toMatchObject({ text: 'a' })
    expect(await failureOf(client.complete('hi'))).toMatchObject({ code: 'truncated', partialText: 'a' })
  })

  test.each(['destroy', 'resetAndDestroy'] as const)('%s in mid-event', async how => {
    const server = await serve(({ response }) => {
      response.write(`${chunk('a')}data: {"choi`, () => response.socket?.[how]())
    })
    const error = await failureOf(clientOf(server.url).complete('hi'))
    expect(error).toMatchObject({ code: 'truncated', partialText: 'a', retryable: true })
    expect(error.cause).toBeInstanceOf(Error)
  })
})

describe('a status that is no reply', () => {
  test.each([
    [404, `{"error":{"message":"model 'hermes' not found"}}`, 'model-missing', 'load hermes'],
    [404, '{"detail":"Not Found"}', 'bad-request', '/v1'],
    [401, '{"error":{"message":"Invalid API Key"}}', 'forbidden', 'apiKey'],
    [400, '{"error":{"message":"bad schema"}}', 'bad-request', 'bad schema'],
    [502, '<html>Bad Gateway</html>', 'server-error', 'Bad Gateway'],
  ])('%i %s', async (status, body, code, words) => {
    const { url } = await serveBody(body, status)
    const error = await failureOf(clientOf(url).complete('hi'))
    expect(error).toMatchObject({ code, status })
    expect(error.message).toContain(words)
  })

  test('503 while llama.cpp loads its model', async () => {
    const body = '{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}'
    const { url } = await serveBody(body, 503, { 'retry-after': '2' })
    const failure = { code: 'overloaded', retryAfterMs: 2000, retryable: true }
    expect(await failureOf(clientOf(url).complete('hi'))).toMatchObject(failure)
  })

  test('no server', async () => {
    const error = await failureOf(clientOf('http://127.0.0.1:1').complete('hi'))
    expect(error).toMatchObject({ code: 'unreachable' })
    expect(error.message).not.toContain('ollama')
  })
})

describe('three deadlines', () => {
  const timeouts = { firstTextMs: 100, idleMs: 30, totalMs: 1000 }

  test.each([
    ['comments', ':\n\n'],
    ['chunks without text', chunk('')],
  ])('%s are silence', async (_, silence) => {
    const server = await serve(({ response }) => void response.write(silence))
    const clock = new ManualClock()
    const failing = failureOf(clientOf(server.url, { clock }).complete('hi', { timeouts }))
    const { response, gone } = await server.request(0)
    for (let i = 0; i < 4; i++) {
      response.write(silence)
      await clock.advanceAsync(25)
    }
    expect(await failing).toMatchObject({ code: 'timeout-first-text', limitMs: 100, elapsedMs: 100 })
    await gone
    expect(clock.pending).toBe(0)
  })

  test('a stall in mid-stream', async () => {
    const server = await serve(({ response }) => void response.write(chunk('a')))
    const clock = new ManualClock()
    const stream = clientOf(server.url, { clock }).completeStreaming('hi', { timeouts })
    await stream.next()
    const failing = failureOf(stream.next())
    clock.advance(30)
    expect(await failing).toMatchObject({ code: 'timeout-idle', limitMs: 30, elapsedMs: 30, partialText: 'a' })
    await server.requests[0]?.gone
    expect(clock.pending).toBe(0)
  })

  test('a slow drip that never ends', async () => {
    const server = await serve(({ response }) => void response.write(chunk('a')))
    const clock = new ManualClock()
    const reading = readAll(clientOf(server.url, { clock }).completeStreaming('hi', { timeouts }), () => {
      clock.advance(20)
      server.requests[0]?.response.write(chunk('a'))
    })
    const error = await failureOf(reading)
    expect(error).toMatchObject({ code: 'timeout-total', limitMs: 1000, elapsedMs: 1000 })
    expect(error.partialText.length).toBeGreaterThan(40)
    await server.requests[0]?.gone
  })
})

describe('leaving and aborting close the connection at once', () => {
  const moments: readonly [string, (request: WireRequest) => void, string[]][] = [
    ['before the head', () => {}, []],
    ['before the first text', ({ response }) => void response.writeHead(200, SSE).write(':\n\n'), []],
    ['in mid-stream', ({ response }) => void response.write(`${chunk('a')}data: {"cho`), ['a']],
  ]
  const finished: Completion = { text: '', finishReason: 'stop', usage: {}, timings: { firstTextMs: 0, totalMs: 0 } }

  test.each(moments)('an abort %s', async (_, answer, texts) => {
    const server = await serve(answer)
    const clock = new ManualClock()
    const caller = new AbortController()
    const stream = clientOf(server.url, { clock }).completeStreaming('hi', { signal: caller.signal })
    for (const text of texts) expect(await stream.next()).toEqual({ value: text, done: false })
    const pending = failureOf(stream.next())
    const { gone } = await server.request(0)
    caller.abort('the level was left')
    expect(await pending).toMatchObject({ code: 'aborted', cause: 'the level was left', partialText: texts.join('') })
    await gone
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
    expect(clock.pending).toBe(0)
  })

  test.each(moments)('return() while a read is pending %s, over both transports', async (_, answer, texts) => {
    for (const options of [{}, { transport: fetchTransport }]) {
      const server = await serve(answer)
      const stream = clientOf(server.url, options).completeStreaming('hi')
      for (const text of texts) expect(await stream.next()).toEqual({ value: text, done: false })
      const pending = failureOf(stream.next())
      const { gone } = await server.request(0)
      expect(await stream.return(finished)).toEqual({ value: finished, done: true })
      expect(await pending).toMatchObject({ code: 'aborted', partialText: texts.join('') })
      await gone
    }
  })

  test('break, and the other streams of the client go on', async () => {
    const server = await serve(({ response }) => void response.write(chunk('a')))
    const client = clientOf(server.url)
    const other = client.completeStreaming('hi')
    await other.next()
    for await (const text of client.completeStreaming('hi')) {
      expect(text).toBe('a')
      break
    }
    await server.requests[1]?.gone
    server.requests[0]?.response.end(chunk('b') + FINISH + DONE)
    expect(await readAll(other)).toMatchObject({ text: 'ab' })
  })

  test('a server that counts its tokens stops within one of them', async () => {
    let tokens = 0
    const server = await serve(({ response }) => {
      const generate = () => {
        if (response.closed) return
        tokens++
        response.write(chunk('a'), () => setTimeout(generate, 5))
      }
      generate()
    })
    for await (const _ of clientOf(server.url).completeStreaming('hi')) break
    const atLeaving = tokens
    await server.requests[0]?.gone
    expect(tokens - atLeaving).toBeLessThanOrEqual(1)
  })
})

describe('what a real Ollama answered at /v1', () => {
  const traces = readFileSync(new URL('../fixtures/ollama/http-traces.txt', import.meta.url), 'utf8').split(/^### /m)
  /** The answer of the trace with this name. */
  function answerOf(name: string): { readonly status: number; readonly body: string } {
    const trace = traces.find(trace => trace.startsWith(`${name}\n`)) ?? ''
    const [, status = '', body = ''] = /^HTTP\/1\.1 (\d+)[\s\S]*?\n\n([\s\S]*)/m.exec(trace) ?? []
    return { status: Number(status), body }
  }

  test.each([
    ['v1 chat stream', 'a b <c>', 'stop', {}],
    ['v1 chat stream usage', 'a b', 'stop', { promptTokens: 16, outputTokens: 3 }],
    ['v1 chat', 'a b', 'stop', { promptTokens: 16, outputTokens: 3 }],
    ['v1 chat length', 'a b', 'length', { promptTokens: 18, outputTokens: 2 }],
  ])('%s', async (name, text, finishReason, usage) => {
    const { status, body } = answerOf(name)
    const { url } = await serveBody(body, status)
    expect(await clientOf(url).complete('hi')).toMatchObject({ text, finishReason, usage })
  })

  test.each([
    ['mid-stream ERR@2 /v1/chat/completions stream', 'truncated', 'a b'],
    ['mid-stream CRASH@2 /v1/chat/completions stream', 'truncated', 'a b'],
    ['mid-stream EOF@2 /v1/chat/completions stream', 'truncated', 'a b'],
    ['mid-stream RESET@2 /v1/chat/completions stream', 'truncated', 'a b'],
    ['v1 chat token repeat stream', 'truncated', 'x'.repeat(31)],
    ['v1 chat no messages', 'bad-request', ''],
    ['v1 unknown model', 'model-missing', ''],
    ['v1 bad json', 'bad-request', ''],
  ])('%s', async (name, code, partialText) => {
    const { status, body } = answerOf(name)
    const { url } = await serveBody(body, status)
    const error = await failureOf(clientOf(url).complete('hi'))
    expect(error).toMatchObject({ code, partialText })
  })
})
