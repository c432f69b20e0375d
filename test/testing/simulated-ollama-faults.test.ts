import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HermesOllamaClient } from '../../src/llm/hermes-ollama-client.ts'
import type { LlmClient } from '../../src/llm/llm-client.ts'
import { OpenAiCompatibleClient } from '../../src/llm/openai-compatible-client.ts'
import { type Fault, ManualClock, SimulatedOllama } from '../../src/testing/index.ts'
import { type RawReply, rawRequest } from './raw-http.ts'

// Faults in how a stream is written. Those that end a reply are tested in simulated-ollama.test.ts, where the server is.

const MODEL = 'm'
const TOKENS = ['é', ' 😀', ' ぁ', ' end']
const TEXT = TOKENS.join('')

let server: SimulatedOllama
beforeEach(async () => {
  server = await SimulatedOllama.start({ profile: 'instant', models: [MODEL], reply: () => TOKENS })
})
afterEach(() => server.stop())

const clients: readonly (readonly [string, () => LlmClient])[] = [
  ['HermesOllamaClient', () => new HermesOllamaClient({ baseUrl: server.url, model: MODEL })],
  ['OpenAiCompatibleClient', () => new OpenAiCompatibleClient({ baseUrl: `${server.url}/v1`, model: MODEL })],
]

async function chat(path = '/api/chat'): Promise<RawReply> {
  return await rawRequest(server.url, 'POST', path, {
    model: MODEL,
    messages: [{ role: 'user', content: 'x' }],
    stream: true,
  })
}

const harmless: readonly Fault[] = [
  { kind: 'crlf' },
  { kind: 'bom' },
  { kind: 'blank-lines' },
  { kind: 'split-characters' },
  { kind: 'double-done' },
  { kind: 'after-done' },
  { kind: 'content-type', contentType: 'text/plain; charset=utf-8' },
]

describe.each(clients)('%s', (_, client) => {
  test.each(harmless)('reads a reply as if nothing were wrong: $kind', async fault => {
    const usual = await client().complete('x')
    server.inject(fault)
    const { text, finishReason, usage } = await client().complete('x')
    expect({ text, finishReason, outputTokens: usage.outputTokens }).toEqual({
      text: TEXT,
      finishReason: 'stop',
      outputTokens: usual.usage.outputTokens,
    })
    // Nor is anything left on the connection for the next one.
    expect((await client().complete('x')).text).toBe(TEXT)
    expect(server.requests.map(({ ended }) => ended)).toEqual(['done', 'done', 'done'])
  })

  test('takes a line that was cut for a reply that was cut', async () => {
    server.inject({ kind: 'cut-line', afterTokens: 2 })
    await expect(client().complete('x')).rejects.toMatchObject({ code: 'truncated', partialText: 'é 😀' })
    expect(server.requests[0]).toMatchObject({ ended: 'error' })
  })
})

describe('a head that comes late', () => {
  test('counts as silence before the first text', async () => {
    await server.stop()
    const clock = new ManualClock()
    server = await SimulatedOllama.start({ profile: 'instant', models: [MODEL], clock, reply: () => TOKENS })
    const arrived = async () => {
      while (clock.pending === 0) await new Promise(resolve => setImmediate(resolve))
    }
    const client = new HermesOllamaClient({ baseUrl: server.url, model: MODEL, clock: new ManualClock() })
    server.inject({ kind: 'slow-head', ms: 5000 })
    let answered = false
    const reply = client.complete('x').finally(() => {
      answered = true
    })
    await arrived()
    await clock.advanceAsync(4999)
    expect(answered).toBe(false)
    await clock.advanceAsync(1)
    expect((await reply).text).toBe(TEXT)

    server.inject({ kind: 'slow-head', ms: 5000 })
    const waiting = new ManualClock()
    const impatient = new HermesOllamaClient({ baseUrl: server.url, model: MODEL, clock: waiting })
    const failing = expect(impatient.complete('x', { timeouts: { firstTextMs: 1000 } })).rejects.toMatchObject({
      code: 'timeout-first-text',
      limitMs: 1000,
    })
    while (server.requests.length < 2) await new Promise(resolve => setImmediate(resolve))
    waiting.advance(1000)
    await failing
    while (!server.requests[1]?.ended) await new Promise(resolve => setImmediate(resolve))
    expect(server.requests[1]).toMatchObject({ ended: 'aborted', outputTokens: 0 })
  })
})

describe('on the wire', () => {
  test.each<readonly [Fault, (reply: RawReply, usual: RawReply) => void]>([
    [
      { kind: 'crlf' },
      ({ body }) => {
        expect(body.match(/\r\n/g)).toHaveLength(TOKENS.length + 1)
        expect(body.replaceAll('\r\n', '')).not.toContain('\n')
      },
    ],
    [{ kind: 'bom' }, ({ body }) => expect([body.charCodeAt(0), body.lastIndexOf('\uFEFF')]).toEqual([0xfeff, 0])],
    [
      { kind: 'blank-lines' },
      ({ body }) => {
        expect(body.split('\n').filter(line => line.trim() === '').length).toBeGreaterThan(2 * TOKENS.length)
        expect(body.split('\n').filter(line => line.trim() !== '')).toHaveLength(TOKENS.length + 1)
      },
    ],
    // Six continuation bytes in the three characters: é has one, the others three and two.
    [{ kind: 'split-characters' }, ({ chunks }, usual) => expect(chunks).toHaveLength(usual.chunks.length + 6)],
    [
      { kind: 'double-done' },
      ({ body }) => {
        const lines = body.trim().split('\n')
        expect(lines.filter(line => line.includes('"done":true'))).toHaveLength(2)
        expect(lines.at(-1)).toBe(lines.at(-2))
      },
    ],
    [
      { kind: 'after-done' },
      ({ body }) => {
        const [done, late, half] = body.trim().split('\n').slice(-3)
        expect(done).toContain('"done":true')
        expect(late).toContain('"content":" late"},"done":false')
        expect(() => JSON.parse(half ?? '{}')).toThrow()
      },
    ],
    [
      { kind: 'cut-line', afterTokens: 1 },
      ({ body }) => {
        expect(body.split('\n')).toHaveLength(2)
        expect(() => JSON.parse(body.split('\n')[1] ?? '{}')).toThrow()
      },
    ],
    [
      { kind: 'content-type', contentType: 'text/plain' },
      ({ headers }) => expect(headers).toContain('Content-Type: text/plain'),
    ],
  ])('$kind', async (fault, check) => {
    const usual = await chat()
    server.inject(fault)
    const reply = await chat()
    expect(reply).toMatchObject({ statusLine: 'HTTP/1.1 200 OK', complete: true })
    check(reply, usual)
    // It was for one request only.
    expect((await chat()).chunks).toHaveLength(usual.chunks.length)
  })
})
