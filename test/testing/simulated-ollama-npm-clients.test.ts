import { type ChatResponse, Ollama } from 'ollama'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SimulatedOllama, type SimulatedOllamaOptions } from '../../src/testing/index.ts'

const messages = [{ role: 'user' as const, content: 'say it' }]
const TEXT = 'one two three'

let server: SimulatedOllama
const start = async (options: SimulatedOllamaOptions = {}) => {
  await server?.stop()
  server = await SimulatedOllama.start({ profile: 'instant', models: ['m', 'm-tools'], reply: () => TEXT, ...options })
}
beforeEach(() => start())
afterEach(() => server.stop())

async function ended(count: number): Promise<void> {
  while (server.requests.filter(request => request.ended).length < count)
    await new Promise(resolve => setImmediate(resolve))
}

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}

describe('the npm client ollama', () => {
  const client = () => new Ollama({ host: server.url })

  test('chats in one piece', async () => {
    const { message, done_reason, eval_count } = await client().chat({ model: 'm', messages })
    expect([message, done_reason, eval_count]).toEqual([{ role: 'assistant', content: TEXT }, 'stop', 4])
  })

  test('chats line by line', async () => {
    const lines = await all(await client().chat({ model: 'm', messages, stream: true }))
    expect(lines.map(({ message, done }) => [message.content, done])).toEqual([
      ['one', false],
      [' two', false],
      [' three', false],
      ['', true],
    ])
  })

  test('generates, both ways', async () => {
    const whole = await client().generate({ model: 'm', prompt: 'x' })
    const lines = await all(await client().generate({ model: 'm', prompt: 'x', stream: true }))
    expect([whole.response, lines.map(line => line.response).join('')]).toEqual([TEXT, TEXT])
  })

  test('embeds, pulls, copies and deletes', async () => {
    await start({ registry: ['new'], downloadBytesPerSecond: Number.POSITIVE_INFINITY })
    const { embeddings } = await client().embed({ model: 'm', input: ['a', 'b'] })
    expect(embeddings.map(({ length }) => length)).toEqual([4096, 4096])
    const told = await all(await client().pull({ model: 'new', stream: true }))
    expect([told[0]?.status, told.at(-1)?.status]).toEqual(['pulling manifest', 'success'])
    await client().copy({ source: 'new', destination: 'copy' })
    await client().delete({ model: 'new' })
    expect((await client().list()).models.map(({ name }) => name)).toEqual([
      'copy:latest',
      'm:latest',
      'm-tools:latest',
    ])
    expect(await failureOf(client().pull({ model: 'nope' }))).toMatchObject({
      message: expect.stringContaining('file does not exist'),
    })
  })

  test('lists, shows, and sees what is loaded', async () => {
    expect((await client().list()).models.map(({ name }) => name)).toEqual(['m:latest', 'm-tools:latest'])
    expect((await client().show({ model: 'm' })).template).toContain('<|im_start|>')
    expect((await client().ps()).models).toEqual([])
    await client().chat({ model: 'm', messages: [] })
    expect((await client().ps()).models.map(({ name }) => name)).toEqual(['m:latest'])
    expect((await client().version()).version).toBe('0.33.0')
  })

  test('gets tool calls', async () => {
    await start({ reply: () => '<tool_call>{"name":"go","arguments":{"x":1}}</tool_call>' })
    const tools = [{ type: 'function', function: { name: 'go' } }]
    const { message } = await client().chat({ model: 'm-tools', messages, tools })
    expect(message.tool_calls).toMatchObject([{ function: { name: 'go', arguments: { x: 1 } } }])
  })

  test('aborts in mid-stream, which frees the slot', async () => {
    await start({ profile: 'rtx-4090', reply: () => 'a b '.repeat(200) })
    await client().chat({ model: 'm', messages: [] })
    const stream = await client().chat({ model: 'm', messages, stream: true })
    const seen: ChatResponse[] = []
    const failed = await failureOf(
      (async () => {
        for await (const line of stream) {
          seen.push(line)
          stream.abort()
        }
      })(),
    )
    expect(failed).toMatchObject({ name: 'AbortError' })
    await ended(2)
    expect(server.requests[1]).toMatchObject({ ended: 'aborted' })
    expect(server.requests[1]?.outputTokens).toBeLessThan(10)
  })

  test.each([
    ['an unknown model', { model: 'nope' }, 404, "model 'nope' not found"],
    [
      'a bad option',
      { model: 'm', options: { stop: ['a'], temperature: Object('x') } },
      500,
      'option "temperature" must',
    ],
    ['thinking', { model: 'm', think: true }, 400, '"m" does not support thinking'],
  ])('reports %s', async (_, wish, status_code, words) => {
    const failed = await failureOf(client().chat({ messages, ...wish }))
    expect(failed).toMatchObject({ status_code, message: expect.stringContaining(words) })
  })

  test.each([
    ['an error line', { kind: 'error-line', afterTokens: 2, error: 'boom' } as const, 'boom'],
    ['an end without done', { kind: 'eof', afterTokens: 2 } as const, 'Did not receive done or success'],
  ])('throws for %s in mid-stream', async (_, fault, words) => {
    server.inject(fault)
    const failed = await failureOf(all(await client().chat({ model: 'm', messages, stream: true })))
    expect(String(failed)).toContain(words)
  })
})

describe('the npm client openai', () => {
  const client = () => new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'unused', maxRetries: 0 })

  test('chats in one piece', async () => {
    const { choices, usage } = await client().chat.completions.create({ model: 'm', messages })
    expect(choices).toMatchObject([{ finish_reason: 'stop', message: { role: 'assistant', content: TEXT } }])
    expect(usage?.completion_tokens).toBe(4)
  })

  test('chats chunk by chunk, and is told the usage', async () => {
    const chunks = await all(
      await client().chat.completions.create({
        model: 'm',
        messages,
        stream: true,
        stream_options: { include_usage: true },
      }),
    )
    expect(chunks.map(({ choices: [choice] }) => choice?.delta.content ?? choice?.finish_reason)).toEqual([
      'one',
      ' two',
      ' three',
      'stop',
      undefined,
    ])
    expect(chunks.at(-1)?.usage?.completion_tokens).toBe(4)
  })

  test('completes text, both ways', async () => {
    const whole = await client().completions.create({ model: 'm', prompt: 'x' })
    const chunks = await all(await client().completions.create({ model: 'm', prompt: 'x', stream: true }))
    const streamed = chunks.map(({ choices: [choice] }) => choice?.text).join('')
    expect([whole.choices[0]?.text, streamed]).toEqual([TEXT, TEXT])
  })

  test('lists models and retrieves one', async () => {
    expect((await all(client().models.list())).map(({ id }) => id)).toEqual(['m:latest', 'm-tools:latest'])
    expect(await client().models.retrieve('m')).toMatchObject({ id: 'm', owned_by: 'library' })
    expect(await failureOf(client().models.retrieve('nope'))).toBeInstanceOf(OpenAI.NotFoundError)
  })

  test('gets tool calls', async () => {
    await start({ reply: () => '<tool_call>{"name":"go","arguments":{"x":1}}</tool_call>' })
    const tools = [{ type: 'function' as const, function: { name: 'go' } }]
    const { choices } = await client().chat.completions.create({ model: 'm-tools', messages, tools })
    expect(choices).toMatchObject([
      { finish_reason: 'tool_calls', message: { tool_calls: [{ function: { name: 'go', arguments: '{"x":1}' } }] } },
    ])
  })

  test('aborts in mid-stream, which frees the slot', async () => {
    await start({ profile: 'rtx-4090', reply: () => 'a b '.repeat(200) })
    await client().chat.completions.create({ model: 'm', messages, max_tokens: 1 })
    const stream = await client().chat.completions.create({ model: 'm', messages, stream: true })
    for await (const _ of stream) stream.controller.abort()
    await ended(2)
    expect(server.requests[1]).toMatchObject({ ended: 'aborted' })
    expect(server.requests[1]?.outputTokens).toBeLessThan(10)
  })

  test.each([
    ['an unknown model', { model: 'nope', messages }, 404, "404 model 'nope' not found"],
    ['no messages', { model: 'm', messages: [] }, 400, "400 [] is too short - 'messages'"],
  ])('reports %s', async (_, wish, status, message) => {
    const failed = await failureOf(client().chat.completions.create(wish))
    expect(failed).toMatchObject({ status, message })
  })

  test('takes an error in mid-stream for the end, as the server swallows it and it does not ask for [DONE]', async () => {
    server.inject({ kind: 'error-line', afterTokens: 2 })
    const chunks = await all(await client().chat.completions.create({ model: 'm', messages, stream: true }))
    expect(chunks.map(({ model, choices: [choice] }) => [model, choice?.delta.content, choice?.finish_reason])).toEqual(
      [
        ['m', 'one', null],
        ['m', ' two', null],
        ['', '', null],
      ],
    )
  })
})
