import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import { BatchExecutor } from '../../src/batch/batch-executor.ts'
import { PromptCompressor } from '../../src/compress/prompt-compressor.ts'
import { LlmError, type LlmErrorCode } from '../../src/errors.ts'
import { CircuitBreakerClient } from '../../src/llm/circuit-breaker-client.ts'
import { HermesOllamaClient } from '../../src/llm/hermes-ollama-client.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { type ScriptEntry, ScriptedClient } from '../../src/testing/scripted-client.ts'
import { doneLine, line, serve } from './wire-server.ts'

const fail = (code: LlmErrorCode, chunks: string[] = []): ScriptEntry => ({ fail: new LlmError(code, 'boom'), chunks })

function breaking(script: readonly ScriptEntry[], options = { failuresToOpen: 2, openMs: 1_000 }) {
  const clock = new ManualClock()
  const inner = new ScriptedClient(script, { clock })
  return { clock, inner, client: new CircuitBreakerClient(inner, { clock, ...options }) }
}

const ask = (client: CircuitBreakerClient) =>
  client.complete('hi').then(
    ({ text }) => text,
    (error: unknown) => error,
  )

describe('what counts as a failure of the server', () => {
  test.each<[LlmErrorCode, string[], 'open' | 'closed']>([
    ['unreachable', [], 'open'],
    ['overloaded', [], 'open'],
    ['server-error', [], 'open'],
    ['server-error', ['a'], 'open'],
    ['protocol', [], 'open'],
    ['truncated', ['a'], 'open'],
    ['timeout-first-text', [], 'open'],
    ['timeout-idle', ['a'], 'open'],
    ['timeout-total', [], 'open'],
    ['timeout-total', ['a'], 'closed'],
    ['empty-reply', [], 'closed'],
    ['bad-request', [], 'closed'],
    ['forbidden', [], 'closed'],
    ['model-missing', [], 'closed'],
    ['aborted', [], 'closed'],
  ])('%s after %j, twice: %s', async (code, chunks, state) => {
    const { client } = breaking([fail(code, chunks), fail(code, chunks)])
    for (let i = 0; i < 2; i++) expect(await ask(client)).toMatchObject({ code })
    expect(client.state).toBe(state)
  })

  test('a caller who leaves after the first text got what he wanted', async () => {
    const { client } = breaking([fail('unreachable'), 'a b c', fail('unreachable'), 'a'])
    await ask(client)
    for await (const _ of client.completeStreaming('hi')) break
    await ask(client)
    expect(client.state).toBe('closed')
    expect(await ask(client)).toBe('a')
  })

  test.each([
    ['before its deadline tells nothing', 490, 'closed'],
    ['at its deadline without any text has seen a timeout', 500, 'open'],
  ])('a caller who leaves %s', async (_, ms, state) => {
    const { clock, client } = breaking(Array.from({ length: 3 }, () => ({ text: 'late', afterMs: 9_000 })))
    for (let i = 0; i < 2; i++) {
      const caller = new AbortController()
      const asking = client.complete('hi', { signal: caller.signal, timeouts: { totalMs: 500 } })
      await clock.advanceAsync(ms)
      caller.abort('too late')
      await expect(asking).rejects.toMatchObject({ code: 'aborted', cause: 'too late' })
    }
    expect(client.state).toBe(state)
  })

  test('a bug of the client’s tells nothing', async () => {
    const { client, inner } = breaking([])
    inner.completeStreaming = () => {
      throw new TypeError('bug')
    }
    for (let i = 0; i < 3; i++) expect(await ask(client)).toEqual(new TypeError('bug'))
    expect(client.state).toBe('closed')
  })
})

describe('an open circuit', () => {
  test('fails at once, says for how long and why, and asks nobody', async () => {
    const { clock, inner, client } = breaking([fail('unreachable'), fail('unreachable'), 'back'])
    await ask(client)
    await ask(client)
    clock.advance(400)
    const refused = await ask(client)
    expect(refused).toMatchObject({
      code: 'overloaded',
      retryable: true,
      retryAfterMs: 600,
      cause: { code: 'unreachable' },
    })
    expect(String(refused)).toContain('failed 2 times in a row (next try in 600 ms); the last time: boom')
    expect(inner.prompts).toHaveLength(2)
    clock.advance(600)
    expect(await ask(client)).toBe('back')
    expect(client.state).toBe('closed')
  })

  test('lets one call try, which closes it with its first text', async () => {
    const { clock, inner, client } = breaking([
      fail('unreachable'),
      fail('unreachable'),
      { chunks: ['a', 'b'], afterMs: 100, betweenMs: 100 },
      'c',
    ])
    await ask(client)
    await ask(client)
    clock.advance(1_000)
    const probe = ask(client)
    const meanwhile = await Promise.all([ask(client), ask(client)])
    for (const error of meanwhile) expect(error).toMatchObject({ code: 'overloaded', retryAfterMs: undefined })
    expect(inner.prompts).toHaveLength(3)
    await clock.advanceAsync(100)
    expect(client.state).toBe('closed')
    expect(await ask(client)).toBe('c')
    await clock.advanceAsync(100)
    expect(await probe).toBe('ab')
  })

  test('a probe whose caller aborts between two reads, and never reads again, leaves its place', async () => {
    const { clock, client } = breaking([
      fail('unreachable'),
      fail('unreachable'),
      { text: 'slow', afterMs: 100 },
      'back',
    ])
    await ask(client)
    await ask(client)
    clock.advance(1_000)
    const caller = new AbortController()
    client.complete('hi', { signal: caller.signal }).catch(() => {})
    await clock.advanceAsync(1)
    caller.abort()
    expect(await ask(client)).toBe('back')
  })
})

test('two clients of one server and model share what they know, over real sockets', async () => {
  let down = true
  const server = await serve(({ response }) =>
    down ? response.writeHead(500).end('{"error":"boom"}') : response.end(line('a') + doneLine()),
  )
  const clock = new ManualClock()
  const wrapped = () =>
    new CircuitBreakerClient(new HermesOllamaClient({ baseUrl: server.url, clock }), { failuresToOpen: 2, clock })
  const [one, two] = [wrapped(), wrapped()]
  expect(await ask(one)).toMatchObject({ code: 'server-error' })
  expect(await ask(two)).toMatchObject({ code: 'server-error' })
  expect(await ask(one)).toMatchObject({ code: 'overloaded' })
  expect(server.requests).toHaveLength(2)
  down = false
  clock.advance(10_000)
  expect(await ask(two)).toBe('a')
  expect(await ask(one)).toBe('a')
})

test('batches with deadlines, on a server that hangs: the runs’ timeouts open it, and the next run does not wait', async () => {
  const actions = defineActions({ Wait: { args: { seconds: z.number() } } }, { world: z.custom<{ hp: number }>() })
  const clock = new ManualClock()
  const inner = new ScriptedClient(
    Array.from({ length: 9 }, () => ({ text: '', afterMs: 60_000 })),
    { clock },
  )
  const client = new CircuitBreakerClient(inner, { failuresToOpen: 2, clock })
  const executor = new BatchExecutor({
    client,
    actions,
    compressor: new PromptCompressor({ actions }),
    emergency: [{ act: 'Wait', seconds: 1 }],
    clock,
  })
  const tiers: string[] = []
  for (let run = 0; run < 3; run++) {
    const { result } = executor.run([{ agentId: 'guard', world: { hp: 1 }, deadlineMs: 200 }])
    const before = clock.now()
    if (run < 2) await clock.advanceAsync(200)
    const [outcome] = (await result).outcomes
    tiers.push(`${outcome?.tier} after ${clock.now() - before} ms: ${outcome?.attempts[0]?.error.code}`)
  }
  expect(tiers).toEqual([
    'emergency after 200 ms: deadline',
    'emergency after 200 ms: deadline',
    'emergency after 0 ms: overloaded',
  ])
  expect(client.state).toBe('open')
})
