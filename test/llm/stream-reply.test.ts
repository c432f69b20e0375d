import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { Completion } from '../../src/llm/llm-client.ts'
import { OllamaReplyDecoder } from '../../src/llm/ollama-reply-decoder.ts'
import { close, pour } from '../../src/llm/pour.ts'
import { type ReplyDecoder, streamReply } from '../../src/llm/stream-reply.ts'
import type { Transport } from '../../src/llm/transport.ts'
import { transport as undici } from '../../src/llm/undici-transport.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { doneLine, line, serve } from './wire-server.ts'

// What clients promise of their streams is tested with them, in hermes-ollama-client.test.ts.

interface Options {
  url?: string
  transport?: Transport
  decoder?: ReplyDecoder
  clock?: ManualClock
  signal?: AbortSignal
}

function reply(options: Options) {
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

  const bytes = new TextEncoder().encode(line('a') + doneLine())
  /** As from a program without types. */
  const given = (response: unknown): Transport => ({ request: async () => response as never })
  const ok = (body: unknown) => given({ status: 200, headers: {}, body, close: () => {} })
  const nextOf = (next: () => unknown) => ok({ [Symbol.asyncIterator]: () => ({ next }) })

  test.each([
    ['gives nothing', given(undefined), 'protocol', 'reading'],
    ['gives a response without a body', ok(null), 'protocol', 'null'],
    ['gives a failure without headers', given({ status: 429, body: null, close: () => {} }), 'protocol', 'retry-after'],
    [
      'gives text',
      ok(
        (async function* () {
          yield line('a')
        })(),
      ),
      'truncated',
      'Uint8Array, not as string',
    ],
    ['gives a buffer', nextOf(async () => ({ done: false, value: bytes.buffer })), 'truncated', 'not as ArrayBuffer'],
    [
      'throws in a read',
      nextOf(() => {
        throw new Error('a bug')
      }),
      'truncated',
      'a bug',
    ],
    ['ends at once', nextOf(() => ({ done: true, value: undefined })), 'truncated', 'before it was done'],
  ] as const)('a transport that %s', async (_, transport, code, message) => {
    const clock = new ManualClock()
    const { signal } = new AbortController()
    const stream = reply({ transport, clock, signal })
    await expect(stream.next()).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    expect(clock.pending).toBe(0)
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect(await stream.next()).toEqual({ value: undefined, done: true })
  })

  test('a transport whose close() throws', async () => {
    const close = () => {
      throw new Error('a bug')
    }
    const transport = given({ status: 200, headers: {}, body: new Blob([bytes]).stream(), close })
    const stream = reply({ transport })
    expect(await stream.next()).toEqual({ value: 'a', done: false })
    expect(await stream.next()).toMatchObject({ done: true, value: { text: 'a' } })
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

test('left while it waits for nothing but the end of the body: whoever asked gets the completion, at once', async () => {
  const server = await serve(({ response }) => void response.write(line('a') + doneLine()))
  const stream = reply({ url: server.url })
  await stream.next()
  const end = stream.next()
  stream.return({ text: '', finishReason: 'stop', usage: {}, timings: { firstTextMs: 0, totalMs: 0 } })
  expect(await end).toMatchObject({ done: true, value: { text: 'a' } })
  await server.requests[0]?.gone
})

describe('nothing is left behind, though nobody reads on', () => {
  /** One text is read; then it is `ended`. */
  async function readOnce(body: string, end: (clock: ManualClock, caller: AbortController) => unknown) {
    const server = await serve(({ response }) => void response.write(body))
    const clock = new ManualClock()
    const caller = new AbortController()
    const stream = reply({ url: server.url, clock, signal: caller.signal })
    expect(await stream.next()).toEqual({ value: 'a', done: false })
    await end(clock, caller)
    await server.requests[0]?.gone
    expect(clock.pending).toBe(0)
    expect(getEventListeners(caller.signal, 'abort')).toEqual([])
    return stream
  }

  test('when the caller aborts between two reads', async () => {
    const stream = await readOnce(line('a'), (_, caller) => caller.abort('enough'))
    await expect(stream.next()).rejects.toMatchObject({ code: 'aborted', cause: 'enough', partialText: 'a' })
  })

  test('when a deadline passes between two reads', async () => {
    const stream = await readOnce(line('a'), clock => clock.advance(1000))
    await expect(stream.next()).rejects.toMatchObject({ code: 'timeout-total', partialText: 'a' })
  })

  test('when all is here but the end, which may come late', async () => {
    const stream = await readOnce(line('a') + doneLine(), clock => clock.advanceAsync(50))
    expect(await stream.next()).toMatchObject({ done: true, value: { text: 'a' } })
  })

  test('when what is here ends in a failure, which an abort after it does not change', async () => {
    const stream = await readOnce(`${line('a')}{"error":"boom"}\n`, (_, caller) => caller.abort())
    await expect(stream.next()).rejects.toMatchObject({ code: 'server-error', partialText: 'a' })
  })
})

describe('poured', () => {
  /** What a sink is told; `onText` may do what it likes meanwhile. */
  function poured(stream: AsyncGenerator<string, Completion, void>, onText: (piece: string) => void = () => {}) {
    const told: unknown[] = []
    const over = new Promise<void>(resolve => {
      const end = (value: unknown) => {
        told.push(value)
        resolve()
      }
      pour(stream, {
        text(piece) {
          told.push(piece)
          onText(piece)
          return true
        },
        done: end,
        failed: end,
      })
    })
    return { told, over }
  }

  test('the last text comes before the end that came with it', async () => {
    const { told, over } = poured(reply({ transport: answering(line('a'), line('b') + doneLine()) }))
    await over
    expect(told).toEqual(['a', 'b', expect.objectContaining({ text: 'ab' })])
  })

  test('text that came with a failure is told first, and is part of it', async () => {
    const { told, over } = poured(reply({ transport: answering(`${line('a')}{"error":"boom"}\n`) }))
    await over
    expect(told).toEqual(['a', expect.objectContaining({ code: 'server-error', partialText: 'a' })])
  })

  test.each([
    [
      'the caller aborts',
      (_: AsyncGenerator<string, Completion, void>, caller: AbortController) => caller.abort('enough'),
    ],
    ['the stream is left', (stream: AsyncGenerator<string, Completion, void>) => void close(stream)],
  ])('when %s from inside a text, there is one end and nothing is left', async (what, leave) => {
    const server = await serve(({ response }) => void response.write(line('a')))
    const clock = new ManualClock()
    const caller = new AbortController()
    const stream = reply({ url: server.url, clock, signal: caller.signal })
    const { told, over } = poured(stream, () => leave(stream, caller))
    await over
    await server.requests[0]?.gone
    const aborted = expect.objectContaining({ code: 'aborted', cause: 'enough', partialText: 'a' })
    expect(told).toEqual(['a', what === 'the caller aborts' ? aborted : expect.any(TypeError)])
    expect(clock.pending).toBe(0)
    expect(getEventListeners(caller.signal, 'abort')).toEqual([])
  })

  test('when it is left with its last text, which no end follows, no end is made up', async () => {
    const clock = new ManualClock()
    const stream = reply({ transport: answering(line('a') + doneLine()), clock })
    const { told, over } = poured(stream, () => void close(stream))
    await over
    expect(told).toEqual(['a', expect.any(TypeError)])
    expect(clock.pending).toBe(0)
  })

  test('a sink is never slow: the idle deadline goes on from each text', async () => {
    const clock = new ManualClock()
    let send = (_: string) => {}
    const server = await serve(({ response }) => {
      send = text => void response.write(text)
      send(line('a'))
    })
    let seen = () => {}
    const texts = () => new Promise<void>(resolve => (seen = resolve))
    const first = texts()
    const { told, over } = poured(reply({ url: server.url, clock }), () => seen())
    await first
    clock.advance(90)
    const second = texts()
    send(line('b'))
    await second
    clock.advance(99)
    expect(told).toEqual(['a', 'b'])
    clock.advance(1)
    await over
    expect(told.at(-1)).toMatchObject({ code: 'timeout-idle', elapsedMs: 100, partialText: 'ab' })
  })
})
