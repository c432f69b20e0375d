import { describe, expect, test } from 'vitest'
import { LlmError } from '../../src/errors.ts'
import { CircuitBreakerClient } from '../../src/llm/circuit-breaker-client.ts'
import { HermesOllamaClient } from '../../src/llm/hermes-ollama-client.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { SimulatedOllama } from '../../src/testing/simulated-ollama.ts'
import { answering, FedClient } from './fed-client.ts'
import { attack, executorOf, move, outcomesOf, planText, recordOf, replyText, villagers, wait } from './village.ts'

const broken = new LlmError('truncated', 'the connection broke')
const stalled = new LlmError('timeout-idle', 'no text for 15000 ms')
const [first = '', second = ''] = [planText('a0', [move, wait]), planText('a1', [wait])]
/** The plan of `a0`, and a step of `a1`'s. */
const half = `{"plans":[${first},${second.slice(0, -1)}`

describe('a standby takes over in the middle of a reply', () => {
  test.each([
    ['breaks', broken, 'truncated'],
    ['stalls', stalled, 'timeout-idle'],
  ])('that %s, for the agents without a plan, and at once', async (_, error, code) => {
    const client = answering([half, error])
    const standby = answering(replyText(planText('a1', [attack]), planText('a2', [attack])))
    const run = executorOf(client, { standby, reAsks: 3, simplified: answering('?') }).run(villagers(3))
    const record = recordOf(run)
    const { outcomes } = await run.result
    expect(await outcomesOf(run)).toEqual([
      'a0 model',
      `a1 takeover after model:${code}`,
      `a2 takeover after model:${code}`,
    ])
    expect(outcomes.map(({ plan }) => plan.steps)).toEqual([[move, wait], [attack], [attack]])
    expect(client.calls.length).toBe(1)
    expect(standby.calls.map(({ agents }) => agents)).toEqual([['a1', 'a2']])
    // What was released stays released, and nothing comes twice.
    const released = record.filter(({ name }) => name === 'outcome').map(({ event }) => event)
    expect(released).toEqual([outcomes[0], outcomes[1], outcomes[2]])
    expect(outcomes.map(({ plan }) => plan.planId)).toEqual(['run-1/a0/1', 'run-1/a1/2', 'run-1/a2/1'])
  })

  test.each([
    ['also before the first text', answering(new LlmError('unreachable', 'no server')), 'unreachable'],
    [
      'also after an error that would come again',
      answering(new LlmError('model-missing', 'no model')),
      'model-missing',
    ],
  ])('%s', async (_, client, code) => {
    const executor = executorOf(client, { standby: answering(replyText(planText('a0'))) })
    expect(await outcomesOf(executor.run(villagers(1)))).toEqual([`a0 takeover after model:${code}`])
  })

  test('and tells the standby what was wrong with a plan that the reply had brought before', async () => {
    const bad = planText('a0', [{ act: 'Attack', target: 'ghost' }])
    const standby = answering(replyText(planText('a0')))
    const run = executorOf(answering([`{"plans":[${bad},`, broken]), { standby }).run(villagers(1))
    expect(await outcomesOf(run)).toEqual(['a0 takeover after model:invalid'])
    expect(standby.call(0).promptText).toContain('no enemy ghost')
  })

  test('when the second question breaks; a bad plan is no broken reply', async () => {
    const standby = answering(replyText(planText('a0')))
    const run = executorOf(answering('?', broken), { standby }).run(villagers(1))
    expect(await outcomesOf(run)).toEqual(['a0 takeover after model:missing re-ask:truncated'])
  })

  test('once; then come the other tiers', async () => {
    const options = { standby: answering(broken), simplified: answering(replyText(planText('a0'))) }
    const run = executorOf(answering(broken), { ...options, reAsks: 3 }).run(villagers(2))
    expect(await outcomesOf(run)).toEqual([
      'a0 simplified after model:truncated takeover:truncated',
      'a1 emergency after model:truncated takeover:truncated simplified:missing',
    ])
  })

  test('within the one deadline', async () => {
    const clock = new ManualClock()
    const [client, standby] = [new FedClient(), new FedClient()]
    const run = executorOf(client, { clock, standby }).run(villagers(2, { deadlineMs: 3000 }))
    await clock.advanceAsync(1000)
    client.call(0).write(half)
    client.call(0).fail(broken)
    await clock.advanceAsync(500)
    expect(standby.call(0).options.timeouts).toEqual({ totalMs: 2000 })
    await clock.advanceAsync(1500)
    expect(await outcomesOf(run)).toEqual(['a0 model', 'a1 emergency after model:truncated takeover:deadline'])
    expect(standby.call(0).closed).toBe(true)
  })
})

test('on the wire: a reset after some tokens, and another server writes the rest', async () => {
  const servers = await Promise.all([
    SimulatedOllama.start({ profile: 'instant', faults: [{ kind: 'reset', afterTokens: 60 }] }),
    SimulatedOllama.start({ profile: 'instant' }),
  ])
  try {
    const [client, standby] = servers.map(({ url }) => new HermesOllamaClient({ baseUrl: url }))
    if (!client || !standby) throw new Error('there are two servers')
    const run = executorOf(client, { standby, reAsks: 0 }).run(
      villagers(6).map(request => ({
        ...request,
        world: { ...request.world, enemies: villagers(6).map(a => a.agentId) },
      })),
    )
    const tiers = (await run.result).outcomes.map(({ tier }) => tier)
    expect(tiers).toContain('model')
    expect(tiers).toContain('takeover')
  } finally {
    for (const server of servers) await server.stop()
  }
})

test('a breaker is shared by all runs: it counts timeouts, opens, lets one prompt try, and closes', async () => {
  const clock = new ManualClock()
  const inner = answering(
    new LlmError('timeout-first-text', 'silence'),
    stalled,
    replyText(...villagers(4).map(({ agentId }) => planText(agentId))),
  )
  const client = new CircuitBreakerClient(inner, { clock, failuresToOpen: 2, openMs: 1000 })
  const executor = executorOf(client, { clock, reAsks: 0 })
  const planned = async () => {
    const run = executor.run(villagers(1))
    await clock.advanceAsync(0)
    return outcomesOf(run)
  }
  expect(await planned()).toEqual(['a0 emergency after model:timeout-first-text'])
  expect(await planned()).toEqual(['a0 emergency after model:timeout-idle'])
  expect(client.state).toBe('open')
  expect(await planned()).toEqual(['a0 emergency after model:overloaded'])
  expect(inner.calls.length).toBe(2)
  await clock.advanceAsync(1000)
  expect(await planned()).toEqual(['a0 model'])
  expect(inner.calls.length).toBe(3)
  expect(client.state).toBe('closed')
})
