import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import { BatchExecutor } from '../../src/batch/batch-executor.ts'
import { LlmError } from '../../src/errors.ts'
import { transport as fetchTransport } from '../../src/llm/fetch-transport.ts'
import { HermesOllamaClient, type HermesOllamaClientOptions } from '../../src/llm/hermes-ollama-client.ts'
import { type Completion, type LlmRequestOptions, readAll } from '../../src/llm/llm-client.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { SimulatedOllama } from '../../src/testing/simulated-ollama.ts'
import { failureOf } from './failure-of.ts'
import { doneLine, line, sent, serve, serveBody, type WireRequest } from './wire-server.ts'

/** Reads to the end or to the failure, with every piece on the way. */
async function drain(stream: AsyncGenerator<string, Completion, void>) {
  const pieces: string[] = []
  const result = await readAll(stream, piece => pieces.push(piece)).catch((error: unknown) => error)
  return { pieces, result }
}

describe('the request', () => {
  test('is small, and the same for every call', async () => {
    const server = await serveBody(line('a') + doneLine())
    await new HermesOllamaClient({ baseUrl: server.url }).complete('hi')
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/api/chat' })
    expect(server.requests[0]?.body).toBe(
      '{"model":"adrienbrault/nous-hermes2pro:Q4_K_M","messages":[{"role":"user","content":"hi"}],"stream":true,' +
        '"truncate":false,"keep_alive":"30m","options":{"num_ctx":4096,"num_predict":1024}}',
    )
  })

  test('carries every option; the call’s own come before the client’s', async () => {
    const server = await serveBody(line('a') + doneLine())
    const client = new HermesOllamaClient({
      baseUrl: `${server.url}/ollama/`,
      model: 'm',
      keepAlive: -1,
      contextTokens: 8192,
      headers: { Authorization: 'Bearer key' },
      defaults: { temperature: 0.5, seed: 1, maxTokens: 9 },
    })
    const messages = [
      { role: 'system', content: 'plan' },
      { role: 'user', content: 'né 😀' },
    ] as const
    const format = { type: 'object' }
    await client.complete(messages, { seed: 2, stop: ['END'], format })
    expect(server.requests[0]?.path).toBe('/ollama/api/chat')
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer key',
      'content-type': 'application/json',
    })
    expect(sent(server.requests[0])).toEqual({
      model: 'm',
      messages,
      stream: true,
      truncate: false,
      keep_alive: -1,
      format,
      options: {
        num_ctx: 8192,
        num_predict: 9,
        temperature: 0.5,
        seed: 2,
        // The list replaces the one in the Modelfile.
        stop: ['END', '<|im_end|>'],
      },
    })
  })

  test('is not sent before the first read', async () => {
    const server = await serveBody(line('a') + doneLine())
    const stream = new HermesOllamaClient({ baseUrl: server.url }).completeStreaming('hi')
    await stream.return({ text: '', finishReason: 'stop', usage: {}, timings: { firstTextMs: 0, totalMs: 0 } })
    expect(server.requests).toHaveLength(0)
  })
})

describe('mistakes of the caller are told at once', () => {
  const bad: readonly [string, HermesOllamaClientOptions, string][] = [
    ['no URL', { baseUrl: 'localhost:11434' }, 'baseUrl'],
    ['no model', { model: ' ' }, 'ollama list'],
    ['an empty context', { contextTokens: 0 }, 'contextTokens'],
    ['a duration without its unit', { keepAlive: '30' }, "'30m'"],
    ['a duration that is none', { keepAlive: Number.NaN }, 'keepAlive'],
    ['a bad header', { headers: { 'a b': 'x' } }, 'a b'],
    ['bad defaults', { defaults: { maxTokens: -1 } }, 'maxTokens'],
  ]
  test.each(bad)('by the constructor: %s', (_, options, words) =>
    expect(() => new HermesOllamaClient(options)).toThrow(words),
  )

  test.each(['30m', '1h30m', '0', '-1s', '1.5h', '500ms', 0, -1, 300])('keepAlive may be %j', keepAlive =>
    expect(new HermesOllamaClient({ keepAlive }).model).toContain('hermes2pro'),
  )

  test('by the first read, and nothing is sent', async () => {
    const server = await serveBody(line('a') + doneLine())
    const client = new HermesOllamaClient({ baseUrl: server.url })
    await expect(client.completeStreaming('hi', { maxTokens: 0 }).next()).rejects.toThrow(RangeError)
    await expect(client.complete([])).rejects.toThrow('warmUp')
    expect(server.requests).toHaveLength(0)
  })
})

describe('a finished reply', () => {
  const report = {
    done_reason: 'stop',
    total_duration: 100e6,
    load_duration: 10e6,
    prompt_eval_count: 26,
    prompt_eval_cached_count: 20,
    prompt_eval_duration: 50e6,
    eval_count: 4,
    eval_duration: 30e6,
  }

  test('has its text, its counts and its times', async () => {
    const { url } = await serveBody(line('a 😀') + line(' <b>') + doneLine(report))
    expect(await new HermesOllamaClient({ baseUrl: url }).complete('hi')).toEqual({
      text: 'a 😀 <b>',
      finishReason: 'stop',
      usage: { promptTokens: 26, cachedPromptTokens: 20, outputTokens: 4 },
      timings: {
        firstTextMs: expect.any(Number),
        totalMs: expect.any(Number),
        loadMs: 10,
        promptMs: 50,
        decodeMs: 30,
        queueMs: 10,
      },
    })
  })

  test('is timed by the client’s clock', async () => {
    const server = await serve(({ response }) => void response.flushHeaders())
    const clock = new ManualClock()
    const stream = new HermesOllamaClient({ baseUrl: server.url, clock }).completeStreaming('hi')
    const first = stream.next()
    const { response } = await server.request(0)
    clock.advance(700)
    response.write(line('a'))
    await first
    clock.advance(300)
    response.end(doneLine())
    expect((await stream.next()).value).toMatchObject({ timings: { firstTextMs: 700, totalMs: 1000 } })
  })

  test.each(['length', 'stop'] as const)('says that it ended by %s', async reason => {
    const { url } = await serveBody(line('a') + doneLine({ done_reason: reason }))
    expect(await new HermesOllamaClient({ baseUrl: url }).complete('hi')).toMatchObject({
      text: 'a',
      finishReason: reason,
    })
  })

  test('that failed right behind its last text is still told as it was, however late it is read', async () => {
    const { url } = await serveBody(`${line('a')}{"error":"CUDA error"}\n`)
    const clock = new ManualClock()
    const stream = new HermesOllamaClient({ baseUrl: url, clock }).completeStreaming('hi')
    await stream.next()
    clock.advance(1_000_000)
    await expect(stream.next()).rejects.toMatchObject({ code: 'server-error', partialText: 'a' })
  })

  test('is streamed as it is written', async () => {
    const server = await serve(({ response }) => void response.write(line('first')))
    const stream = new HermesOllamaClient({ baseUrl: server.url }).completeStreaming('hi')
    expect(await stream.next()).toEqual({ value: 'first', done: false })
    const [request] = server.requests
    request?.response.end(line('second') + doneLine())
    expect(await stream.next()).toEqual({ value: 'second', done: false })
    expect(await stream.next()).toMatchObject({ done: true, value: { text: 'firstsecond' } })
  })

  test('ends at done: what follows is not waited for, and the connection is closed', async () => {
    const server = await serve(({ response }) => void response.write(line('a') + doneLine() + line('late')))
    expect(await new HermesOllamaClient({ baseUrl: server.url }).complete('hi')).toMatchObject({ text: 'a' })
    await server.requests[0]?.gone
  })

  test('gives its connection to the next request, though its body ends a little later', async () => {
    const server = await serve(({ response }) => {
      response.write(line('a') + doneLine(), () => setTimeout(() => response.end(), 5))
    })
    const client = new HermesOllamaClient({ baseUrl: server.url })
    for (let i = 0; i < 10; i++) await client.complete('hi')
    expect(server.connections).toBeLessThan(5)
  })

  test('may be read slowly: time that the reader takes is not the server’s', async () => {
    const { url } = await serveBody(line('a') + doneLine())
    const clock = new ManualClock()
    const stream = new HermesOllamaClient({ baseUrl: url, clock }).completeStreaming('hi')
    await stream.next()
    clock.advance(1_000_000)
    expect(await stream.next()).toMatchObject({ done: true, value: { text: 'a' } })
  })
})

test('every byte split of a reply arrives as the same text', async () => {
  const bytes = new TextEncoder().encode(line('é😀') + doneLine())
  // The path says where to cut: two writes with the event loop in between.
  const server = await serve(({ path, response }) => {
    const cut = Number(path.split('/')[1])
    response.write(bytes.subarray(0, cut), () => setImmediate(() => response.end(bytes.subarray(cut))))
  })
  for (let cut = 1; cut < bytes.length; cut++) {
    const client = new HermesOllamaClient({ baseUrl: `${server.url}/${cut}` })
    expect((await client.complete('hi')).text).toBe('é😀')
  }
})

describe('a reply that does not finish is an error, and keeps its text', () => {
  test.each([
    ['an error line first', '{"error":"CUDA error"}\n', 'server-error', ''],
    ['an error line in the middle', `${line('a')}${line('b')}{"error":"CUDA error"}\n`, 'server-error', 'ab'],
    ['an error that is an object', `${line('a')}{"error":{"message":"CUDA error"}}\n`, 'server-error', 'a'],
    ['an end without done', line('a') + line('b'), 'truncated', 'ab'],
    ['an end inside a line', `${line('a')}{"model":`, 'truncated', 'a'],
    ['an end before any text', '', 'truncated', ''],
    ['a malformed line', `${line('a')}{oops}\n${line('b')}${doneLine()}`, 'protocol', 'a'],
    ['HTML instead of a reply', '<html><body>Sign in</body></html>\n', 'protocol', ''],
    ['an endless line', line('a') + 'x'.repeat(2_000_000), 'protocol', 'a'],
    ['done without text', doneLine(), 'empty-reply', ''],
    ['done without text, at the limit', doneLine({ done_reason: 'length' }), 'empty-reply', ''],
  ])('%s', async (_, body, code, partialText) => {
    const { url } = await serveBody(body, 200, { 'content-type': 'application/x-ndjson' })
    const { pieces, result } = await drain(new HermesOllamaClient({ baseUrl: url }).completeStreaming('hi'))
    expect(result).toBeInstanceOf(LlmError)
    expect(result).toMatchObject({ code, partialText })
    expect(pieces.join('')).toBe(partialText)
  })

  test('a protocol error names the line', async () => {
    const { url } = await serveBody(`${line('a')}{oops}\n`)
    const error = await failureOf(new HermesOllamaClient({ baseUrl: url }).complete('hi'))
    expect(error.line).toBe('{oops}')
    expect(error.message).toContain('{oops}')
  })

  test.each(['destroy', 'resetAndDestroy'] as const)('%s in mid-line', async how => {
    const server = await serve(({ response }) => {
      response.write(`${line('a')}{"model":"m","mess`, () => response.socket?.[how]())
    })
    const error = await failureOf(new HermesOllamaClient({ baseUrl: server.url }).complete('hi'))
    expect(error).toMatchObject({ code: 'truncated', partialText: 'a', retryable: true })
    expect(error.cause).toBeInstanceOf(Error)
  })

  test.each(['destroy', 'resetAndDestroy'] as const)('%s before the head', async how => {
    const server = await serve(({ response }) => void response.socket?.[how]())
    expect(await failureOf(new HermesOllamaClient({ baseUrl: server.url }).complete('hi'))).toMatchObject({
      code: 'unreachable',
      partialText: '',
    })
  })
})

describe('a status that is no reply', () => {
  test.each([
    [404, `{"error":"model 'nope' not found"}`, 'model-missing', "model 'nope' not found"],
    [400, '{"error":"invalid model name"}', 'bad-request', 'invalid model name'],
    [500, '{"error":"option \\"seed\\" must be of type integer"}', 'bad-request', 'must be of type integer'],
    [500, '{"error":"CUDA error"}', 'server-error', 'CUDA error'],
    [403, '', 'forbidden', 'OLLAMA_ORIGINS'],
    [502, '<html>Bad Gateway</html>', 'server-error', 'Bad Gateway'],
  ])('%i %s', async (status, body, code, words) => {
    const { url } = await serveBody(body, status)
    const error = await failureOf(new HermesOllamaClient({ baseUrl: url, model: 'nope' }).complete('hi'))
    expect(error).toMatchObject({ code, status })
    expect(error.message).toContain(words)
  })

  test('an endless reply is given up, whatever the server was told', async () => {
    const million = new TextEncoder().encode(line('x'.repeat(1_000_000)))
    async function* endless() {
      while (true) yield million
    }
    let closed = false
    const close = () => {
      closed = true
    }
    const client = new HermesOllamaClient({
      transport: { request: async () => ({ status: 200, headers: {}, body: endless(), close }) },
    })
    expect(await failureOf(client.complete('hi'))).toMatchObject({ code: 'protocol' })
    expect(closed).toBe(true)
  })

  test('a prompt that is longer than the context is refused, where Ollama would cut out its middle', async () => {
    const server = await SimulatedOllama.start({ profile: 'instant' })
    const client = new HermesOllamaClient({ baseUrl: server.url, contextTokens: 64 })
    const error = await failureOf(client.complete('word '.repeat(500))).finally(() => server.stop())
    expect(error).toMatchObject({ code: 'bad-request', status: 400, retryable: false })
    expect(error.message).toMatch(/context size|exceeds/)
  })

  test('503 with Retry-After', async () => {
    const { url } = await serveBody('{"error":"server busy"}', 503, { 'retry-after': '2' })
    expect(await failureOf(new HermesOllamaClient({ baseUrl: url }).complete('hi'))).toMatchObject({
      code: 'overloaded',
      retryAfterMs: 2000,
      retryable: true,
    })
  })

  test('no server', async () => {
    const error = await failureOf(new HermesOllamaClient({ baseUrl: 'http://127.0.0.1:1' }).complete('hi'))
    expect(error.code).toBe('unreachable')
    expect(error.message).toContain('ollama serve')
  })

  test('an error body that never ends falls under the deadlines', async () => {
    const server = await serve(({ response }) => void response.writeHead(500).write('{"error":'))
    const clock = new ManualClock()
    const failing = failureOf(new HermesOllamaClient({ baseUrl: server.url, clock }).complete('hi'))
    const { gone } = await server.request(0)
    await clock.advanceAsync(60_000)
    expect(await failing).toMatchObject({ code: 'timeout-first-text' })
    await gone
  })
})

describe('three deadlines, each named with what was configured and what elapsed', () => {
  const timeouts = { firstTextMs: 100, idleMs: 30, totalMs: 1000 }

  test('silence before the head', async () => {
    const server = await serve(() => {})
    const clock = new ManualClock()
    const failing = failureOf(new HermesOllamaClient({ baseUrl: server.url, clock }).complete('hi', { timeouts }))
    const { gone } = await server.request(0)
    clock.advance(100)
    const error = await failing
    expect(error).toMatchObject({ code: 'timeout-first-text', limitMs: 100, elapsedMs: 100, partialText: '' })
    expect(error.message).toContain('timeouts.firstTextMs = 100 ms')
    await gone
    expect(clock.pending).toBe(0)
  })

  test('lines without text are silence too', async () => {
    const server = await serve(({ response }) => void response.write(line('')))
    const clock = new ManualClock()
    const failing = failureOf(new HermesOllamaClient({ baseUrl: server.url, clock }).complete('hi', { timeouts }))
    const { response } = await server.request(0)
    for (let i = 0; i < 4; i++) {
      response.write(line(''))
      await clock.advanceAsync(25)
    }
    expect(await failing).toMatchObject({ code: 'timeout-first-text', limitMs: 100, elapsedMs: 100 })
  })

  test('a stall in mid-stream', async () => {
    const server = await serve(({ response }) => void response.write(line('a')))
    const clock = new ManualClock()
    const stream = new HermesOllamaClient({ baseUrl: server.url, clock }).completeStreaming('hi', { timeouts })
    await stream.next()
    const failing = failureOf(stream.next())
    clock.advance(29)
    expect(clock.pending).toBe(1)
    clock.advance(1)
    expect(await failing).toMatchObject({ code: 'timeout-idle', limitMs: 30, elapsedMs: 30, partialText: 'a' })
    await server.requests[0]?.gone
    expect(clock.pending).toBe(0)
  })

  test('a slow drip that never ends', async () => {
    const server = await serve(({ response }) => void response.write(line('a')))
    const clock = new ManualClock()
    const stream = new HermesOllamaClient({ baseUrl: server.url, clock }).completeStreaming('hi', { timeouts })
    const { result, pieces } = await drain(
      (async function* () {
        for (;;) {
          const next = await stream.next()
          if (next.done) return next.value
          yield next.value
          clock.advance(20)
          server.requests[0]?.response.write(line('a'))
        }
      })(),
    )
    expect(result).toMatchObject({
      code: 'timeout-total',
      limitMs: 1000,
      elapsedMs: 1000,
      partialText: pieces.join(''),
    })
    expect(pieces.length).toBeGreaterThan(40)
    await server.requests[0]?.gone
  })

  test.each([
    ['timeout-first-text', { firstTextMs: 50 }, ''],
    ['timeout-idle', { idleMs: 50 }, 'a'],
    ['timeout-total', { totalMs: 50 }, 'a'],
  ])('%s in real time', async (code, timeouts, partialText) => {
    const server = await serve(({ response }) => void (partialText && response.write(line(partialText))))
    const error = await failureOf(new HermesOllamaClient({ baseUrl: server.url }).complete('hi', { timeouts }))
    expect(error).toMatchObject({ code, limitMs: 50, partialText })
    expect(error.elapsedMs).toBeGreaterThanOrEqual(50)
    expect(error.elapsedMs).toBeLessThan(2000)
    await server.requests[0]?.gone
  })
})

describe('leaving and aborting close the connection at once', () => {
  const moments: readonly [string, (request: WireRequest) => void, string[]][] = [
    ['before the head', () => {}, []],
    ['before the first text', ({ response }) => void response.write(line('')), []],
    ['in mid-stream', ({ response }) => void response.write(line('a')), ['a']],
  ]

  test.each(moments)('an abort %s', async (_, answer, texts) => {
    const server = await serve(answer)
    const clock = new ManualClock()
    const caller = new AbortController()
    const stream = new HermesOllamaClient({ baseUrl: server.url, clock }).completeStreaming('hi', {
      signal: caller.signal,
    })
    for (const text of texts) expect(await stream.next()).toEqual({ value: text, done: false })
    const pending = failureOf(stream.next())
    const { gone } = await server.request(0)
    caller.abort('the level was left')
    expect(await pending).toMatchObject({ code: 'aborted', cause: 'the level was left', partialText: texts.join('') })
    await gone
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
    expect(clock.pending).toBe(0)
    expect(await stream.next()).toEqual({ value: undefined, done: true })
  })

  test.each(moments)('return() while a read is pending %s', async (_, answer, texts) => {
    const server = await serve(answer)
    const clock = new ManualClock()
    const caller = new AbortController()
    const stream = new HermesOllamaClient({ baseUrl: server.url, clock }).completeStreaming('hi', {
      signal: caller.signal,
    })
    for (const text of texts) expect(await stream.next()).toEqual({ value: text, done: false })
    const pending = failureOf(stream.next())
    const { gone } = await server.request(0)
    const returned = stream.return(await finished)
    expect(await pending).toMatchObject({ code: 'aborted', partialText: texts.join('') })
    expect(await returned).toEqual({ value: await finished, done: true })
    await gone
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
    expect(clock.pending).toBe(0)
  })

  test('break', async () => {
    const server = await serve(({ response }) => void response.write(line('a')))
    const clock = new ManualClock()
    for await (const text of new HermesOllamaClient({ baseUrl: server.url, clock }).completeStreaming('hi')) {
      expect(text).toBe('a')
      break
    }
    await server.requests[0]?.gone
    expect(clock.pending).toBe(0)
  })

  test('an abort between two reads closes in that moment, not at the next read', async () => {
    const server = await serve(({ response }) => void response.write(line('a')))
    const caller = new AbortController()
    const stream = new HermesOllamaClient({ baseUrl: server.url }).completeStreaming('hi', { signal: caller.signal })
    await stream.next()
    caller.abort('why')
    await server.requests[0]?.gone
    expect(await failureOf(stream.next())).toMatchObject({ code: 'aborted', cause: 'why', partialText: 'a' })
  })

  test('a signal that is aborted already sends nothing', async () => {
    const server = await serveBody(line('a') + doneLine())
    const signal = AbortSignal.abort('early')
    const client = new HermesOllamaClient({ baseUrl: server.url })
    expect(await failureOf(client.complete('hi', { signal }))).toMatchObject({ code: 'aborted', cause: 'early' })
    expect(server.requests).toHaveLength(0)
  })

  test('one stream is left, the others go on', async () => {
    const server = await serve(({ response }) => void response.write(line('a')))
    const client = new HermesOllamaClient({ baseUrl: server.url })
    const streams = [1, 2, 3].map(() => client.completeStreaming('hi'))
    for (const stream of streams) await stream.next()
    const [first, ...others] = streams
    await first?.return(await finished)
    await server.requests[0]?.gone
    for (const request of server.requests.slice(1)) request.response.end(line('b') + doneLine())
    for (const stream of others) expect(await readAll(stream)).toMatchObject({ text: 'ab' })
  })

  test.each<[string, (client: HermesOllamaClient) => Promise<unknown>]>([
    [
      'break',
      async client => {
        for await (const _ of client.completeStreaming('hi')) break
      },
    ],
    [
      'return() while a read is pending',
      async client => {
        const stream = client.completeStreaming('hi')
        await stream.next()
        const pending = stream.next().catch(() => {})
        await stream.return(await finished)
        await pending
      },
    ],
    [
      'an abort',
      async client => {
        const caller = new AbortController()
        const stream = client.completeStreaming('hi', { signal: caller.signal })
        await stream.next()
        caller.abort()
        await stream.next().catch(() => {})
      },
    ],
    [
      'an early stop, when every agent of a batch has its plan',
      async client => {
        const actions = defineActions({ Wait: { args: { seconds: z.number() } } }, { world: z.custom<object>() })
        const executor = new BatchExecutor({ client, actions, emergency: [{ act: 'Wait', seconds: 1 }] })
        const { outcomes } = await executor.run([{ agentId: 'a', world: {} }]).result
        expect(outcomes[0]?.tier).toBe('model')
      },
    ],
  ])('a server that counts its tokens stops within one of them: %s', async (_, leave) => {
    let tokens = 0
    const other = { tokens: 0 }
    const server = await serve(({ body, response }) => {
      const counted = body.includes('"other"') ? other : undefined
      const generate = () => {
        if (response.closed) return
        if (counted) counted.tokens++
        else tokens++
        // The first one is a whole plan.
        const plan = '{"plans":[{"agent":"a","steps":[{"act":"Wait","seconds":1}]}]}'
        response.write(line(tokens === 1 ? plan : ' '), () => setTimeout(generate, 5))
      }
      generate()
    })
    const client = new HermesOllamaClient({ baseUrl: server.url })
    const stays = client.completeStreaming('other')
    await stays.next()
    await leave(client)
    const atLeaving = tokens
    await server.requests[1]?.gone
    expect(tokens - atLeaving).toBeLessThanOrEqual(1)
    // The other stream goes on.
    const before = other.tokens
    while (other.tokens < before + 3) expect(await stays.next()).toMatchObject({ done: false })
    await stays.return(await finished)
  })

  test('a signal that is aborted already does not even ask the transport', async () => {
    let asked = 0
    const client = new HermesOllamaClient({
      transport: {
        request: () => {
          asked++
          return new Promise(() => {})
        },
      },
    })
    expect(await failureOf(client.complete('hi', { signal: AbortSignal.abort() }))).toMatchObject({ code: 'aborted' })
    expect(asked).toBe(0)
  })

  test.each(moments)('over the transport of browsers too: %s', async (_, answer, texts) => {
    const server = await serve(answer)
    const client = new HermesOllamaClient({ baseUrl: server.url, transport: fetchTransport })
    const stream = client.completeStreaming('hi')
    for (const text of texts) expect(await stream.next()).toEqual({ value: text, done: false })
    const pending = failureOf(stream.next())
    const { gone } = await server.request(0)
    await stream.return(await finished)
    expect(await pending).toMatchObject({ code: 'aborted', partialText: texts.join('') })
    await gone
  })

  test('a transport that obeys nothing can’t hold the caller, and its late response is closed', async () => {
    let closed = 0
    let respond = () => {}
    const client = new HermesOllamaClient({
      transport: {
        request: () =>
          new Promise(resolve => {
            respond = () =>
              resolve({
                status: 200,
                headers: {},
                body: { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) },
                close: () => closed++,
              })
          }),
      },
    })
    const caller = new AbortController()
    const first = failureOf(client.complete('hi', { signal: caller.signal }))
    caller.abort()
    expect(await first).toMatchObject({ code: 'aborted' })
    respond()
    await Promise.resolve()
    expect(closed).toBe(1)

    const stream = client.completeStreaming('hi')
    const second = failureOf(stream.next())
    respond()
    await Promise.resolve()
    await stream.return(await finished)
    expect(await second).toMatchObject({ code: 'aborted' })
    expect(closed).toBe(2)
  })
})

test('after a hundred calls that ended in every way no socket, timer or listener is left', async () => {
  const endings: ((request: WireRequest) => void)[] = [
    ({ response }) => response.end(line('a') + doneLine()),
    ({ response }) => response.end(line('a')),
    ({ response }) => response.end('{"error":"boom"}\n'),
    ({ response }) => void response.write(line('a')),
    ({ response }) => void response.write(line('a'), () => response.socket?.destroy()),
    ({ response }) => response.writeHead(503).end('{"error":"server busy"}'),
    () => {},
  ]
  const server = await serve(request => endings[server.requests.length % endings.length]?.(request))
  const clock = new ManualClock()
  const caller = new AbortController()
  const client = new HermesOllamaClient({ baseUrl: server.url, clock })
  const options: LlmRequestOptions = { signal: caller.signal }
  const calls = Array.from({ length: 100 }, () => client.complete('hi', options).catch((error: unknown) => error))
  await server.request(99)
  caller.abort()
  const results = await Promise.all(calls)
  await Promise.all(server.requests.map(({ gone }) => gone))
  expect(results.every(result => result instanceof LlmError || (result as Completion).text === 'a')).toBe(true)
  expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
  expect(clock.pending).toBe(0)
})

describe('warming up', () => {
  const load = '{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"load"}'

  test('without a prompt it loads the weights and nothing else', async () => {
    const server = await serveBody(load, 200, { 'content-type': 'application/json; charset=utf-8' })
    await new HermesOllamaClient({ baseUrl: server.url, contextTokens: 8192 }).warmUp()
    expect(sent(server.requests[0])).toMatchObject({ messages: [], keep_alive: '30m', options: { num_ctx: 8192 } })
  })

  test.each([
    ['the limit', line('a') + doneLine({ done_reason: 'length' })],
    ['no text', doneLine({ done_reason: 'length' })],
    ['a stop', doneLine()],
  ])('with a prompt one token is asked for, and %s is success', async (_, reply) => {
    const server = await serveBody(reply)
    const client = new HermesOllamaClient({
      baseUrl: server.url,
      defaults: { maxTokens: 500, format: 'json', seed: 3 },
    })
    await client.warmUp([{ role: 'system', content: 'the static prefix' }])
    await client.complete('hi').catch(() => {})
    const [warmUp, request] = server.requests.map(sent)
    expect(server.requests).toHaveLength(2)
    expect(warmUp).toMatchObject({
      messages: [{ role: 'system', content: 'the static prefix' }],
      options: { num_ctx: 4096, num_predict: 1 },
    })
    expect(warmUp).not.toHaveProperty('format')
    // Load-time options that differ would reload the model.
    expect(request).toMatchObject({ keep_alive: '30m', options: { num_ctx: 4096, num_predict: 500 } })
  })

  test('a failure is one', async () => {
    const { url } = await serveBody(`{"error":"model 'x' not found"}`, 404)
    expect(await failureOf(new HermesOllamaClient({ baseUrl: url }).warmUp('hi'))).toMatchObject({
      code: 'model-missing',
    })
  })

  test('loading may take minutes, and can be aborted', async () => {
    const server = await serve(() => {})
    const clock = new ManualClock()
    const caller = new AbortController()
    const client = new HermesOllamaClient({ baseUrl: server.url, clock, defaults: { timeouts: { firstTextMs: 10 } } })
    const warming = failureOf(client.warmUp('hi', caller.signal))
    const { gone } = await server.request(0)
    clock.advance(299_999)
    expect(clock.pending).toBe(1)
    caller.abort('why')
    expect(await warming).toMatchObject({ code: 'aborted', cause: 'why' })
    await gone
    expect(clock.pending).toBe(0)
  })
})

const finished: Promise<Completion> = Promise.resolve({
  text: '',
  finishReason: 'stop',
  usage: {},
  timings: { firstTextMs: 0, totalMs: 0 },
})
