import { describe, expect, test } from 'vitest'
import { LlmError, type LlmErrorCode } from '../../src/errors.ts'
import { FailoverClient } from '../../src/llm/failover-client.ts'
import { HermesOllamaClient } from '../../src/llm/hermes-ollama-client.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { type ScriptEntry, ScriptedClient } from '../../src/testing/scripted-client.ts'
import { doneLine, line, serve } from './wire-server.ts'

function failover(...scripts: (readonly ScriptEntry[])[]) {
  const clock = new ManualClock()
  const [first, ...fallbacks] = scripts.map((script, i) => new ScriptedClient(script, { clock, model: `m${i}` }))
  if (!first) throw new Error('no script')
  return { clock, clients: [first, ...fallbacks], client: new FailoverClient(first, { fallbacks, clock }) }
}

const fail = (code: LlmErrorCode, message: string = code, details = {}): ScriptEntry => ({
  fail: new LlmError(code, message, details),
})

describe('when the next client is asked', () => {
  test.each<[LlmErrorCode, boolean]>([
    ['unreachable', true],
    ['forbidden', true],
    ['bad-request', true],
    ['model-missing', true],
    ['overloaded', true],
    ['server-error', true],
    ['protocol', true],
    ['truncated', true],
    ['empty-reply', true],
    ['timeout-first-text', true],
    ['timeout-total', false],
    ['aborted', false],
  ])('%s: %s', async (code, next) => {
    const { client, clients } = failover([fail(code)], ['fine'])
    const end = await client.complete('hi').catch((error: unknown) => error)
    expect(end).toMatchObject(next ? { text: 'fine' } : { code })
    expect(clients[1]?.prompts).toEqual(next ? ['hi'] : [])
  })

  test('never after text has reached the caller', async () => {
    const { client, clients } = failover([{ fail: new LlmError('truncated', 'cut'), chunks: ['a'] }], ['fine'])
    const stream = client.completeStreaming('hi')
    expect(await stream.next()).toEqual({ value: 'a', done: false })
    await expect(stream.next()).rejects.toMatchObject({ code: 'truncated' })
    expect(clients[1]?.prompts).toEqual([])
  })

  test('a bug of a client’s is no failure of its server', async () => {
    const { client, clients } = failover([], ['fine'])
    const [first] = clients
    if (first)
      first.completeStreaming = () => {
        throw new TypeError('bug')
      }
    await expect(client.complete('hi')).rejects.toThrow(new TypeError('bug'))
  })
})

test('each call begins with the first client', async () => {
  const { client, clients } = failover([fail('overloaded'), 'back'], ['spare'])
  expect(await client.complete('one')).toMatchObject({ text: 'spare' })
  expect(await client.complete('two')).toMatchObject({ text: 'back' })
  expect(clients.map(({ prompts }) => prompts)).toEqual([['one', 'two'], ['one']])
})

test('when all fail, the last one’s error is thrown, and says what the others said', async () => {
  const { client } = failover(
    [fail('unreachable', 'a is down')],
    [fail('model-missing', 'b lacks it')],
    [fail('overloaded', 'c is busy', { status: 503, retryAfterMs: 700 })],
  )
  const error = await client.complete('hi').catch((error: unknown) => error)
  expect(error).toMatchObject({
    code: 'overloaded',
    message: 'c is busy (before it: a is down; b lacks it)',
    status: 503,
    retryAfterMs: 700,
  })
})

test('over real sockets: a silent server is left when its first text is due, within one deadline for both', async () => {
  const silent = await serve(() => {})
  const spare = await serve(({ response }) => response.end(line('a') + doneLine()))
  const clock = new ManualClock()
  const client = new FailoverClient(
    new HermesOllamaClient({ baseUrl: silent.url, clock, defaults: { timeouts: { firstTextMs: 200 } } }),
    { fallbacks: [new HermesOllamaClient({ baseUrl: spare.url, clock })], clock },
  )
  const asking = client.complete('hi', { timeouts: { totalMs: 1_000 } })
  const { gone } = await silent.request(0)
  await clock.advanceAsync(200)
  expect(await asking).toMatchObject({ text: 'a', timings: { firstTextMs: 200 } })
  await gone
  expect(clock.pending).toBe(0)
})

test('the deadline is one for all', async () => {
  const silent = await serve(() => {})
  const clock = new ManualClock()
  const hermes = (firstTextMs: number) =>
    new HermesOllamaClient({ baseUrl: silent.url, clock, defaults: { timeouts: { firstTextMs } } })
  const client = new FailoverClient(hermes(200), { fallbacks: [hermes(5_000)], clock })
  const asking = client.complete('hi', { timeouts: { totalMs: 500 } }).catch((error: unknown) => error)
  await silent.request(0)
  await clock.advanceAsync(200)
  await silent.request(1)
  await clock.advanceAsync(300)
  const error = await asking
  expect(error).toMatchObject({ code: 'timeout-total', limitMs: 500, elapsedMs: 500 })
  expect(String(error)).toContain('after 200 ms spent on other clients')
})

test('it needs somebody to turn to', () =>
  expect(() => new FailoverClient(new ScriptedClient([]), { fallbacks: [] })).toThrow(RangeError))
