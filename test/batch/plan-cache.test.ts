import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import type { BatchExecutor } from '../../src/batch/batch-executor.ts'
import { PlanCache } from '../../src/batch/plan-cache.ts'
import type { LlmRequestOptions } from '../../src/llm/llm-client.ts'
import type { PlanRequest } from '../../src/world.ts'
import { answering, FedClient, piecesOf } from './fed-client.ts'
import {
  actions,
  ask,
  attack,
  executorOf,
  move,
  planText,
  recordOf,
  replyText,
  type VillageStep,
  type World,
  wait,
  world,
} from './village.ts'

/** Answers every agent with a plan. */
function planner(): FedClient {
  return new FedClient(call =>
    call.write(...piecesOf(replyText(...call.agents.map(name => planText(name, [move, wait]))))),
  )
}

type Executor = BatchExecutor<VillageStep, World>

/** Which agents came from the cache. */
async function cachedOf(executor: Executor, requests: PlanRequest<World>[], options?: LlmRequestOptions) {
  const { outcomes } = await executor.run(requests, options).result
  return outcomes.map(({ cached = false }) => cached)
}

test('off by default', async () => {
  const executor = executorOf(planner())
  for (let i = 0; i < 2; i += 1) expect(await cachedOf(executor, [ask('a')])).toEqual([false])
})

test('an equal world is answered without the model, by a plan of its own with the same steps', async () => {
  const client = planner()
  const executor = executorOf(client, { planCacheSize: 10 })
  const before = await executor.run([ask('a')]).result
  const run = executor.run([ask('a', { world: { enemies: ['orc'], wallX: 9, hp: 10 } })])
  const record = recordOf(run)
  const { outcomes, metrics } = await run.result
  const [first, again] = [before.outcomes[0], outcomes[0]]
  expect(again).toEqual({ ...first, cached: true, plan: { ...first?.plan, planId: 'run-2/a/1' } })
  expect(metrics).toMatchObject({ modelCalls: 0, cachedPlans: 1, firstStepMs: 0, firstPlanMs: 0 })
  expect(record.map(({ name }) => name)).toEqual(['step', 'step', 'outcome', 'end'])
  expect(client.calls.length).toBe(1)
  expect(before.metrics).not.toHaveProperty('cachedPlans')
})

test('only the others are asked for', async () => {
  const client = planner()
  const executor = executorOf(client, { planCacheSize: 10 })
  await executor.run([ask('a'), ask('b')]).result
  expect(await cachedOf(executor, [ask('a'), ask('b', { world: { ...world, hp: 9 } }), ask('c')])).toEqual([
    true,
    false,
    false,
  ])
  expect(client.calls.map(({ agents }) => agents)).toEqual([
    ['a', 'b'],
    ['b', 'c'],
  ])
})

describe('never similar, only equal', () => {
  const fine = { ...world, hp: 10.000000000000002 }
  test.each<[string, PlanRequest<World>, LlmRequestOptions?]>([
    ['one digit', ask('a', { world: fine })],
    ['another agent', ask('b')],
    ['instructions', ask('a', { instructions: 'hurry' })],
    ['temperature', ask('a'), { temperature: 0.1 }],
    ['seed', ask('a'), { seed: 4 }],
    ['the order of a list', ask('a', { world: { ...world, enemies: ['orc', 'elf'] } })],
  ])('%s', async (_, request, options) => {
    const executor = executorOf(planner(), { planCacheSize: 10 })
    await executor.run([ask('a'), ask('z', { world: { ...world, enemies: ['elf', 'orc'] } })]).result
    expect(await cachedOf(executor, [request], options)).toEqual([false])
    expect(await cachedOf(executor, [request], options)).toEqual([true])
  })

  test('how long to wait and how to be stopped are no part of a question', async () => {
    const executor = executorOf(planner(), { planCacheSize: 10 })
    await executor.run([ask('a')]).result
    const options = { timeouts: { totalMs: 5000 }, signal: new AbortController().signal }
    expect(await cachedOf(executor, [ask('a', { deadlineMs: 50, priority: 2 })], options)).toEqual([true])
  })

  test('a world that changes while the model thinks is remembered as it was', async () => {
    const changing = { ...world, enemies: ['orc'] }
    const client = new FedClient()
    const executor = executorOf(client, { planCacheSize: 10 })
    const run = executor.run([ask('a', { world: changing })])
    await Promise.resolve()
    changing.enemies.push('elf')
    client.call(0).write(replyText(planText('a')))
    await run.result
    expect(await cachedOf(executor, [ask('a', { world: { ...world, enemies: ['orc'] } })])).toEqual([true])
  })

  test('model, prompt and registry are parts of the key; a world that is no plain data has none', () => {
    const other = defineActions({ Wait: { args: { seconds: z.number() } } }, { world: z.custom<World>() })
    const source = { model: 'm', staticPrefix: 'rules', options: {} }
    const plans = new PlanCache(actions, 1)
    const keys = [
      plans.keyOf(ask('a'), source),
      plans.keyOf(ask('a'), { ...source, model: 'n' }),
      plans.keyOf(ask('a'), { ...source, staticPrefix: 'other rules' }),
      new PlanCache(other, 1).keyOf(ask('a'), source),
    ]
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys).not.toContain(undefined)
    class Live implements World {
      readonly hp = 1
      readonly wallX = 1
      readonly enemies = []
    }
    expect(plans.keyOf(ask('a', { world: new Live() }), source)).toBeUndefined()
    expect(plans.keyOf(ask('a', { instructions: 'x'.repeat(70_000) }), source)).toBeUndefined()
  })
})

test('a plan is validated again, and forgotten when it has become illegal', async () => {
  let open = true
  const gates = defineActions(
    { Enter: { args: {}, valid: () => open || 'the gate is shut' }, Wait: { args: { seconds: z.number() } } },
    { world: z.custom<World>() },
  )
  const plans = new PlanCache(gates, 4)
  const key = plans.keyOf(ask('a'), { model: 'm', staticPrefix: '', options: {} }) ?? ''
  plans.keep(key, { planId: 'p', agentId: 'a', steps: [{ act: 'Wait', seconds: 1 }, { act: 'Enter' }], notes: {} })
  expect(plans.find(key, ask('a'))?.steps.length).toBe(2)
  open = false
  expect(plans.find(key, ask('a'))).toBeUndefined()
  open = true
  expect(plans.find(key, ask('a'))).toBeUndefined()
})

test('the least recently used plan goes first', async () => {
  const executor = executorOf(planner(), { planCacheSize: 2 })
  for (const name of ['a', 'b', 'a', 'c']) await executor.run([ask(name)]).result
  expect(await cachedOf(executor, [ask('a')])).toEqual([true])
  expect(await cachedOf(executor, [ask('b')])).toEqual([false])
})

test('what the game does to a plan that it was handed changes no other', async () => {
  const executor = executorOf(planner(), { planCacheSize: 2 })
  const spoil = async () => {
    const plan = (await executor.run([ask('a')]).result).outcomes[0]?.plan
    const steps = JSON.stringify(plan?.steps)
    for (const step of plan?.steps ?? []) Object.assign(step, { x: 99, seconds: 99 })
    return steps
  }
  const first = await spoil()
  expect([await spoil(), await spoil()]).toEqual([first, first])
})

test('plans of the floor and of other models are not remembered', async () => {
  const executor = executorOf(answering('?'), { planCacheSize: 9, heuristic: () => [attack] })
  const simplified = executorOf(answering('?'), { planCacheSize: 9, simplified: planner() })
  for (const one of [executor, simplified]) {
    for (let i = 0; i < 2; i += 1) expect(await cachedOf(one, [ask('a')])).toEqual([false])
  }
})
