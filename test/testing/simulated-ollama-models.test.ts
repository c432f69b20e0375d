import { afterEach, describe, expect, test } from 'vitest'
import { ManualClock, SimulatedOllama, type SimulatedOllamaOptions } from '../../src/testing/index.ts'
import { linesOf, RawExchange, rawRequest } from './raw-http.ts'

let server: SimulatedOllama
afterEach(() => server.stop())

async function start(options: SimulatedOllamaOptions = {}) {
  server = await SimulatedOllama.start({ profile: 'instant', models: ['m', 'n'], ...options })
}

const post = (path: string, body: unknown) => rawRequest(server.url, 'POST', path, body)
const names = async () =>
  JSON.parse((await rawRequest(server.url, 'GET', '/api/tags')).body).models.map(({ name }: { name: string }) => name)

describe('/api/embed', () => {
  const vectors = async (input: unknown, more = {}): Promise<number[][]> =>
    JSON.parse((await post('/api/embed', { model: 'm', input, ...more })).body).embeddings

  test('stands for a text: the same for the same one, of length 1', async () => {
    await start()
    const [a, b, again] = await vectors(['a', 'b', 'a'])
    expect(a).toEqual(again)
    expect(a).not.toEqual(b)
    expect(a).toHaveLength(4096)
    expect(Math.hypot(...(a ?? []))).toBeCloseTo(1, 4)
    expect(await vectors('a')).toEqual([a])
  })

  test('may be cut to fewer dimensions, again of length 1', async () => {
    await start({ embed: () => [3, 4, 12] })
    expect(await vectors('a')).toEqual([[0.23076925, 0.30769232, 0.923077]])
    expect(await vectors('a', { dimensions: 2 })).toEqual([[0.6, 0.8]])
  })

  test.each([
    [{ model: 'm', input: 5 }, 400, 'invalid input type'],
    [{ model: 'm', input: ['a', 5] }, 400, 'invalid input type'],
    [{ input: 'a' }, 400, 'model is required'],
    [
      { model: 'm', input: 'word '.repeat(50), truncate: false, options: { num_ctx: 8 } },
      400,
      'the input length exceeds',
    ],
    [{ model: 'm', input: 'a', options: { num_ctx: 'x' } }, 500, 'option "num_ctx" must be of type integer'],
  ])('refuses %j', async (body, status, words) => {
    await start()
    const { statusLine, body: said } = await post('/api/embed', body)
    expect(statusLine).toContain(` ${status} `)
    expect(JSON.parse(said).error).toContain(words)
  })

  test('loads the model, waits for a slot, and is read at the pace of the machine', async () => {
    const clock = new ManualClock()
    await start({ profile: 'm1', clock })
    const exchange = new RawExchange(
      server.url,
      'POST',
      '/api/embed',
      JSON.stringify({ model: 'm', input: 'word '.repeat(94), keep_alive: -1 }),
    )
    while (clock.pending === 0) await new Promise(resolve => setImmediate(resolve))
    await clock.advanceAsync(3000)
    const running = await rawRequest(server.url, 'GET', '/api/ps')
    expect(JSON.parse(running.body).models).toMatchObject([{ name: 'm:latest' }])
    expect(exchange.text).toBe('')
    await clock.advanceAsync(2000)
    await exchange.until(() => exchange.reply.complete)
    const { load_duration: load, total_duration: total, prompt_eval_count: count } = JSON.parse(exchange.reply.body)
    // Tokens, as this server counts them.
    expect([load, count]).toEqual([3e9, 95])
    expect(total).toBeGreaterThan(3.9e9)
  })
})

describe('/api/copy and /api/delete', () => {
  test('a copy is the same model under another name, and goes first in the list', async () => {
    await start()
    expect(await post('/api/copy', { source: 'M', destination: 'me/c:v1' })).toMatchObject({
      statusLine: 'HTTP/1.1 200 OK',
      body: '',
    })
    expect(await names()).toEqual(['me/c:v1', 'm:latest', 'n:latest'])
    const { models } = JSON.parse((await rawRequest(server.url, 'GET', '/api/tags')).body)
    expect(models[0].digest).toBe(models[1].digest)
    const chat = await post('/api/chat', { model: 'me/c:v1', messages: [{ role: 'user', content: 'x' }] })
    expect(chat.statusLine).toBe('HTTP/1.1 200 OK')
  })

  test('what is deleted is gone', async () => {
    await start()
    const deleted = await rawRequest(server.url, 'DELETE', '/api/delete', { name: 'm' })
    expect(deleted).toMatchObject({ statusLine: 'HTTP/1.1 200 OK', body: '' })
    expect(await names()).toEqual(['n:latest'])
    expect((await post('/api/show', { model: 'm' })).statusLine).toContain('404')
  })

  test.each([
    ['DELETE', '/api/delete', { model: 'a b' }, 400, 'name "a b" is invalid'],
    ['POST', '/api/copy', { source: 'a b', destination: 'x' }, 400, 'source "a b" is invalid'],
    ['POST', '/api/copy', { source: 'm' }, 400, 'destination "" is invalid'],
  ])('%s %s %j is refused', async (method, path, body, status, error) => {
    await start()
    const { statusLine, body: said } = await rawRequest(server.url, method, path, body)
    expect(statusLine).toContain(` ${status} `)
    expect(JSON.parse(said)).toEqual({ error })
  })
})

describe('/api/pull', () => {
  test('tells of each layer, then the model is there', async () => {
    await start({ registry: ['me/new:q4_0'], downloadBytesPerSecond: Number.POSITIVE_INFINITY })
    const reply = await post('/api/pull', { model: 'me/new:q4_0' })
    expect(reply.headers).toContain('Content-Type: application/x-ndjson')
    const lines = linesOf(reply)
    expect(lines[0]).toEqual({ status: 'pulling manifest' })
    expect(lines[1]).toEqual({
      status: expect.stringMatching(/^pulling [0-9a-f]{12}$/),
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      total: expect.any(Number),
    })
    expect(lines[2]).toMatchObject({ ...lines[1], completed: lines[1]?.total })
    expect(lines.slice(-3).map(({ status }) => status)).toEqual([
      'verifying sha256 digest',
      'writing manifest',
      'success',
    ])
    expect(await names()).toEqual(['me/new:q4_0', 'm:latest', 'n:latest'])
    // A second time, nothing is left to do but to look.
    const again = linesOf(await post('/api/pull', { name: 'me/new:q4_0' }))
    expect(again.filter(line => 'completed' in line && line.completed !== line.total)).toEqual([])
    expect(again).toHaveLength(8)
  })

  test('without a stream, only the end is told', async () => {
    await start({ registry: ['new'], downloadBytesPerSecond: Number.POSITIVE_INFINITY })
    expect(await post('/api/pull', { model: 'new', stream: false })).toMatchObject({ body: '{"status":"success"}' })
    expect(await post('/api/pull', { model: 'other', stream: false })).toMatchObject({
      statusLine: 'HTTP/1.1 500 Internal Server Error',
      body: '{"error":"pull model manifest: file does not exist"}',
    })
  })

  test('takes its time, ends when the caller leaves, and goes on from there', async () => {
    const clock = new ManualClock()
    await start({ clock, registry: ['new'], downloadBytesPerSecond: 50_000_000 })
    const begin = () => new RawExchange(server.url, 'POST', '/api/pull', '{"model":"new"}')
    const first = begin()
    while (clock.pending === 0) await new Promise(resolve => setImmediate(resolve))
    await clock.advanceAsync(600)
    await first.until(text => text.includes('"completed":30000000}'))
    first.socket.destroy()
    while (clock.pending > 0) await new Promise(resolve => setImmediate(resolve))
    expect(await names()).toEqual(['m:latest', 'n:latest'])

    const second = begin()
    await second.until(text => text.includes('"completed":30000000}'))
    expect(linesOf(second.reply)[1]).toMatchObject({ completed: 30_000_000 })
    while (!second.reply.complete) {
      await clock.advanceAsync(10_000)
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(linesOf(second.reply).at(-1)).toEqual({ status: 'success' })
    expect(clock.pending).toBe(0)
  })

  test('what was deleted is pulled from the start', async () => {
    await start({ registry: ['new'], downloadBytesPerSecond: Number.POSITIVE_INFINITY })
    await post('/api/pull', { model: 'new' })
    await post('/api/copy', { source: 'new', destination: 'copy' })
    await rawRequest(server.url, 'DELETE', '/api/delete', { model: 'new' })
    expect(linesOf(await post('/api/pull', { model: 'new' }))[1]).toHaveProperty('completed')
    for (const model of ['new', 'copy']) await rawRequest(server.url, 'DELETE', '/api/delete', { model })
    expect(linesOf(await post('/api/pull', { model: 'new' }))[1]).not.toHaveProperty('completed')
  })

  test.each([
    ['', '{"error":"missing request body"}'],
    ['{"model":"a b"}', '{"error":"invalid model name"}'],
  ])('%j is refused', async (body, said) => {
    await start()
    expect(await post('/api/pull', body)).toMatchObject({ statusLine: 'HTTP/1.1 400 Bad Request', body: said })
  })
})
