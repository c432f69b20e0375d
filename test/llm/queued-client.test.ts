import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { HermesOllamaClient } from '../../src/llm/hermes-ollama-client.ts'
import type { LlmRequestOptions } from '../../src/llm/llm-client.ts'
import { QueuedClient } from '../../src/llm/queued-client.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { type ScriptEntry, ScriptedClient } from '../../src/testing/scripted-client.ts'
import { doneLine, line, serve } from './wire-server.ts'

/** Each reply takes a second. */
function queued(calls: number, options = {}) {
  const clock = new ManualClock()
  const script: ScriptEntry[] = Array.from({ length: calls }, () => ({ text: 'a', afterMs: 1_000 }))
  const inner = new ScriptedClient(script, { clock })
  const client = new QueuedClient(inner, { clock, ...options })
  const ends: string[] = []
  const ask = (name: string, options?: LlmRequestOptions) =>
    client.complete(name, options).then(
      completion => {
        ends.push(name)
        return completion
      },
      (error: unknown) => {
        ends.push(`${name} failed`)
        return error
      },
    )
  return { clock, inner, client, ends, ask }
}

describe('how many, and in which order', () => {
  test('so many at once, the others by priority and then in the order of their coming', async () => {
    const { clock, inner, client, ask } = queued(5, { concurrency: 2 })
    const asking = [ask('a'), ask('b'), ask('c'), ask('d', { priority: 7 }), ask('e')]
    await clock.advanceAsync(1)
    expect(inner.prompts).toEqual(['a', 'b'])
    expect(client.queued).toBe(3)
    await clock.advanceAsync(1_000)
    expect(inner.prompts).toEqual(['a', 'b', 'd', 'c'])
    await clock.advanceAsync(2_000)
    expect(inner.prompts).toEqual(['a', 'b', 'd', 'c', 'e'])
    await Promise.all(asking)
    expect(client.queued).toBe(0)
    expect(clock.pending).toBe(0)
  })

  test('a slot is free again after a failure, a break and an abort between two reads', async () => {
    const clock = new ManualClock()
    const inner = new ScriptedClient([{ chunks: ['a', 'b'] }, { chunks: ['a', 'b'] }, { chunks: ['x'] }], { clock })
    const client = new QueuedClient(inner, { clock })
    for await (const _ of client.completeStreaming('left')) break
    const caller = new AbortController()
    const stream = client.completeStreaming('aborted', { signal: caller.signal })
    await stream.next()
    caller.abort()
    expect(await client.complete('last')).toMatchObject({ text: 'x' })
    await expect(client.complete('over')).rejects.toMatchObject({ code: 'server-error' })
    await expect(client.complete('over')).rejects.toMatchObject({ code: 'server-error' })
  })

  test('over real sockets the server never sees more', async () => {
    let open = 0
    let most = 0
    const server = await serve(({ response }) => {
      most = Math.max(most, ++open)
      setImmediate(() => {
        open--
        response.end(line('a') + doneLine())
      })
    })
    const client = new QueuedClient(new HermesOllamaClient({ baseUrl: server.url }), { concurrency: 3 })
    const replies = await Promise.all(Array.from({ length: 20 }, () => client.complete('hi')))
    expect(replies.map(({ text }) => text)).toEqual(Array(20).fill('a'))
    expect(server.requests).toHaveLength(20)
    expect(most).toBeLessThanOrEqual(3)
  })
})

describe('what cannot make it is overloaded', () => {
  test('when the queue is full', async () => {
    const { clock, ends, ask } = queued(3, { maxQueued: 1 })
    const asking = [ask('a'), ask('b'), ask('c')]
    expect(await asking[2]).toMatchObject({ code: 'overloaded', retryable: true })
    expect(ends).toEqual(['c failed'])
    const important = ask('d', { priority: 1 })
    expect(await asking[1]).toMatchObject({ code: 'overloaded' })
    await clock.advanceAsync(2_000)
    await important
    expect(ends).toEqual(['c failed', 'b failed', 'a', 'd'])
  })

  test.each([
    [{ firstTextMs: 300, totalMs: 5_000 }, 'firstTextMs'],
    [{ totalMs: 300 }, 'totalMs'],
  ])('when %j passes in the queue', async (timeouts, name) => {
    const { clock, inner, client, ask } = queued(2)
    const first = ask('a')
    const second = ask('b', { timeouts })
    await clock.advanceAsync(299)
    expect(client.queued).toBe(1)
    await clock.advanceAsync(1)
    const error = await second
    expect(error).toMatchObject({ code: 'overloaded', limitMs: 300, elapsedMs: 300 })
    expect(String(error)).toContain(`timeouts.${name} = 300 ms (waited 300 ms in the queue)`)
    expect(client.queued).toBe(0)
    await clock.advanceAsync(1_000)
    await first
    expect(inner.prompts).toEqual(['a'])
    expect(clock.pending).toBe(0)
  })
})

describe('deadlines count from the first read', () => {
  test('a silent server has only what the queue left, and the timeout is told in the terms of the call', async () => {
    const server = await serve(({ response }) => {
      if (server.requests.length === 1) response.write(line('a'))
    })
    const clock = new ManualClock()
    const client = new QueuedClient(new HermesOllamaClient({ baseUrl: server.url, clock }), { clock })
    const first = client.complete('a')
    const second = client.complete('b', { timeouts: { firstTextMs: 1_000 } }).catch((error: unknown) => error)
    const { response } = await server.request(0)
    await clock.advanceAsync(400)
    response.end(line('a') + doneLine())
    await first
    await server.request(1)
    await clock.advanceAsync(599)
    expect(clock.pending).toBe(1)
    await clock.advanceAsync(1)
    const error = await second
    expect(error).toMatchObject({ code: 'timeout-first-text', limitMs: 1_000, elapsedMs: 1_000 })
    expect(String(error)).toContain('after 400 ms in the queue')
  })

  test('the wait is part of the timings', async () => {
    const { clock, ask } = queued(2)
    const [first, second] = [ask('a'), ask('b')]
    await clock.advanceAsync(2_000)
    expect(await first).toMatchObject({ timings: { firstTextMs: 1_000, totalMs: 1_000 } })
    expect(await first).not.toHaveProperty('timings.queueMs')
    expect(await second).toMatchObject({ timings: { firstTextMs: 2_000, totalMs: 2_000, queueMs: 1_000 } })
  })
})

describe('leaving the queue', () => {
  test('an abort leaves it in that turn', async () => {
    const { clock, inner, client, ask } = queued(2)
    const first = ask('a')
    const caller = new AbortController()
    const second = ask('b', { signal: caller.signal })
    await clock.advanceAsync(1)
    expect(client.queued).toBe(1)
    caller.abort('why')
    expect(client.queued).toBe(0)
    expect(await second).toMatchObject({ code: 'aborted', cause: 'why' })
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0)
    await clock.advanceAsync(1_000)
    await first
    expect(inner.prompts).toEqual(['a'])
    expect(clock.pending).toBe(0)
  })

  test('so does return()', async () => {
    const { clock, client, ask } = queued(2)
    ask('a')
    const stream = client.completeStreaming('b')
    const pending = stream.next().catch((error: unknown) => error)
    await clock.advanceAsync(1)
    // No Completion exists, and nobody reads it.
    const returned = stream.return(undefined as never)
    expect(client.queued).toBe(0)
    expect(await pending).toMatchObject({ code: 'aborted' })
    await returned
  })
})

test('a hundred calls, aborted at random moments: each ends once, and every slot is free again', async () => {
  const { clock, client, ends, ask } = queued(100, { concurrency: 3 })
  const asking = Array.from({ length: 100 }, (_, i) => {
    const caller = new AbortController()
    if (i % 3 > 0) clock.setTimer((i * 7919) % 20_000, () => caller.abort())
    return ask(String(i), { signal: caller.signal, priority: i % 5 })
  })
  await clock.advanceAsync(60_000)
  await Promise.all(asking)
  expect(ends).toHaveLength(100)
  expect(client.queued).toBe(0)
  expect(clock.pending).toBe(0)
})

test.each([[{ concurrency: 0 }], [{ concurrency: Infinity }], [{ maxQueued: -1 }], [{ maxQueued: 0.5 }]])(
  '%j is refused',
  options => expect(() => new QueuedClient(new ScriptedClient([]), options)).toThrow(RangeError),
)

test('a priority that is no number is refused', async () =>
  await expect(new QueuedClient(new ScriptedClient(['a'])).complete('hi', { priority: Number.NaN })).rejects.toThrow(
    RangeError,
  ))
