import { describe, expect, test } from 'vitest'
import { OllamaReplyDecoder } from '../../src/llm/ollama-reply-decoder.ts'
import { type ReplyDecoder, streamReply } from '../../src/llm/stream-reply.ts'
import type { Transport } from '../../src/llm/transport.ts'
import { transport as undici } from '../../src/llm/undici-transport.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { doneLine, line, serve } from './wire-server.ts'

// What clients promise of their streams is tested with them, in hermes-ollama-client.test.ts.

function reply(options: { url?: string; transport?: Transport; decoder?: ReplyDecoder; clock?: ManualClock }) {
  return streamReply(() => ({
    transport: undici,
    clock: new ManualClock(),
    url: 'http://127.0.0.1:1/',
    headers: {},
    body: '{}',
    model: 'm',
    limits: { firstTextMs: 100, idleMs: 100, totalMs: 1000 },
    signal: undefined,
    decoder: new OllamaReplyDecoder(),
    ...options,
  }))
}

/** A transport that answers with a body of these pieces. */
function answering(...pieces: readonly string[]): Transport {
  async function* body() {
    for (const piece of pieces) yield new TextEncoder().encode(piece)
  }
  return { request: async () => ({ status: 200, headers: {}, body: body(), close: () => {} }) }
}

test('reads that are asked for at once are answered in the order of the text', async () => {
  const stream = reply({ transport: answering(line('a'), line('b'), doneLine()) })
  const [a, b, end, after] = await Promise.all([stream.next(), stream.next(), stream.next(), stream.next()])
  expect([a, b]).toEqual([
    { value: 'a', done: false },
    { value: 'b', done: false },
  ])
  expect(end).toMatchObject({ done: true, value: { text: 'ab' } })
  expect(after).toEqual({ value: undefined, done: true })
})

test('bytes that complete no text are no read', async () => {
  const [start, rest] = [line('a').slice(0, 20), line('a').slice(20)]
  const stream = reply({ transport: answering(start, rest, line(''), line('b'), doneLine()) })
  expect(await stream.next()).toEqual({ value: 'a', done: false })
  expect(await stream.next()).toEqual({ value: 'b', done: false })
  expect(await stream.next()).toMatchObject({ done: true, value: { text: 'ab' } })
})

describe('whatever is wrong with the code below, the read that waits is told', () => {
  test('a transport that throws instead of rejecting', async () => {
    const transport: Transport = {
      request() {
        throw new TypeError('no such scheme')
      },
    }
    await expect(reply({ transport }).next()).rejects.toMatchObject({ code: 'unreachable' })
  })

  test.each(['push', 'close'] as const)('a decoder that throws in %s', async method => {
    const broken = () => {
      throw new Error('a bug')
    }
    const decoder: ReplyDecoder = { push: () => '', close: () => '', outcome: undefined, [method]: broken }
    const clock = new ManualClock()
    const stream = reply({ transport: answering('x'), decoder, clock })
    await expect(stream.next()).rejects.toThrow('a bug')
    expect(clock.pending).toBe(0)
    expect(await stream.next()).toEqual({ value: undefined, done: true })
  })
})

test('left behind its last text, the rest of the body is not waited for', async () => {
  const server = await serve(({ response }) => void response.write(line('a') + doneLine()))
  const stream = reply({ url: server.url })
  await stream.next()
  await stream.return({ text: '', finishReason: 'stop', usage: {}, timings: { firstTextMs: 0, totalMs: 0 } })
  await server.requests[0]?.gone
  expect(await stream.next()).toEqual({ value: undefined, done: true })
})
