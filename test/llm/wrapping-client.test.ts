import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { LlmError } from '../../src/errors.ts'
import { CircuitBreakerClient } from '../../src/llm/circuit-breaker-client.ts'
import { FailoverClient } from '../../src/llm/failover-client.ts'
import { HermesOllamaClient } from '../../src/llm/hermes-ollama-client.ts'
import { type Completion, LlmClient, type LlmRequestOptions, readAll } from '../../src/llm/llm-client.ts'
import { QueuedClient } from '../../src/llm/queued-client.ts'
import { RetryingClient } from '../../src/llm/retrying-client.ts'
import type { Prompt } from '../../src/prompt.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { ScriptedClient } from '../../src/testing/scripted-client.ts'
import { doneLine, line, serve } from './wire-server.ts'

/** Every client that wraps another one. */
const WRAPPERS: readonly [string, (client: LlmClient) => LlmClient][] = [
  ['QueuedClient', client => new QueuedClient(client)],
  ['FailoverClient', client => new FailoverClient(client, { fallbacks: [new ScriptedClient([])] })],
  ['all of them', client => new RetryingClient(new QueuedClient(new CircuitBreakerClient(client)))],
  ['RetryingClient', client => new RetryingClient(client)],
  ['CircuitBreakerClient', client => new CircuitBreakerClient(client)],
]

// No `Completion` exists when a stream is left, and nobody reads it.
const nothing = undefined as never

describe.each(WRAPPERS)('%s', (_, wrap) => {
  test('is the client it wraps: its name, every piece, and the completion', async () => {
    const server = await serve(({ response }) => response.end(line('a') + doneLine({ done_reason: 'length' })))
    const inner = new HermesOllamaClient({ baseUrl: server.url, model: 'm', defaults: { seed: 5 } })
    const client = wrap(inner)
    expect([client.model, client.defaults]).toEqual(['m', { seed: 5 }])
    // Of a client that asks several servers none would be true.
    expect([server.url, undefined]).toContain(client.endpoint)
    const pieces: string[] = []
    const completion = await readAll(client.completeStreaming('hi', { maxTokens: 7 }), piece => pieces.push(piece))
    expect(pieces).toEqual(['a'])
    expect(completion).toMatchObject({ text: 'a', finishReason: 'length' })
    expect(await client.complete('hi')).toMatchObject({ text: 'a' })
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ options: { num_predict: 7, seed: 5 } })
  })

  test('streams: a piece is handed on when it arrives', async () => {
    const server = await serve(({ response }) => void response.write(line('a')))
    const stream = wrap(new HermesOllamaClient({ baseUrl: server.url })).completeStreaming('hi')
    expect(await stream.next()).toEqual({ value: 'a', done: false })
    server.requests[0]?.response.end(line('b') + doneLine())
    expect(await stream.next()).toEqual({ value: 'b', done: false })
    expect((await stream.next()).done).toBe(true)
    expect(await stream.next()).toEqual({ value: undefined, done: true })
  })

  test('sends nothing before the first read, nor for a signal that is aborted already', async () => {
    const inner = new ScriptedClient(['a'])
    const client = wrap(inner)
    client.completeStreaming('hi')
    await expect(client.complete('hi', { signal: AbortSignal.abort('early') })).rejects.toMatchObject({
      code: 'aborted',
      cause: 'early',
    })
    expect(inner.prompts).toHaveLength(0)
  })

  test('break closes the connection', async () => {
    const server = await serve(({ response }) => void response.write(line('a')))
    for await (const piece of wrap(new HermesOllamaClient({ baseUrl: server.url })).completeStreaming('hi')) {
      expect(piece).toBe('a')
      break
    }
    await server.requests[0]?.gone
  })

  test.each([
    ['before the first text', 0],
    ['in mid-stream', 1],
  ])('an abort %s closes the connection and names the caller’s reason', async (_, reads) => {
    const server = await serve(({ response }) => void (reads && response.write(line('a'))))
    const caller = new AbortController()
    const { signal } = caller
    const stream = wrap(new HermesOllamaClient({ baseUrl: server.url })).completeStreaming('hi', { signal })
    for (let i = 0; i < reads; i++) await stream.next()
    const pending = stream.next().catch((error: unknown) => error)
    const { gone } = await server.request(0)
    caller.abort('why')
    expect(await pending).toMatchObject({ code: 'aborted', cause: 'why', partialText: 'a'.repeat(reads) })
    await gone
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    expect(await stream.next()).toEqual({ value: undefined, done: true })
  })

  test('an abort between two reads closes it in that moment', async () => {
    const server = await serve(({ response }) => void response.write(line('a')))
    const caller = new AbortController()
    const { signal } = caller
    const stream = wrap(new HermesOllamaClient({ baseUrl: server.url })).completeStreaming('hi', { signal })
    await stream.next()
    caller.abort('why')
    await server.requests[0]?.gone
    await expect(stream.next()).rejects.toMatchObject({ code: 'aborted', cause: 'why', partialText: 'a' })
  })

  test('return() while a read is pending ends that read, and closes the connection', async () => {
    const server = await serve(() => {})
    const stream = wrap(new HermesOllamaClient({ baseUrl: server.url })).completeStreaming('hi')
    const pending = stream.next().catch((error: unknown) => error)
    const { gone } = await server.request(0)
    await stream.return(nothing)
    expect(await pending).toMatchObject({ code: 'aborted' })
    await gone
  })

  test('throw() closes it too, and what was thrown comes back', async () => {
    const server = await serve(({ response }) => void response.write(line('a')))
    const stream = wrap(new HermesOllamaClient({ baseUrl: server.url })).completeStreaming('hi')
    await stream.next()
    await expect(stream.throw(new Error('mine'))).rejects.toThrow('mine')
    await server.requests[0]?.gone
  })

  test('a client that obeys nothing can’t hold the caller', async () => {
    class Deaf extends LlmClient {
      readonly model = 'deaf'
      complete = () => new Promise<Completion>(() => {})
    }
    const caller = new AbortController()
    const pending = wrap(new Deaf()).complete('hi', { signal: caller.signal })
    caller.abort('why')
    await expect(pending).rejects.toMatchObject({ code: 'aborted', cause: 'why' })
  })

  test('a client that is a plain generator and knows no signal is closed by return()', async () => {
    let closed = 0
    class Plain extends ScriptedClient {
      override async *completeStreaming(): AsyncGenerator<string, Completion, void> {
        try {
          yield 'a'
          yield 'b'
          return await this.complete('never')
        } finally {
          closed++
        }
      }
    }
    for await (const _ of wrap(new Plain([])).completeStreaming('hi')) break
    await new Promise(setImmediate)
    expect(closed).toBe(1)
  })

  test('a client that only completes is told by its signal', async () => {
    const signals: (AbortSignal | undefined)[] = []
    class Whole extends LlmClient {
      readonly model = 'whole'
      complete(_: Prompt, options?: LlmRequestOptions) {
        signals.push(options?.signal)
        return new Promise<Completion>(() => {})
      }
    }
    const stream = wrap(new Whole()).completeStreaming('hi')
    stream.next().catch(() => {})
    await new Promise(setImmediate)
    expect(signals[0]?.aborted).toBe(false)
    stream.return(nothing)
    expect(signals[0]?.aborted).toBe(true)
  })

  test('an error in mid-stream is thrown as it is, with the text', async () => {
    const error = new LlmError('truncated', 'cut', { partialText: 'a' })
    const stream = wrap(new ScriptedClient([{ fail: error, chunks: ['a'] }, 'again'])).completeStreaming('hi')
    expect(await stream.next()).toEqual({ value: 'a', done: false })
    await expect(stream.next()).rejects.toBe(error)
  })

  test('hears of options that can’t work', async () => {
    const client = wrap(new HermesOllamaClient({ baseUrl: 'http://127.0.0.1:1' }))
    await expect(client.complete('hi', { timeouts: { totalMs: -1 } })).rejects.toThrow(RangeError)
  })

  test('leaves nothing on a clock', async () => {
    const clock = new ManualClock()
    await wrap(new ScriptedClient(['a'], { clock })).complete('hi')
    expect(clock.pending).toBe(0)
  })
})
