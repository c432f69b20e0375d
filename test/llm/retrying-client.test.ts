import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { LlmError, type LlmErrorCode } from '../../src/errors.ts'
import { HermesOllamaClient } from '../../src/llm/hermes-ollama-client.ts'
import { type Completion, readAll } from '../../src/llm/llm-client.ts'
import { RetryingClient } from '../../src/llm/retrying-client.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { type ScriptEntry, ScriptedClient } from '../../src/testing/scripted-client.ts'
import { doneLine, line, serve } from './wire-server.ts'

const fail = (code: LlmErrorCode, details = {}): ScriptEntry => ({ fail: new LlmError(code, code, details) })

function retrying(script: readonly ScriptEntry[], options = {}) {
  const clock = new ManualClock()
  const inner = new ScriptedClient(script, { clock })
  return { clock, inner, client: new RetryingClient(inner, { clock, ...options }) }
}

/** What it came to, with every piece on the way and the time it took. */
async function outcome(stream: AsyncGenerator<string, Completion, void>, clock: ManualClock) {
  const pieces: string[] = []
  let end: unknown
  const reading = readAll(stream, piece => pieces.push(piece)).then(
    completion => {
      end = completion.text
      return completion
    },
    error => {
      end = error
    },
  )
  while (end === undefined) await clock.advanceAsync(10)
  return { pieces, end, completion: await reading }
}

describe('which failures are tried again', () => {
  test.each<[LlmErrorCode, number]>([
    ['unreachable', 2],
    ['overloaded', 2],
    ['server-error', 2],
    ['protocol', 2],
    ['truncated', 2],
    ['empty-reply', 2],
    ['timeout-first-text', 2],
    ['timeout-total', 1],
    ['bad-request', 1],
    ['forbidden', 1],
    ['model-missing', 1],
    ['aborted', 1],
  ])('%s: the client is asked %i times', async (code, asked) => {
    const { clock, inner, client } = retrying([fail(code), 'fine'])
    const { end } = await outcome(client.completeStreaming('hi'), clock)
    expect(inner.prompts).toHaveLength(asked)
    if (asked === 2) expect(end).toBe('fine')
    else expect(end).toMatchObject({ code })
    expect(clock.pending).toBe(0)
  })

  test('never after text has reached the caller', async () => {
    const { clock, inner, client } = retrying([
      { fail: new LlmError('truncated', 'cut', { partialText: 'a' }), chunks: ['a'] },
      'again',
    ])
    const { pieces, end } = await outcome(client.completeStreaming('hi'), clock)
    expect(pieces).toEqual(['a'])
    expect(end).toMatchObject({ code: 'truncated', partialText: 'a' })
    expect(inner.prompts).toHaveLength(1)
  })

  test('what is no LlmError is a bug, and is thrown on', async () => {
    const clock = new ManualClock()
    const broken = new ScriptedClient([], { clock })
    broken.completeStreaming = () => {
      throw new TypeError('bug')
    }
    await expect(new RetryingClient(broken, { clock }).complete('hi')).rejects.toThrow(new TypeError('bug'))
  })

  test('the last error is thrown when the tries are used up', async () => {
    const { clock, inner, client } = retrying([fail('unreachable'), fail('overloaded'), fail('server-error'), 'late'])
    const { end } = await outcome(client.completeStreaming('hi'), clock)
    expect(end).toMatchObject({ code: 'server-error' })
    expect(inner.remaining).toBe(1)
  })
})

describe('the delays', () => {
  const delaysOf = async (options: object, failures = 4) => {
    const script = Array.from({ length: failures }, () => fail('unreachable'))
    const clock = new ManualClock()
    const inner = new ScriptedClient(script, { clock })
    const waits: number[] = []
    const spied = {
      now: () => clock.now(),
      setTimer: (ms: number, fire: () => void) => {
        waits.push(ms)
        return clock.setTimer(ms, fire)
      },
    }
    const client = new RetryingClient(inner, { clock: spied, maxAttempts: failures, ...options })
    await outcome(client.completeStreaming('hi'), clock)
    return waits
  }

  test('grow, are jittered between a half and the whole, and stop at the longest', async () => {
    const waits = await delaysOf({ baseDelayMs: 100, maxDelayMs: 250 })
    expect(waits).toHaveLength(3)
    for (const [i, full] of [100, 200, 250].entries()) {
      expect(waits[i]).toBeGreaterThanOrEqual(full / 2)
      expect(waits[i]).toBeLessThanOrEqual(full)
    }
  })

  test('are the same for the same seed, and others for another', async () => {
    const first = await delaysOf({ seed: 7 })
    expect(await delaysOf({ seed: 7 })).toEqual(first)
    expect(await delaysOf({ seed: 8 })).not.toEqual(first)
  })

  test('honour what the server asked for, with jitter on top', async () => {
    const { clock, inner, client } = retrying([fail('overloaded', { retryAfterMs: 5_000 }), 'fine'])
    const reading = client.complete('hi')
    await clock.advanceAsync(4_999)
    expect(inner.prompts).toHaveLength(1)
    await clock.advanceAsync(126)
    expect(await reading).toMatchObject({ text: 'fine' })
  })

  test('a server that wants to be left alone for too long is not waited for', async () => {
    const { clock, inner, client } = retrying([fail('overloaded', { retryAfterMs: 3_600_000 }), 'fine'])
    const { end } = await outcome(client.completeStreaming('hi', { timeouts: { totalMs: Infinity } }), clock)
    expect(end).toMatchObject({ code: 'overloaded', retryAfterMs: 3_600_000 })
    expect(inner.prompts).toHaveLength(1)
    expect(clock.now()).toBeLessThan(100)
  })
})

describe('the deadline of the whole call', () => {
  test('what would go past it is not begun', async () => {
    const { clock, inner, client } = retrying([fail('overloaded', { retryAfterMs: 900 }), 'fine'])
    const { end } = await outcome(client.completeStreaming('hi', { timeouts: { totalMs: 900 } }), clock)
    expect(end).toMatchObject({ code: 'overloaded' })
    expect(inner.prompts).toHaveLength(1)
    expect(clock.now()).toBeLessThan(100)
  })

  test('a later try gets what is left of it, and its timeout is told in the terms of the call', async () => {
    const server = await serve(({ response }) => {
      if (server.requests.length === 1) response.writeHead(503, { 'retry-after': '1' }).end('{"error":"server busy"}')
    })
    const clock = new ManualClock()
    const client = new RetryingClient(new HermesOllamaClient({ baseUrl: server.url, clock }), { clock })
    const failing = client.complete('hi', { timeouts: { totalMs: 3_000 } }).catch((error: unknown) => error)
    await server.request(0)
    while (clock.pending !== 1 || server.requests.length === 1) await clock.advanceAsync(100)
    const { gone } = await server.request(1)
    while (clock.pending > 0) await clock.advanceAsync(100)
    const error = await failing
    expect(error).toMatchObject({ code: 'timeout-total', limitMs: 3_000, elapsedMs: 3_000 })
    expect(String(error)).toMatch(/after \d+ ms of earlier tries/)
    expect(clock.now()).toBeLessThan(3_500)
    await gone
  })

  test('is the wrapped client’s when the call has none', async () => {
    const server = await serve(({ response }) => response.writeHead(503, { 'retry-after': '2' }).end())
    const clock = new ManualClock()
    const inner = new HermesOllamaClient({ baseUrl: server.url, clock, defaults: { timeouts: { totalMs: 1_500 } } })
    await expect(new RetryingClient(inner, { clock }).complete('hi')).rejects.toMatchObject({ code: 'overloaded' })
    expect(server.requests).toHaveLength(1)
  })

  test('the timings of the reply count from the first try', async () => {
    const { clock, client } = retrying([fail('overloaded', { retryAfterMs: 1_000 }), 'fine'])
    const { completion } = await outcome(client.completeStreaming('hi'), clock)
    expect(completion?.timings.firstTextMs).toBeGreaterThanOrEqual(1_000)
    expect(completion?.timings.totalMs).toBeGreaterThanOrEqual(1_000)
  })
})

describe('leaving', () => {
  test('an abort ends the wait between two tries in that turn', async () => {
    const { clock, inner, client } = retrying([fail('overloaded', { retryAfterMs: 5_000 }), 'fine'])
    const caller = new AbortController()
    const failing = client.complete('hi', { signal: caller.signal }).catch((error: unknown) => error)
    await clock.advanceAsync(100)
    expect(clock.pending).toBe(1)
    caller.abort('the level was left')
    expect(await failing).toMatchObject({ code: 'aborted', cause: 'the level was left' })
    expect(clock.pending).toBe(0)
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
    await clock.advanceAsync(10_000)
    expect(inner.prompts).toHaveLength(1)
  })

  test('return() ends it too', async () => {
    const { clock, inner, client } = retrying([fail('overloaded', { retryAfterMs: 5_000 }), 'fine'])
    const stream = client.completeStreaming('hi')
    const failing = stream.next().catch((error: unknown) => error)
    await clock.advanceAsync(100)
    // No Completion exists, and nobody reads it.
    await stream.return(undefined as never)
    expect(await failing).toMatchObject({ code: 'aborted' })
    expect(clock.pending).toBe(0)
    expect(inner.prompts).toHaveLength(1)
  })

  test('an abort during a try is not tried again', async () => {
    const { clock, inner, client } = retrying([{ text: 'slow', afterMs: 1_000 }, 'again'])
    const caller = new AbortController()
    const failing = client.complete('hi', { signal: caller.signal }).catch((error: unknown) => error)
    await clock.advanceAsync(10)
    caller.abort('why')
    expect(await failing).toMatchObject({ code: 'aborted', cause: 'why' })
    await clock.advanceAsync(10_000)
    expect(inner.prompts).toHaveLength(1)
  })
})

test('over real sockets: 503, then a refused connection’s like, then the reply', async () => {
  const server = await serve(({ response }) => {
    if (server.requests.length === 1) response.writeHead(503).end('{"error":"server busy"}')
    else if (server.requests.length === 2) response.socket?.destroy()
    else response.end(line('a') + doneLine())
  })
  const client = new RetryingClient(new HermesOllamaClient({ baseUrl: server.url }), { baseDelayMs: 1 })
  expect(await client.complete('hi')).toMatchObject({ text: 'a', finishReason: 'stop' })
  expect(server.requests.map(({ body }) => body)).toHaveLength(3)
})

test.each([
  [{ maxAttempts: 0 }, /maxAttempts/],
  [{ maxAttempts: 1.5 }, /maxAttempts/],
  [{ maxRetryAfterMs: Infinity }, /maxRetryAfterMs/],
  [{ baseDelayMs: -1 }, /baseDelayMs/],
  [{ maxDelayMs: Number.NaN }, /maxDelayMs/],
])('options that can’t work are refused: %j', (options, message) =>
  expect(() => new RetryingClient(new ScriptedClient([]), options)).toThrow(message),
)
