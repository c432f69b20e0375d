import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readAll } from '../../src/llm/llm-client.ts'
import { OpenAiCompatibleClient } from '../../src/llm/openai-compatible-client.ts'
import { type Fault, ManualClock, SimulatedOllama, type SimulatedOllamaOptions } from '../../src/testing/index.ts'
import { type RawReply, rawRequest } from './raw-http.ts'
import { whileTimeGoesOn } from './while-time-goes-on.ts'

let server: SimulatedOllama
const start = async (options: SimulatedOllamaOptions = {}) => {
  await server?.stop()
  server = await SimulatedOllama.start({ profile: 'instant', models: ['m'], reply: () => 'one two', ...options })
}
beforeEach(() => start())
afterEach(() => server.stop())

const client = () => new OpenAiCompatibleClient({ baseUrl: `${server.url}/v1`, model: 'm' })
const chat = (body: object) =>
  rawRequest(server.url, 'POST', '/v1/chat/completions', {
    model: 'm',
    messages: [{ role: 'user', content: 'x' }],
    ...body,
  })

/** The data of a stream's events. */
function eventsOf({ body }: RawReply): string[] {
  return body
    .split('\n\n')
    .filter(event => event !== '')
    .map(event => event.replace(/^data: /, ''))
}

describe('OpenAiCompatibleClient on /v1', () => {
  test('streams, and is told usage and reason', async () => {
    const pieces: string[] = []
    const completion = await readAll(client().completeStreaming('x'), piece => pieces.push(piece))
    expect(pieces.join('')).toBe('one two')
    expect(completion).toMatchObject({ text: 'one two', finishReason: 'stop', usage: { outputTokens: 3 } })
    expect(server.requests[0]).toMatchObject({ path: '/v1/chat/completions', ended: 'done', outputTokens: 3 })
  })

  test('learns that the reply was cut at its limit', async () =>
    expect(await client().complete('x', { maxTokens: 1 })).toMatchObject({ text: 'one', finishReason: 'length' }))

  test.each<readonly [string, string, Fault]>([
    ['an error line is swallowed', 'truncated', { kind: 'error-line', afterTokens: 1 }],
    ['silence is silence', 'truncated', { kind: 'eof', afterTokens: 1 }],
    ['a reset is no end', 'truncated', { kind: 'reset', afterTokens: 1 }],
    ['an error before the text has its status', 'bad-request', { kind: 'refuse', status: 400, error: 'too long' }],
    ['the engine has died', 'server-error', { kind: 'refuse', status: 500, error: 'boom' }],
  ])('%s: %s', async (_, code, fault) => {
    server.inject(fault)
    const failed = await client()
      .complete('x')
      .catch((error: unknown) => error)
    expect(failed).toMatchObject({ code, ...(code === 'truncated' && { partialText: 'one' }) })
  })

  test('an unknown model is missing', async () => {
    const other = new OpenAiCompatibleClient({ baseUrl: `${server.url}/v1`, model: 'nope' })
    await expect(other.complete('x')).rejects.toMatchObject({ code: 'model-missing' })
  })

  test('leaving stops the writing within a token', async () => {
    const clock = new ManualClock()
    await start({ profile: 'rtx-4090', clock, reply: () => 'word '.repeat(100) })
    await whileTimeGoesOn(clock, 100, client().complete('x', { maxTokens: 1 }))
    let read = 0
    const leave = async () => {
      for await (const _ of client().completeStreaming('x')) if (++read === 5) break
      while (!server.requests[1]?.ended) await new Promise(resolve => setImmediate(resolve))
    }
    await whileTimeGoesOn(clock, 1, leave())
    await clock.advanceAsync(500)
    expect(server.requests[1]).toMatchObject({ ended: 'aborted' })
    // One more may have been on its way.
    expect(server.requests[1]?.outputTokens).toBeLessThanOrEqual(read + 1)
  })
})

describe('/v1/chat/completions', () => {
  test.each([
    [
      'text in parts',
      {
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'a' },
              { type: 'text', text: 'b' },
            ],
          },
        ],
      },
    ],
    ['text', { messages: [{ role: 'USER', content: 'a\n\nb' }] }],
  ])('reads %s', async (_, body) => {
    expect((await chat(body)).statusLine).toContain('200')
    expect(server.requests[0]?.prompt).toContain('<|im_start|>user\na\n\nb<|im_end|>')
  })

  test.each([
    ['no content', { messages: [{ role: 'user', content: null }] }, 'invalid message content type: <nil>'],
    ['a number', { messages: [{ role: 'user', content: 3 }] }, 'invalid message content type: float64'],
    [
      'a wrong type',
      { max_tokens: 'x' },
      'json: cannot unmarshal string into Go struct field ChatCompletionRequest.max_tokens of type int',
    ],
    ['no model', { model: '' }, 'model is required'],
  ])('refuses %s', async (_, body, message) => {
    const { statusLine, body: text } = await chat(body)
    expect(statusLine).toContain('400')
    expect(JSON.parse(text)).toEqual({ error: { message, type: 'invalid_request_error', param: null, code: null } })
  })

  test.each([
    ['one string', ' t'],
    ['a list', [' x', ' t']],
  ])('stops at %s', async (_, stop) =>
    expect(JSON.parse((await chat({ stop })).body)).toMatchObject({ choices: [{ message: { content: 'one' } }] }),
  )

  test('a reply cut in silence has no reason', async () => {
    server.inject({ kind: 'eof', afterTokens: 1 })
    expect(JSON.parse((await chat({})).body).choices).toEqual([
      { index: 0, message: { role: 'assistant', content: 'one' }, finish_reason: null },
    ])
  })

  test('before 0.32.6 each chunk names the role, and the last is one with the reason', async () => {
    await start({ version: 'v0.24' })
    const chunks = eventsOf(await chat({ stream: true }))
    expect(chunks.at(-1)).toBe('[DONE]')
    expect(chunks.slice(0, -1).map(chunk => JSON.parse(chunk).choices[0])).toEqual([
      { index: 0, delta: { role: 'assistant', content: 'one' }, finish_reason: null },
      { index: 0, delta: { role: 'assistant', content: ' two' }, finish_reason: null },
      { index: 0, delta: { role: 'assistant', content: '' }, finish_reason: 'stop' },
    ])
  })
})

describe('/v1/completions and /v1/models', () => {
  test('text without a conversation goes through the template', async () => {
    const { body } = await rawRequest(server.url, 'POST', '/v1/completions', { model: 'm', prompt: 'hello' })
    expect(JSON.parse(body)).toMatchObject({ object: 'text_completion', choices: [{ text: 'one two' }] })
    expect(server.requests[0]?.prompt).toBe('<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n')
  })

  test('an error in mid-stream is a chunk that says nothing', async () => {
    server.inject({ kind: 'error-line', afterTokens: 1 })
    const reply = await rawRequest(server.url, 'POST', '/v1/completions', { model: 'm', prompt: 'x', stream: true })
    expect(eventsOf(reply).map(chunk => [JSON.parse(chunk).model, JSON.parse(chunk).choices[0].text])).toEqual([
      ['m', 'one'],
      ['', ''],
    ])
  })

  test('no models are null, as in Go', async () => {
    await start({ models: [] })
    const { body } = await rawRequest(server.url, 'GET', '/v1/models')
    expect(body).toBe('{"object":"list","data":null}\n')
  })
})
