import { request } from 'undici'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SeededRandom } from '../../src/seeded-random.ts'
import {
  type Fault,
  ManualClock,
  SimulatedOllama,
  type SimulatedOllamaOptions,
  TIMING_PROFILES,
} from '../../src/testing/index.ts'
import { linesOf, RawExchange, rawRequest } from './raw-http.ts'

const MODEL = 'hermes2pro'
const LOAD_MS = TIMING_PROFILES['rtx-3060'].loadMs

let clock: ManualClock
let running: SimulatedOllama[]
beforeEach(() => {
  clock = new ManualClock()
  running = []
})
afterEach(() => Promise.all(running.map(server => server.stop())))

async function start(options: SimulatedOllamaOptions = {}): Promise<SimulatedOllama> {
  const server = await SimulatedOllama.start({ models: [MODEL], ...options })
  running.push(server)
  return server
}

const chat = (content: string, more: object = {}) => ({ model: MODEL, messages: [{ role: 'user', content }], ...more })

/** So many tokens, no two neighbours alike: a model that repeats itself is cut off. */
const words = (count: number) => Array.from({ length: count }, (_, i) => (i % 2 ? ' tock' : ' tick')).join('')

/** Lets the manual clock run, in steps of 100 ms, until the work is done. */
async function finish<T>(work: Promise<T>): Promise<T> {
  let done = false
  const result = work.finally(() => {
    done = true
  })
  result.catch(() => {})
  while (!done) await clock.advanceAsync(100)
  return await result
}

/** Lets sockets go on, with time standing still, until the check holds. */
async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise(resolve => setImmediate(resolve))
}

/** A chat that has arrived and waits for the clock. */
async function openChat(server: SimulatedOllama, body: object): Promise<RawExchange> {
  const count = server.requests.length
  const exchange = new RawExchange(server.url, 'POST', '/api/chat', JSON.stringify(body))
  await until(() => server.requests.length > count && server.requests.at(-1)?.model !== '')
  await clock.advanceAsync(0)
  return exchange
}

const loaded = (server: SimulatedOllama) => finish(rawRequest(server.url, 'POST', '/api/chat', { model: MODEL }))

describe('the bytes', () => {
  test('a streamed line is one HTTP chunk, in the headers of Go', async () => {
    const { url } = await start({ profile: 'instant', reply: () => 'Go <north> & wait', clock })
    const reply = await rawRequest(url, 'POST', '/api/chat', chat('x'))
    expect(reply.headers).toEqual([
      'Content-Type: application/x-ndjson',
      'Date: Thu, 01 Jan 2026 00:00:00 GMT',
      'Transfer-Encoding: chunked',
    ])
    expect(reply.chunks[0]).toBe(
      `{"model":"hermes2pro","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":"Go"},"done":false}\n`,
    )
    expect(reply.chunks.every(chunk => /^\{.*\}\n$/.test(chunk))).toBe(true)
    expect(reply.body).toContain('"content":"\\u003cnorth"')
  })

  test.each([
    ['GET', '/', 'Content-Type: text/plain; charset=utf-8', 'Content-Length: 17', 'Ollama is running'],
    ['HEAD', '/', 'Content-Type: text/plain; charset=utf-8', 'Content-Length: 17', ''],
    [
      'GET',
      '/api/version',
      'Content-Type: application/json; charset=utf-8',
      'Content-Length: 20',
      '{"version":"0.33.0"}',
    ],
    ['HEAD', '/api/version', 'Content-Type: application/json; charset=utf-8', 'Content-Length: 20', ''],
    ['GET', '/api/ps', 'Content-Type: application/json; charset=utf-8', 'Content-Length: 13', '{"models":[]}'],
    ['GET', '/api/ps?x=1', 'Content-Type: application/json; charset=utf-8', 'Content-Length: 13', '{"models":[]}'],
  ])('%s %s', async (method, path, type, length, body) => {
    const { url } = await start({ profile: 'instant', clock })
    const reply = await rawRequest(url, method, path)
    expect(reply.statusLine).toBe('HTTP/1.1 200 OK')
    expect(reply.headers).toEqual([type, 'Date: Thu, 01 Jan 2026 00:00:00 GMT', length])
    expect(reply.body).toBe(body)
  })

  test('a line longer than 4096 bytes leaves in two chunks', async () => {
    const { url } = await start({ profile: 'instant', reply: () => words(900) })
    const reply = await rawRequest(url, 'POST', '/api/generate', {
      model: MODEL,
      prompt: 'x',
    })
    expect(Buffer.byteLength(reply.chunks.at(-2) ?? '')).toBe(4096)
    expect(`${reply.chunks.at(-2)}${reply.chunks.at(-1)}`).toMatch(/"done":true.*"context":\[.*\}\n$/)
  })

  test('an emoji takes four tokens and one line', async () => {
    const server = await start({ profile: 'instant', reply: () => '🏰é' })
    const lines = linesOf(await rawRequest(server.url, 'POST', '/api/chat', chat('x')))
    expect(lines.map(({ message }) => message)).toEqual(
      ['🏰', 'é', ''].map(content => ({ role: 'assistant', content })),
    )
    expect(lines.at(-1)).toMatchObject({ eval_count: 6 })
  })

  test('tags, show and ps tell of the model', async () => {
    const { url } = await start({ profile: 'instant', models: ['adrienbrault/nous-hermes2pro:Q4_0'], clock })
    const [tags] = linesOf(await rawRequest(url, 'GET', '/api/tags'))
    expect(tags).toMatchObject({
      models: [{ name: 'adrienbrault/nous-hermes2pro:Q4_0', size: 4_368_439_584, capabilities: ['completion'] }],
    })
    const [show] = linesOf(await rawRequest(url, 'POST', '/api/show', { model: 'ADRIENBRAULT/nous-hermes2pro:q4_0' }))
    expect(show).toMatchObject({
      details: { quantization_level: 'Q4_0' },
      model_info: { 'llama.context_length': 32_768 },
      template: expect.stringContaining('<|im_start|>assistant'),
    })
    await rawRequest(url, 'POST', '/api/generate', { model: 'adrienbrault/nous-hermes2pro:Q4_0', keep_alive: '90s' })
    const [ps] = linesOf(await rawRequest(url, 'GET', '/api/ps'))
    expect(ps).toMatchObject({
      models: [{ name: 'adrienbrault/nous-hermes2pro:Q4_0', expires_at: '2026-01-01T00:01:30Z', context_length: 4096 }],
    })
  })
})

describe('the pace', () => {
  test('no byte leaves before the first token, and every token has its time', async () => {
    const server = await start({ clock, reply: () => 'one two three four' })
    await loaded(server)
    const exchange = await openChat(server, chat('word '.repeat(290)))
    await clock.advanceAsync(200)
    expect(exchange.text).toBe('')
    await finish(exchange.until(text => text.includes('"done":true')))
    const [first = 0, second = 0] = linesOf(exchange.reply).map(line => Date.parse(String(line.created_at)))
    expect(first - second).toBeLessThan(-15)
    expect(first - second).toBeGreaterThan(-25)
  })

  test('reports 1500 tokens of prompt a second and 52 of reply, as it paces them', async () => {
    const server = await start({ clock, reply: () => 'a word '.repeat(250) })
    await loaded(server)
    const reply = await finish(
      rawRequest(server.url, 'POST', '/api/chat', chat('read this '.repeat(150), { stream: false })),
    )
    const [{ prompt_eval_count, prompt_eval_duration, eval_count, eval_duration, load_duration, total_duration }] =
      linesOf(reply) as [Record<string, number>]
    expect(prompt_eval_count).toBeGreaterThan(300)
    expect(prompt_eval_duration).toBe(Math.round((Number(prompt_eval_count) / 1500) * 1e9))
    expect(Number(eval_count) / (Number(eval_duration) / 1e9)).toBeGreaterThan(49)
    expect(Number(eval_count) / (Number(eval_duration) / 1e9)).toBeLessThan(53)
    const parts = Number(load_duration) + Number(prompt_eval_duration) + Number(eval_duration)
    expect(Math.abs(Number(total_duration) - parts)).toBeLessThan(1000)
  })

  test('a timer that fires late delays no token after it', async () => {
    const server = await start({ clock, reply: () => words(50) })
    await loaded(server)
    const exchange = await openChat(server, chat('x'))
    await finish(exchange.until(text => text.includes('tick')))
    // One leap: everything that was due meanwhile goes out, with no more time passing.
    clock.advance(10_000)
    const leaptMs = clock.now()
    await exchange.until(text => text.includes('"done":true'))
    expect(clock.now()).toBe(leaptMs)
    expect(exchange.reply.chunks).toHaveLength(51)
  })

  test('on real time, too', async () => {
    const server = await start({ profile: 'rtx-4090', reply: () => words(30) })
    await rawRequest(server.url, 'POST', '/api/chat', { model: MODEL })
    const startedMs = performance.now()
    const { body } = await request(`${server.url}/api/chat`, { method: 'POST', body: JSON.stringify(chat('x')) })
    const arrivals: number[] = []
    for await (const _ of body) arrivals.push(performance.now() - startedMs)
    // 31 tokens at 130 a second; a busy machine may be later, never sooner.
    expect(arrivals.length).toBeGreaterThan(10)
    expect(arrivals.at(-1)).toBeGreaterThan(200)
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(150)
  })

  test('the same seed and requests give the same replies at the same pace', async () => {
    const bodies: string[] = []
    for (const seed of [1, 1, 2]) {
      clock = new ManualClock()
      const server = await start({ clock, seed })
      await loaded(server)
      const exchange = await openChat(server, chat('Agent "a": {}\nAgent "b": {}'))
      await finish(exchange.until(text => text.includes('"done":true')))
      bodies.push(exchange.reply.body.replace(/"created_at":"[^"]+",/g, ''))
    }
    expect(bodies[0]).toBe(bodies[1])
    expect(bodies[0]).not.toBe(bodies[2])
  })
})

describe('the model in memory', () => {
  test('is loaded by the first request, kept five minutes after the last, and gone then', async () => {
    const server = await start({ clock, reply: () => 'ok' })
    const first = await openChat(server, chat('x'))
    await clock.advanceAsync(LOAD_MS - 1)
    expect((await rawRequest(server.url, 'GET', '/api/ps')).body).toBe('{"models":[]}')
    await finish(first.until(text => text.includes('"done":true')))
    expect(Number(linesOf(first.reply).at(-1)?.load_duration)).toBeGreaterThanOrEqual(LOAD_MS * 1e6)
    const endedMs = Number(server.requests[0]?.endedMs)
    const again = linesOf(await finish(rawRequest(server.url, 'POST', '/api/chat', chat('x')))).at(-1)
    expect(Number(again?.load_duration)).toBeLessThan(200e6)
    await clock.advanceAsync(endedMs + 5 * 60_000 - clock.now())
    expect((await rawRequest(server.url, 'GET', '/api/ps')).body).toContain(MODEL)
    await clock.advanceAsync(Number(server.requests[1]?.endedMs) - endedMs + 1)
    expect((await rawRequest(server.url, 'GET', '/api/ps')).body).toBe('{"models":[]}')
  })

  test.each([
    ['num_ctx', { options: { num_ctx: 2048 } }, true],
    ['num_thread', { options: { num_thread: 3 } }, true],
    ['num_keep', { options: { num_keep: 9 } }, true],
    ['shift', { shift: false }, true],
    ['temperature', { options: { temperature: 0 } }, false],
    ['the default num_ctx', { options: { num_ctx: 4096 } }, false],
  ])('a request with another %s: %o reloads it: %s', async (_, more, reloads) => {
    const server = await start({ clock, reply: () => 'ok' })
    await loaded(server)
    const last = linesOf(await finish(rawRequest(server.url, 'POST', '/api/chat', chat('x', more)))).at(-1)
    expect(Number(last?.load_duration) > LOAD_MS * 1e6).toBe(reloads)
  })

  test('a reload waits for the request that runs, and gives the memory back first', async () => {
    const server = await start({ clock, reply: () => words(50) })
    await loaded(server)
    const running = await openChat(server, chat('x'))
    const other = await openChat(server, chat('x', { options: { num_ctx: 2048 } }))
    await finish(other.until(text => text.includes('"done":true')))
    const [, before, after] = server.requests
    expect(running.text).toContain('"done":true')
    const { unloadMs } = TIMING_PROFILES['rtx-3060']
    expect(Number(after?.firstTokenMs)).toBeGreaterThan(Number(before?.endedMs) + LOAD_MS + unloadMs)
    expect((await rawRequest(server.url, 'GET', '/api/ps')).body).toContain('"context_length":2048')
  })

  test.each([
    [0, '{"models":[]}'],
    ['0s', '{"models":[]}'],
    [30, '"expires_at":"2026-01-01T00:00:30Z"'],
    ['1h30m', '"expires_at":"2026-01-01T01:30:00Z"'],
    [-1, '"expires_at":"2318-04-12T23:47:16.854'],
    ['-1m', '"expires_at":"2318-04-12T23:47:16.854'],
  ])('keep_alive %s', async (keep_alive, expected) => {
    const { url } = await start({ clock, profile: 'instant', reply: () => 'ok' })
    await rawRequest(url, 'POST', '/api/chat', chat('x', { keep_alive }))
    expect((await rawRequest(url, 'GET', '/api/ps')).body).toContain(expected)
    expect(clock.pending).toBe(
      typeof keep_alive === 'number' ? (keep_alive > 0 ? 1 : 0) : keep_alive === '1h30m' ? 1 : 0,
    )
  })

  test('an unload answers at once and waits for the request that runs', async () => {
    const server = await start({ clock, reply: () => words(20) })
    await loaded(server)
    const exchange = await openChat(server, chat('x'))
    const reply = await rawRequest(server.url, 'POST', '/api/generate', { model: MODEL, keep_alive: 0 })
    expect(reply.body).toContain('"done_reason":"unload"')
    expect((await rawRequest(server.url, 'GET', '/api/ps')).body).toContain(MODEL)
    await finish(exchange.until(text => text.includes('"done":true')))
    expect((await rawRequest(server.url, 'GET', '/api/ps')).body).toBe('{"models":[]}')
  })

  test('a load queue that is full answers 503; who is in it is served', async () => {
    const server = await start({ clock, reply: () => 'ok', maxQueue: 3 })
    const exchanges = Array.from({ length: 12 }, () => {
      return new RawExchange(server.url, 'POST', '/api/chat', JSON.stringify(chat('x')))
    })
    await finish(Promise.all(exchanges.map(exchange => exchange.until(() => exchange.reply.complete))))
    const replies = exchanges.map(exchange => exchange.reply)
    expect(replies.filter(({ statusLine }) => statusLine.includes(' 200 '))).toHaveLength(4)
    const refused = replies.filter(({ statusLine }) => statusLine === 'HTTP/1.1 503 Service Unavailable')
    expect(refused).toHaveLength(8)
    expect(refused[0]?.body).toBe('{"error":"server busy, please try again.  maximum pending requests exceeded"}')
  })

  test('an abort ends a load, and the next in line starts its own', async () => {
    const server = await start({ clock, reply: () => 'ok' })
    const first = await openChat(server, chat('x'))
    const second = await openChat(server, chat('y'))
    await clock.advanceAsync(LOAD_MS / 2)
    first.socket.destroy()
    await until(() => server.requests[0]?.ended !== undefined)
    await finish(second.until(text => text.includes('"done":true')))
    expect(server.requests.map(({ ended }) => ended)).toEqual(['aborted', 'done'])
    expect(Number(server.requests[1]?.firstTokenMs)).toBeGreaterThan(LOAD_MS * 1.5)
  })
})

describe('the prefix cache', () => {
  const rules = 'You are a guard of the castle. '.repeat(30)
  const about = (name: string) => ({
    model: MODEL,
    messages: [
      { role: 'system', content: rules },
      { role: 'user', content: `Plan for ${name}.` },
    ],
  })

  test('costs only the tokens that differ, token by token, and never none', async () => {
    const server = await start({ clock, reply: () => 'ok' })
    const last: Record<string, unknown>[] = []
    for (const name of ['Ada', 'Ada', 'Bob']) {
      const reply = await finish(rawRequest(server.url, 'POST', '/api/chat', { ...about(name), stream: false }))
      last.push(...linesOf(reply))
    }
    const [first, same, other] = server.requests
    const total = Number(first?.promptTokens)
    expect(first).toMatchObject({ cachedTokens: 0, evaluatedTokens: total })
    expect(same).toMatchObject({ promptTokens: total, cachedTokens: total - 1, evaluatedTokens: 1 })
    // From the name on: ` Bob`, `.<|`, `im`, `_`, `end`, `|>`, `\n`, `<|`, `im`, `_`, `start`, `|>`, `assist`, `ant`, `\n`.
    expect(other).toMatchObject({ promptTokens: total, cachedTokens: total - 15, evaluatedTokens: 15 })
    expect(last.map(line => line.prompt_eval_count)).toEqual([total, total, total])
    expect(last.map(line => line.prompt_eval_duration)).toEqual(
      [total, 1, 15].map(tokens => Math.round((tokens / 1500) * 1e9)),
    )
  })

  test('is lost when the model is unloaded', async () => {
    const server = await start({ clock, profile: 'instant', reply: () => 'ok' })
    for (const keep_alive of [0, 0]) {
      await finish(rawRequest(server.url, 'POST', '/api/chat', { ...about('Ada'), keep_alive }))
    }
    expect(server.requests.map(({ cachedTokens }) => cachedTokens)).toEqual([0, 0])
  })

  test('keeps of an aborted prompt what had been read', async () => {
    const server = await start({ clock, reply: () => 'ok' })
    await loaded(server)
    const exchange = await openChat(server, chat('word '.repeat(1400)))
    await clock.advanceAsync(500)
    exchange.socket.destroy()
    await until(() => server.requests.at(-1)?.ended !== undefined)
    const read = Number(server.requests.at(-1)?.evaluatedTokens)
    expect(read).toBeGreaterThan(400)
    expect(read).toBeLessThan(760)
    await finish(rawRequest(server.url, 'POST', '/api/chat', chat('word '.repeat(1400))))
    expect(server.requests.at(-1)?.cachedTokens).toBe(read)
  })
})

describe('the slots', () => {
  test('one by default: requests are answered in the order they came', async () => {
    const server = await start({ clock, reply: () => words(10) })
    await loaded(server)
    const exchanges: RawExchange[] = []
    for (const name of ['a', 'b', 'c']) exchanges.push(await openChat(server, chat(name)))
    await finish(Promise.all(exchanges.map(exchange => exchange.until(text => text.includes('"done":true')))))
    const [, first, second, third] = server.requests
    expect(Number(second?.firstTokenMs)).toBeGreaterThan(Number(first?.endedMs))
    expect(Number(third?.firstTokenMs)).toBeGreaterThan(Number(second?.endedMs))
  })

  test('with two, two replies are written at once, each slower than alone', async () => {
    const server = await start({ clock, parallel: 2, reply: () => words(50) })
    await loaded(server)
    const exchanges: RawExchange[] = []
    for (const name of ['a', 'b', 'c']) exchanges.push(await openChat(server, chat(name)))
    await finish(Promise.all(exchanges.map(exchange => exchange.until(text => text.includes('"done":true')))))
    const [, first, second, third] = server.requests
    expect(Number(second?.firstTokenMs)).toBeLessThan(Number(first?.endedMs))
    expect(Number(third?.firstTokenMs)).toBeGreaterThan(Math.min(Number(first?.endedMs), Number(second?.endedMs)))
    const rate = 50 / ((Number(first?.endedMs) - Number(first?.firstTokenMs)) / 1000)
    expect(rate).toBeGreaterThan(52 * 0.9 * 0.9)
    expect(rate).toBeLessThan(52 * 0.9 * 1.1)
  })

  test('an abort stops the writing within a token and frees the slot at once', async () => {
    const server = await start({ clock, reply: () => words(100) })
    await loaded(server)
    const left = await openChat(server, chat('a'))
    const next = await openChat(server, chat('b'))
    const queued = await openChat(server, chat('c'))
    await finish(left.until(text => text.split('\n').length > 20))
    queued.socket.destroy()
    left.socket.destroy()
    const written = Number(server.requests[1]?.outputTokens)
    await until(() => server.requests[1]?.ended !== undefined && server.requests[3]?.ended !== undefined)
    await clock.advanceAsync(500)
    expect(server.requests[1]).toMatchObject({ ended: 'aborted', outputTokens: written })
    expect(server.requests[3]).toMatchObject({ ended: 'aborted', outputTokens: 0, evaluatedTokens: 0 })
    expect(server.requests[2]?.outputTokens).toBeGreaterThan(5)
    await finish(next.until(text => text.includes('"done":true')))
    expect(server.requests[2]).toMatchObject({ ended: 'done', outputTokens: 101 })
  })

  test('an abort is noticed on a server that waits for nothing', async () => {
    const server = await start({ profile: 'instant', reply: () => words(20_000) })
    const exchange = new RawExchange(server.url, 'POST', '/api/chat', JSON.stringify(chat('a')))
    await exchange.until(text => text.includes('"done":false'))
    exchange.socket.destroy()
    await until(() => server.requests[0]?.ended !== undefined)
    expect(server.requests[0]?.ended).toBe('aborted')
    expect(server.requests[0]?.outputTokens).toBeLessThan(10_000)
  })

  test('a reader who never reads holds up the writer', async () => {
    const server = await start({ profile: 'instant', reply: () => words(60_000) })
    const exchange = new RawExchange(
      server.url,
      'POST',
      '/api/chat',
      JSON.stringify(chat('a', { options: { num_predict: 0 } })),
    )
    exchange.socket.pause()
    let before = -1
    await until(() => {
      const { outputTokens = 0 } = server.requests[0] ?? {}
      const stands = outputTokens > 0 && outputTokens === before
      before = outputTokens
      return stands
    })
    // What the buffers of two sockets hold of it, which is some 4 MB.
    expect(server.requests[0]?.outputTokens).toBeLessThan(60_000)
    exchange.socket.destroy()
    await until(() => server.requests[0]?.ended === 'aborted')
  })
})

describe('the reply', () => {
  test.each([
    ['ends at num_predict', 'a b c d', { num_predict: 2 }, ['a', ' b', ''], 'length'],
    ['ends at a stop string, which is not sent', 'go STOP on', { stop: ['STOP'] }, ['go', ' ', ''], 'stop'],
    ['holds back what may be a stop string', 'a END b', { stop: [' ENDX'] }, ['a', ' END b', ''], 'stop'],
    ['gives back what was held at the end', 'a END', { stop: [' END.'] }, ['a', ' END', ''], 'stop'],
    [
      'leaks half a stop string at num_predict',
      'a END',
      { num_predict: 2, stop: [' END.'] },
      ['a', ' END', ''],
      'length',
    ],
    ['ends where the model answers as the user', 'ok<|im_start|>user', {}, ['ok', ''], 'stop'],
    [
      'replaces the whole stop list',
      'ok<|im_end|>x',
      { stop: ['x'] },
      ['ok', '<|', 'im', '_', 'end', '|>', ''],
      'stop',
    ],
    ['loses an emoji that is cut', 'a🏰', { num_predict: 3 }, ['a', ''], 'length'],
  ])('%s', async (_, text, options, pieces, reason) => {
    const { url } = await start({ profile: 'instant', reply: () => text })
    const lines = linesOf(await rawRequest(url, 'POST', '/api/chat', chat('x', { options })))
    expect(lines.map(line => Object(line.message).content)).toEqual(pieces)
    expect(lines.at(-1)).toMatchObject({ done: true, done_reason: reason })
  })

  test('comes from the function, which sees the prompt as the model does', async () => {
    const seen: string[] = []
    const { url } = await start({ profile: 'instant', reply: prompt => void seen.push(prompt) })
    await rawRequest(url, 'POST', '/api/chat', {
      model: MODEL,
      messages: [
        { role: 'System', content: 'S' },
        { role: 'user', content: 'u' },
        { role: 'user', content: 'v' },
        { role: 'tool', content: 'ignored' },
      ],
    })
    await rawRequest(url, 'POST', '/api/generate', { model: MODEL, prompt: 'p', system: 's' })
    await rawRequest(url, 'POST', '/api/generate', { model: MODEL, prompt: 'p', raw: true })
    expect(seen).toEqual([
      '<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nu\n\nv<|im_end|>\n<|im_start|>assistant\n',
      '<|im_start|>system\ns<|im_end|>\n<|im_start|>user\np<|im_end|>\n<|im_start|>assistant\n',
      'p',
    ])
  })

  test('a prompt over the context loses its oldest messages, then its middle, or is refused', async () => {
    const server = await start({ profile: 'instant', reply: () => 'ok' })
    const messages = [
      { role: 'system', content: 'rules' },
      { role: 'user', content: 'old '.repeat(80) },
      { role: 'assistant', content: 'middle' },
      { role: 'user', content: 'new '.repeat(40) },
    ]
    const options = { num_ctx: 100 }
    await rawRequest(server.url, 'POST', '/api/chat', { model: MODEL, messages, options })
    expect(server.requests[0]?.prompt).toContain(
      'system\nrules<|im_end|>\n<|im_start|>assistant\nmiddle<|im_end|>\n<|im_start|>user\nnew new',
    )
    await rawRequest(server.url, 'POST', '/api/chat', chat('long '.repeat(200), { options }))
    expect(server.requests[1]?.promptTokens).toBe(52)
    expect(server.requests[1]?.prompt).toMatch(/^<\|im_start long long/)
    const refused = await rawRequest(
      server.url,
      'POST',
      '/api/chat',
      chat('long '.repeat(200), { options, truncate: false }),
    )
    expect(refused.statusLine).toBe('HTTP/1.1 400 Bad Request')
    const { error } = JSON.parse(refused.body)
    expect(JSON.parse(error)).toMatchObject({ error: { type: 'exceed_context_size_error', n_ctx: 100 } })
  })

  test('without shift, it ends with the context', async () => {
    const { url } = await start({ profile: 'instant', reply: () => words(200) })
    const more = { options: { num_ctx: 100 }, shift: false, stream: false }
    const [line] = linesOf(await rawRequest(url, 'POST', '/api/chat', chat('x', more)))
    expect(line).toMatchObject({ done_reason: 'length' })
    expect(Number(line?.prompt_eval_count) + Number(line?.eval_count)).toBe(100)
  })
})

describe('faults', () => {
  test.each([
    ['none', { kind: 'none' }, 'HTTP/1.1 200 OK', ['one', ' two', ' three', 'done'], true],
    ['an error line', { kind: 'error-line', afterTokens: 2 }, 'HTTP/1.1 200 OK', ['one', ' two', 'error'], true],
    [
      'an error before any token',
      { kind: 'error-line', afterTokens: 0 },
      'HTTP/1.1 500 Internal Server Error',
      ['error'],
      true,
    ],
    ['an end without done', { kind: 'eof', afterTokens: 1 }, 'HTTP/1.1 200 OK', ['one'], true],
    ['an end without anything', { kind: 'eof', afterTokens: 0 }, 'HTTP/1.1 200 OK', [], true],
    ['a refusal', { kind: 'refuse', status: 400, error: 'no' }, 'HTTP/1.1 400 Bad Request', ['error'], true],
    [
      'a status',
      { kind: 'status', status: 503, body: '{"error":"busy"}' },
      'HTTP/1.1 503 Service Unavailable',
      ['error'],
      true,
    ],
    [
      'a garbage line',
      { kind: 'garbage', afterTokens: 1, line: '"?"' },
      'HTTP/1.1 200 OK',
      ['one', '?', ' two', ' three', 'done'],
      true,
    ],
  ] as const)('%s', async (_, fault, statusLine, expected, complete) => {
    const server = await start({ profile: 'instant', reply: () => 'one two three', faults: [fault] })
    const reply = await rawRequest(server.url, 'POST', '/api/chat', chat('x'))
    expect(reply).toMatchObject({ statusLine, complete })
    const told = reply.body
      .split('\n')
      .filter(Boolean)
      .map(line => {
        const value = JSON.parse(line)
        return value === '?' ? '?' : value.done ? 'done' : (value.message?.content ?? Object.keys(value)[0])
      })
    expect(told).toEqual(expected)
    // It was for one request only.
    expect((await rawRequest(server.url, 'POST', '/api/chat', chat('x'))).body).toContain('"done":true')
  })

  test('an HTML page from a proxy', async () => {
    const server = await start({ profile: 'instant' })
    server.inject({ kind: 'status', status: 502, body: '<html>Bad Gateway</html>', headers: { 'Retry-After': '1' } })
    const reply = await rawRequest(server.url, 'POST', '/api/generate', { model: MODEL, prompt: 'x' })
    expect(reply.statusLine).toBe('HTTP/1.1 502 Bad Gateway')
    expect(reply.headers).toContain('Content-Type: text/html')
    expect(reply.headers).toContain('Retry-After: 1')
  })

  test.each([0, 2])('a reset after %i tokens', async afterTokens => {
    const server = await start({
      profile: 'instant',
      reply: () => 'one two three',
      faults: [{ kind: 'reset', afterTokens }],
    })
    const exchange = new RawExchange(server.url, 'POST', '/api/chat', JSON.stringify(chat('x')))
    await exchange.closed
    expect(exchange.error?.code).toBe('ECONNRESET')
    expect(linesOf(exchange.reply)).toHaveLength(afterTokens)
    expect(server.requests[0]).toMatchObject({ ended: 'error', outputTokens: afterTokens })
  })

  test('a stall keeps the connection and the slot until the caller leaves', async () => {
    const server = await start({ clock, reply: () => 'one two three', faults: [{ kind: 'stall', afterTokens: 2 }] })
    const stalled = await openChat(server, chat('x'))
    const next = await openChat(server, chat('y'))
    await finish(stalled.until(text => text.includes(' two')))
    await clock.advanceAsync(60_000)
    expect(stalled.text).not.toContain('three')
    expect(next.text).toBe('')
    stalled.socket.destroy()
    await finish(next.until(text => text.includes('"done":true')))
    expect(server.requests.map(({ ended }) => ended)).toEqual(['aborted', 'done'])
  })
})

test('after a storm of faults and leaving callers, every request has ended and every slot is free', async () => {
  const random = new SeededRandom('storm')
  const server = await start({ clock, profile: 'rtx-4090', parallel: 3, reply: () => words(40) })
  const faults: readonly Fault[] = [
    { kind: 'none' },
    { kind: 'none' },
    { kind: 'error-line', afterTokens: 5 },
    { kind: 'eof', afterTokens: 30 },
    { kind: 'reset', afterTokens: 3 },
    { kind: 'stall', afterTokens: 8 },
    { kind: 'garbage', afterTokens: 1 },
    { kind: 'refuse', status: 500, error: 'no' },
    { kind: 'status', status: 503, body: 'busy' },
  ]
  const exchanges = Array.from({ length: 120 }, (_, i) => {
    server.inject(random.pick(faults) ?? { kind: 'none' })
    const options = { num_ctx: i % 40 === 39 ? 2048 : 4096 }
    return new RawExchange(server.url, 'POST', '/api/chat', JSON.stringify(chat(`agent ${i}`, { options })))
  })
  await until(() => server.requests.length === exchanges.length)
  for (let round = 0; server.requests.some(({ ended }) => !ended); round++) {
    await clock.advanceAsync(500)
    // Everyone is left in the end, which also frees those that stall.
    if (round % 3 === 2 || round > 60)
      random.pick(exchanges.filter(({ socket }) => !socket.destroyed))?.socket.destroy()
  }
  expect(new Set(server.requests.map(({ ended }) => ended))).toEqual(new Set(['done', 'aborted', 'error']))
  await finish(rawRequest(server.url, 'POST', '/api/chat', chat('still there?')))
  expect(server.requests.at(-1)?.ended).toBe('done')
  expect(clock.pending).toBe(1)
})

describe('starting and stopping', () => {
  test('an unknown profile is refused with the list of those there are', async () => {
    await expect(SimulatedOllama.start({ profile: 'abacus' })).rejects.toThrow(
      new RangeError(
        "unknown timing profile 'abacus'; known are rtx-3060, rtx-4090, rtx-3090, rtx-3070, m1, m1-max, m3-max, m2-ultra, m4, desktop-cpu, laptop-cpu, instant",
      ),
    )
  })

  test('a port in use is an error', async () => {
    const { url } = await start()
    await expect(SimulatedOllama.start({ port: Number(new URL(url).port) })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })

  test('stop ends open streams, queued requests and every timer, and may be called twice', async () => {
    const server = await start({ clock, reply: () => words(100) })
    await loaded(server)
    const writing = await openChat(server, chat('a'))
    const queued = await openChat(server, chat('b'))
    const idle = new RawExchange(server.url, 'GET', '/api/version')
    await idle.until(text => text.includes('version'))
    const unfinished = new RawExchange(server.url, 'POST', '/api/chat', undefined, ['Content-Length: 99'])
    await until(() => server.requests.length === 4)
    await finish(writing.until(text => text.includes('tock')))
    await server.stop()
    await Promise.all([writing, queued, idle, unfinished].map(({ closed }) => closed))
    expect(clock.pending).toBe(0)
    expect(server.requests.map(({ ended }) => ended)).toEqual(['done', 'aborted', 'aborted', 'aborted'])
    await server.stop()
    // Its port is free again.
    const next = await start({ port: Number(new URL(server.url).port) })
    expect(next.url).toBe(server.url)
  })

  test('a reply function that throws is told to its caller', async () => {
    const { url } = await start({
      profile: 'instant',
      reply: () => {
        throw new Error('my own bug')
      },
    })
    const reply = await rawRequest(url, 'POST', '/api/chat', chat('x'))
    expect(reply).toMatchObject({
      statusLine: 'HTTP/1.1 500 Internal Server Error',
      body: '{"error":"Error: my own bug"}',
    })
  })
})
