import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import { BatchExecutor } from '../../src/batch/batch-executor.ts'
import { PromptCompressor } from '../../src/compress/prompt-compressor.ts'
import { tokenPieces } from '../../src/compress/token-pieces.ts'
import { HermesOllamaClient } from '../../src/llm/hermes-ollama-client.ts'
import { readAll } from '../../src/llm/llm-client.ts'
import { type Fault, ManualClock, SimulatedOllama } from '../../src/testing/index.ts'
import { whileTimeGoesOn } from './while-time-goes-on.ts'

const actions = defineActions({
  MoveTo: { args: { x: z.int().min(0).max(19), y: z.int().min(0).max(19) } },
  Attack: { args: { target: z.string() } },
  Wait: { args: { seconds: z.number().positive() } },
})
const compressor = new PromptCompressor({ actions })
const requests = Array.from({ length: 10 }, (_, i) => ({ agentId: `guard-${i}`, world: { hp: i, foes: ['orc-1'] } }))

let server: SimulatedOllama
let client: HermesOllamaClient
beforeEach(async () => {
  server = await SimulatedOllama.start({ profile: 'instant' })
  client = new HermesOllamaClient({ baseUrl: server.url })
})
afterEach(() => server.stop())

async function served(count: number): Promise<void> {
  while (server.requests.filter(({ ended }) => ended).length < count)
    await new Promise(resolve => setImmediate(resolve))
}

describe('HermesOllamaClient on the simulated server', () => {
  test('streams a reply that says the same as the whole one', async () => {
    const { prompt } = compressor.compress(requests)
    const pieces: string[] = []
    const streamed = await readAll(client.completeStreaming(prompt), piece => pieces.push(piece))
    const whole = await client.complete(prompt)
    expect(pieces.length).toBeGreaterThan(20)
    expect(pieces.join('')).toBe(whole.text)
    expect(streamed.usage).toMatchObject({
      promptTokens: server.requests[0]?.promptTokens,
      outputTokens: server.requests[0]?.outputTokens,
    })
  })

  test('is told that the server is ready, and whether the model is loaded', async () => {
    expect(await client.health()).toEqual({ status: 'ready', version: '0.33.0', loaded: false })
    await client.warmUp()
    expect(await client.health()).toEqual({ status: 'ready', version: '0.33.0', loaded: true })
    const other = new HermesOllamaClient({ baseUrl: server.url, model: 'nope' })
    expect(await other.health()).toMatchObject({ status: 'model-missing' })
  })

  test('finds the static prefix in the cache after a warm-up, and only that', async () => {
    const { prompt } = compressor.compress(requests)
    const prefix = prompt.slice(0, 1)
    for (let round = 0; round < 2; round++) {
      await client.warmUp(typeof prefix === 'string' ? [] : prefix)
      await client.complete(prompt)
    }
    const [, first, again, second] = server.requests
    expect(first?.cachedTokens).toBeGreaterThan(100)
    expect(second).toMatchObject({ cachedTokens: first?.cachedTokens, evaluatedTokens: first?.evaluatedTokens })
    expect(again?.evaluatedTokens).toBeLessThan(10)
  })

  test('stops the writing within a token when it leaves', async () => {
    const clock = new ManualClock()
    await server.stop()
    server = await SimulatedOllama.start({ profile: 'rtx-4090', clock, reply: () => 'word '.repeat(100) })
    client = new HermesOllamaClient({ baseUrl: server.url })
    await whileTimeGoesOn(clock, 100, client.warmUp())
    const pieces: string[] = []
    const leave = async () => {
      for await (const piece of client.completeStreaming('x')) if (pieces.push(piece) === 5) break
      await served(2)
    }
    await whileTimeGoesOn(clock, 1, leave())
    await clock.advanceAsync(500)
    expect(server.requests[1]?.ended).toBe('aborted')
    // One more may have been on its way.
    expect(server.requests[1]?.outputTokens).toBeLessThanOrEqual(tokenPieces(pieces.join('')).length + 1)
  })

  test.each<readonly [string, Fault]>([
    ['overloaded', { kind: 'status', status: 503, body: '{"error":"server busy, please try again."}' }],
    ['server-error', { kind: 'status', status: 500, body: '{"error":"boom"}' }],
    ['server-error', { kind: 'error-line', afterTokens: 3 }],
    ['truncated', { kind: 'eof', afterTokens: 3 }],
    ['protocol', { kind: 'garbage', afterTokens: 3 }],
  ])('ends with %s for %o', async (code, fault) => {
    server.inject(fault)
    const failed = await client.complete(compressor.compress(requests).prompt).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code })
  })
})

test('the default reply is a plan for each agent of a batch, accepted as it is', async () => {
  const executor = new BatchExecutor({ client, compressor, actions, emergency: [{ act: 'Wait', seconds: 1 }] })
  const { outcomes, metrics } = await executor.run(requests).result
  expect(outcomes.map(({ agentId, tier }) => [agentId, tier])).toEqual(
    requests.map(({ agentId }) => [agentId, 'model']),
  )
  expect(metrics.modelCalls).toBe(1)
})
