import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import type { BatchRun } from '../../src/batch/batch-events.ts'
import { BatchExecutor } from '../../src/batch/batch-executor.ts'
import { PromptCompressor } from '../../src/compress/prompt-compressor.ts'
import { LlmError } from '../../src/errors.ts'
import { HermesOllamaClient } from '../../src/llm/hermes-ollama-client.ts'
import { LlmClient } from '../../src/llm/llm-client.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { serve } from '../llm/wire-server.ts'
import { answering, FedClient, piecesOf } from './fed-client.ts'
import {
  actions,
  ask,
  attack,
  executorOf,
  inWords,
  move,
  outcomesOf,
  planText,
  recordOf,
  replyText,
  type VillageStep,
  villagers,
  wait,
} from './village.ts'

const broken = new LlmError('truncated', 'the connection was lost')
const refused = new LlmError('bad-request', 'no such option')
const all = (run: BatchRun<VillageStep>) => outcomesOf(run)

describe('ids are names, never positions', () => {
  test.each([
    [['0', '1', '2']],
    [['10', '20']],
    [['guard 7', 'guard', 'guard 70']],
    [['🐺', '🐺🐺', 'e\u0301', 'é']],
    [['__proto__', 'constructor', '']],
    [['a"b\\c\nd']],
  ])('%j', async ids => {
    // Answered backwards, so that a position could only be wrong; each plan carries its agent's own number.
    const elements = ids.map((id, index) => planText(id, [{ act: 'MoveTo', x: index, y: 0 }])).reverse()
    const { outcomes } = await executorOf(answering(replyText(...elements))).run(ids.map(id => ask(id))).result
    expect(outcomes.map(({ agentId, tier, plan }) => [agentId, tier, plan.steps])).toEqual(
      [...ids].sort((a, b) => (a < b ? -1 : 1)).map(id => [id, 'model', [{ act: 'MoveTo', x: ids.indexOf(id), y: 0 }]]),
    )
  })

  test('an agent that is asked for twice is refused at the call, and nothing is sent', () => {
    const client = new FedClient()
    const executor = executorOf(client)
    expect(() => executor.run([ask('guard'), ask('cook'), ask('guard')])).toThrow(
      new TypeError('agent "guard" is asked for twice: send one request per agent and run'),
    )
    expect(client.calls).toEqual([])
  })

  test('plans of a run are numbered by agent, over all tiers', async () => {
    const client = answering(replyText(planText('a0'), planText('a1', [{ act: 'Fly' }])), 'no plan')
    const run = executorOf(client).run(villagers(2))
    expect((await run.result).outcomes.map(({ plan }) => plan.planId)).toEqual(['run-1/a0/1', 'run-1/a1/2'])
    const seeded = executorOf(answering(replyText(planText('a0'))), { seed: 7 })
    const ids = [await seeded.run(villagers(1)).result, await seeded.run(villagers(1)).result]
    expect(ids.map(({ outcomes }) => outcomes[0]?.plan.planId)).toEqual(['7-1/a0/1', '7-2/a0/1'])
  })
})

describe('one bad plan costs one agent', () => {
  const good = (...names: string[]) => names.map(name => planText(name))
  test.each([
    [
      'a plan is missing',
      replyText(...good('a0', 'a2')),
      ['a0 model', 'a1 emergency after model:missing re-ask:missing', 'a2 model'],
    ],
    [
      'a first step is illegal',
      replyText(...good('a0'), planText('a1', [{ act: 'Attack', target: 'ghost' }]), ...good('a2')),
      ['a0 model', 'a1 emergency after model:invalid re-ask:invalid', 'a2 model'],
    ],
    ['an unknown agent speaks', replyText(...good('a0', 'dragon', 'a1', 'a2')), ['a0 model', 'a1 model', 'a2 model']],
    ['an agent speaks twice', replyText(...good('a0', 'a0', 'a1', 'a2')), ['a0 model', 'a1 model', 'a2 model']],
    [
      'a plan has no steps',
      replyText(planText('a0', []), ...good('a1', 'a2')),
      ['a0 emergency after model:empty-plan re-ask:empty-plan', 'a1 model', 'a2 model'],
    ],
    [
      'an empty plan is said twice',
      replyText(planText('a0', []), planText('a0', []), ...good('a1', 'a2')),
      ['a0 emergency after model:empty-plan re-ask:empty-plan', 'a1 model', 'a2 model'],
    ],
    [
      'there is nothing but prose',
      'I would rather not plan today.',
      ['a0', 'a1', 'a2'].map(name => `${name} emergency after model:missing re-ask:missing`),
    ],
  ])('%s', async (_, reply, expected) => {
    expect(await all(executorOf(answering(reply)).run(villagers(3)))).toEqual(expected)
  })

  test('the connection breaks in the seventh plan of ten: six stay, each failure has its cause, and only the missing are asked again', async () => {
    const names = villagers(10).map(({ agentId }) => agentId)
    const whole = replyText(...names.map(name => planText(name)))
    const cut = whole.slice(0, whole.indexOf('a6') + 30)
    const rest = replyText(...names.slice(6).map(name => planText(name)))
    const client = answering([cut, broken], rest)
    const run = executorOf(client).run(villagers(10))
    const { outcomes } = await run.result
    expect(client.calls.map(call => call.agents)).toEqual([names, names.slice(6)])
    expect(outcomes.map(inWords)).toEqual([
      ...names.slice(0, 6).map(name => `${name} model`),
      ...names.slice(6).map(name => `${name} re-ask after model:truncated`),
    ])
    expect(outcomes[6]?.attempts[0]).toMatchObject({ error: { message: 'the connection was lost' } })
    expect(outcomes[6]?.attempts[0]?.raw).toContain('a6')
    expect(outcomes[7]?.attempts[0]?.raw).toBeUndefined()
  })

  test('a reply that reached its longest length says so for every agent it did not reach', async () => {
    const client = new FedClient(call => call.write(replyText(planText('a0')).slice(0, -2)).finish('length'))
    expect(await all(executorOf(client, { reAsks: 0 }).run(villagers(2)))).toEqual([
      'a0 model',
      'a1 emergency after model:truncated',
    ])
  })

  test('what the model wrote is kept, and capped', async () => {
    const reply = replyText(planText('a0', [{ act: 'Attack', target: 'x'.repeat(2000) }]))
    const [outcome] = (await executorOf(answering(reply), { reAsks: 0 }).run(villagers(1)).result).outcomes
    expect(outcome?.attempts[0]?.raw?.length).toBe(500)
    expect(outcome?.attempts[0]?.error.message.length).toBeLessThanOrEqual(500)
  })

  test('an empty plan is a plan when the game says so', async () => {
    const client = answering(replyText(planText('a0', [])))
    expect(await all(executorOf(client, { allowEmptyPlans: true }).run(villagers(1)))).toEqual(['a0 model'])
  })
})

describe('the tiers', () => {
  const good = replyText(planText('a0'))
  test.each([
    ['the model', { client: answering(good) }, 'a0 model'],
    ['the model, asked again', { client: answering('?', good) }, 'a0 re-ask after model:missing'],
    [
      'a simpler model',
      { client: answering('?'), simplified: answering(good) },
      'a0 simplified after model:missing re-ask:missing',
    ],
    [
      'the heuristic',
      { client: answering('?'), simplified: answering('?'), heuristic: () => [attack] },
      'a0 heuristic after model:missing re-ask:missing simplified:missing',
    ],
    [
      'the last resort',
      { client: answering('?'), simplified: answering('?'), heuristic: () => [] },
      'a0 emergency after model:missing re-ask:missing simplified:missing heuristic:empty-plan',
    ],
    [
      'no second question after an error that would come again',
      { client: answering(refused), simplified: answering(good) },
      'a0 simplified after model:bad-request',
    ],
    [
      'no second question when none is wanted',
      { client: answering('?'), reAsks: 0 },
      'a0 emergency after model:missing',
    ],
    [
      'as many questions as wanted',
      { client: answering('?', '?', '?', good), reAsks: 3 },
      'a0 re-ask after model:missing re-ask:missing re-ask:missing',
    ],
  ])('%s answers', async (_, { client, ...options }, expected) => {
    expect(await all(executorOf(client, options).run(villagers(1)))).toEqual([expected])
  })

  test('a second question tells each agent what was wrong with its own plan', async () => {
    const client = answering(replyText(planText('a0', [{ act: 'Attack', target: 'ghost' }])), '?')
    await executorOf(client).run([ask('a0', { instructions: 'Hold the gate.' }), ask('a1')]).result
    const again = client.call(1)
    expect(again.promptText).toMatch(/Hold the gate\..*Your last plan for this agent was refused: .*no enemy ghost/)
    expect(again.promptText).toContain('Your last reply had no plan for this agent.')
    expect(client.call(0).promptText).not.toContain('Your last')
  })

  test('a broken pipe is not told to the model', async () => {
    const client = answering(broken, good)
    await executorOf(client).run(villagers(1)).result
    expect(client.call(1).promptText).toBe(client.call(0).promptText)
  })

  test('agents of one reply go different ways', async () => {
    const client = answering([replyText(planText('a1')), refused], '?')
    const simplified = answering(replyText(planText('a0')))
    const run = executorOf(client, { simplified, heuristic: () => [move] }).run(villagers(3))
    expect(await all(run)).toEqual([
      'a0 simplified after model:bad-request',
      'a1 model',
      'a2 heuristic after model:bad-request simplified:missing',
    ])
    expect(simplified.call(0).agents).toEqual(['a0', 'a2'])
  })

  test.each([
    ['throws something else', new FedClient(call => call.fail(new RangeError('bug'))), 'the client threw: bug'],
    [
      'throws before it streams',
      new FedClient(() => {
        throw new RangeError('bug')
      }),
      'the client threw: bug',
    ],
  ])('a client that %s costs no agent its outcome', async (_, client, message) => {
    const { outcomes } = await executorOf(client).run(villagers(2)).result
    expect(outcomes.map(inWords)).toEqual(
      ['a0', 'a1'].map(name => `${name} emergency after model:server-error re-ask:server-error`),
    )
    expect(outcomes[0]?.attempts[0]?.error.message).toBe(message)
  })

  test('a client that hands over what is no text costs no agent its outcome', async () => {
    class Careless extends LlmClient {
      readonly model = 'careless'
      override complete(): Promise<never> {
        return Promise.reject(new Error('unused'))
      }
      override async *completeStreaming(): AsyncGenerator<string, never, void> {
        yield replyText(planText('a0')).slice(0, -2)
        // What no type allows is what this is for.
        yield null as unknown as string
        throw new Error('unreachable')
      }
    }
    expect(await all(executorOf(new Careless()).run(villagers(2)))).toEqual([
      'a0 model',
      'a1 emergency after model:server-error re-ask:server-error',
    ])
  })

  test('a client with `complete` alone will do', async () => {
    class Blocking extends LlmClient {
      readonly model = 'blocking'
      override complete() {
        const text = replyText(planText('a0'))
        return Promise.resolve({
          text,
          finishReason: 'stop' as const,
          usage: {},
          timings: { firstTextMs: 0, totalMs: 0 },
        })
      }
    }
    expect(await all(executorOf(new Blocking()).run(villagers(1)))).toEqual(['a0 model'])
  })

  test('a view that throws costs its own agent alone', async () => {
    const view = (_: unknown, agentId: string) => {
      if (agentId === 'a1') throw new Error('no body')
      return { self: 1 }
    }
    const client = answering(replyText(planText('a0'), planText('a2')))
    const run = executorOf(client, { compressor: new PromptCompressor({ actions, view }) }).run(villagers(3))
    expect(await all(run)).toEqual(['a0 model', 'a1 emergency after model:bad-request', 'a2 model'])
    expect(client.calls.length).toBe(1)
  })
})

describe('deadlines count from the call and cover all tiers', () => {
  test('on expiry an agent gets its floor at once, while others go on', async () => {
    const clock = new ManualClock()
    const client = new FedClient()
    const run = executorOf(client, { clock }).run([ask('hasty', { deadlineMs: 1000 }), ask('patient')])
    const record = recordOf(run)
    await clock.advanceAsync(999)
    expect(record).toEqual([])
    await clock.advanceAsync(1)
    expect(record.map(({ event }) => event)).toEqual([
      expect.objectContaining({
        agentId: 'hasty',
        tier: 'emergency',
        attempts: [expect.objectContaining({ ms: 1000 })],
      }),
    ])
    client.call(0).write(replyText(planText('hasty'), planText('patient')))
    expect(await all(run)).toEqual(['hasty emergency after model:deadline', 'patient model'])
    expect(clock.pending).toBe(0)
  })

  test('one deadline is shared by all tiers, and each prompt is given what is left of it', async () => {
    const clock = new ManualClock(5000)
    const client = new FedClient()
    const simplified = new FedClient()
    const run = executorOf(client, { clock, simplified }).run([ask('a0', { deadlineMs: 3000 })])
    await clock.advanceAsync(1000)
    client.call(0).write('?').finish()
    await clock.advanceAsync(500)
    client.call(1).write('?').finish()
    await clock.advanceAsync(200)
    const totals = [client.call(0), client.call(1), simplified.call(0)].map(call => call.options.timeouts?.totalMs)
    expect(totals).toEqual([3000, 2000, 1500])
    await clock.advanceAsync(1300)
    const [outcome] = (await run.result).outcomes
    expect(outcome && inWords(outcome)).toBe('a0 emergency after model:missing re-ask:missing simplified:deadline')
    expect(outcome?.attempts.map(({ ms }) => ms)).toEqual([1000, 500, 1500])
    expect(simplified.call(0).closed).toBe(true)
  })

  test('the time in the queue counts', async () => {
    const clock = new ManualClock()
    const client = new FedClient()
    const run = executorOf(client, { clock, maxAgentsPerPrompt: 1 }).run(villagers(2, { deadlineMs: 1000 }))
    await clock.advanceAsync(1000)
    expect(await all(run)).toEqual(['a0 emergency after model:deadline', 'a1 emergency after model:deadline'])
    expect(client.calls.length).toBe(1)
    expect(client.call(0).closed).toBe(true)
  })

  test('a plan that is there in time leaves no timer', async () => {
    const clock = new ManualClock()
    const client = answering(replyText(planText('a0'), planText('a1')))
    await executorOf(client, { clock }).run([ask('a0', { deadlineMs: 1000 }), ask('a1', { deadlineMs: 50 })]).result
    expect(clock.pending).toBe(0)
  })

  test('with too little of it left, nobody is asked again', async () => {
    const clock = new ManualClock()
    const client = new FedClient()
    const run = executorOf(client, { clock, simplified: client }).run(villagers(1, { deadlineMs: 1000 }))
    await clock.advanceAsync(600)
    client.call(0).write('?').finish()
    await clock.advanceAsync(0)
    expect(await all(run)).toEqual(['a0 emergency after model:missing'])
    expect(client.calls.length).toBe(1)
  })

  test.each([
    ['the longest of the group', [1000, 4000], undefined, 4000],
    ['the caller’s, when that is shorter', [1000, 4000], 2000, 2000],
    ['the caller’s, when an agent has no deadline', [1000, undefined], 9000, 9000],
    ['nobody’s, when an agent has no deadline', [1000, undefined], undefined, undefined],
    ['nobody’s, when one is longer than any timer', [2 ** 40, Number.POSITIVE_INFINITY], undefined, undefined],
  ])('the time for a reply is %s', async (_, deadlines, totalMs, expected) => {
    const clock = new ManualClock()
    const client = new FedClient()
    const requests = deadlines.map((deadlineMs, index) =>
      ask(`a${index}`, deadlineMs === undefined ? {} : { deadlineMs }),
    )
    const run = executorOf(client, { clock }).run(requests, totalMs === undefined ? {} : { timeouts: { totalMs } })
    await clock.advanceAsync(0)
    expect(client.call(0).options.timeouts?.totalMs).toBe(expected)
    run.cancel()
  })
})

describe('prompts are cut to size', () => {
  test('25 agents with 10 per prompt make 3 prompts, one after another, and a broken one loses nothing queued', async () => {
    const client = new FedClient((call, index) => {
      if (index === 1) call.fail(refused)
      else call.write(replyText(...call.agents.map(agent => planText(agent)))).finish()
    })
    const requests = villagers(25)
    const { outcomes, metrics } = await executorOf(client).run(requests).result
    expect(client.calls.map(call => call.agents.length)).toEqual([10, 10, 5])
    expect(client.calls.flatMap(call => call.agents)).toEqual(requests.map(({ agentId }) => agentId).sort())
    expect(outcomes.map(({ tier }) => tier)).toEqual([
      ...Array<string>(10).fill('model'),
      ...Array<string>(10).fill('emergency'),
      ...Array<string>(5).fill('model'),
    ])
    expect(metrics.modelCalls).toBe(3)
  })

  test('a prompt over its token budget is halved until it fits', async () => {
    // A token per agent, and a prefix that costs nothing.
    const countTokens = (text: string) => text.match(/^Agent "/gm)?.length ?? 0
    const compressor = new PromptCompressor({ actions, tokenBudget: 3, countTokens })
    const client = new FedClient(call => call.write(replyText(...call.agents.map(agent => planText(agent)))).finish())
    const { outcomes } = await executorOf(client, { compressor }).run(villagers(10)).result
    expect(client.calls.map(call => call.agents.length)).toEqual([2, 3, 2, 3])
    expect(outcomes.map(inWords)).toEqual(villagers(10).map(({ agentId }) => `${agentId} model`))
  })

  test('an agent that does not fit alone falls back, and the others are asked for', async () => {
    const countTokens = (text: string) => (text.includes('"giant"') ? 100 : 0)
    const compressor = new PromptCompressor({ actions, tokenBudget: 50, countTokens })
    const client = new FedClient(call => call.write(replyText(...call.agents.map(agent => planText(agent)))).finish())
    const run = executorOf(client, { compressor }).run([ask('cook'), ask('giant'), ask('guard')])
    expect(await all(run)).toEqual(['cook model', 'giant emergency after model:limit', 'guard model'])
  })

  test('a token counter that throws ends in the floor', async () => {
    let calls = 0
    const countTokens = () => {
      calls += 1
      if (calls > 1) throw new Error('no tokenizer')
      return 0
    }
    const run = executorOf(new FedClient(), { compressor: new PromptCompressor({ actions, countTokens }) }).run(
      villagers(2),
    )
    expect(await all(run)).toEqual(['a0', 'a1'].map(name => `${name} emergency after model:bad-request`))
  })

  test.each([
    ['one-prompt', undefined, [1, 10]],
    ['one-prompt', 3, [3, 10]],
    ['fan-out', undefined, [4, 1]],
    ['fan-out', 2, [2, 1]],
  ] as const)('%s with concurrency %s', async (strategy, concurrency, [atOnce, agents]) => {
    const client = new FedClient()
    const options = { strategy, ...(concurrency && { concurrency }) }
    const run = executorOf(client, options).run(villagers(40))
    await new ManualClock().advanceAsync(0)
    expect(client.calls.map(call => call.agents.length)).toEqual(Array(atOnce).fill(agents))
    run.cancel()
    const { metrics } = await run.result
    expect(metrics).toMatchObject({ strategy, modelCalls: atOnce })
    expect(client.calls.every(call => call.closed)).toBe(true)
  })

  test('the bound on prompts at once holds over all runs of an executor, which take turns', async () => {
    const client = new FedClient()
    const executor = executorOf(client, { strategy: 'fan-out', concurrency: 2 })
    const runs = [executor.run(villagers(3)), executor.run(villagers(2)), executor.run([ask('late')])]
    const turn = () => new ManualClock().advanceAsync(0)
    await turn()
    for (let served = 0; served < client.calls.length; served += 1) {
      expect(client.calls.filter(({ closed }) => !closed).length).toBeLessThanOrEqual(2)
      const call = client.call(served)
      call.write(replyText(...call.agents.map(name => planText(name))))
      await turn()
    }
    expect(client.calls.map(({ agents: [name] }) => name)).toEqual(['a0', 'a1', 'a0', 'late', 'a2', 'a1'])
    expect((await Promise.all(runs.map(all))).flat()).toEqual(
      ['a0', 'a1', 'a2', 'a0', 'a1', 'late'].map(n => `${n} model`),
    )
  })

  test('a run that is cancelled while it waits for its turn sends nothing, and holds up nobody', async () => {
    const client = new FedClient()
    const executor = executorOf(client, { concurrency: 1 })
    const [first, second, third] = [ask('first'), ask('second'), ask('third')].map(request => executor.run([request]))
    await new ManualClock().advanceAsync(0)
    second?.cancel()
    first?.cancel()
    await new ManualClock().advanceAsync(0)
    expect(client.calls.map(({ agents }) => agents)).toEqual([['first'], ['third']])
    client.call(1).write(replyText(planText('third')))
    expect((await third?.result)?.outcomes.map(({ tier }) => tier)).toEqual(['model'])
  })

  test('auto: one prompt first, then prompts side by side, then what was sooner; the result says which, and a replay chooses alike', async () => {
    /** Writes `slots` replies at once, a plan every 100 ms. */
    const strategies = async (slots: number) => {
      const clock = new ManualClock()
      const freeAtMs = Array<number>(slots).fill(0)
      const client: FedClient = new FedClient(call => {
        const lane = freeAtMs.indexOf(Math.min(...freeAtMs))
        let atMs = Math.max(clock.now(), freeAtMs[lane] ?? 0) + 50
        for (const name of call.agents) {
          clock.setTimer(atMs - clock.now(), () => call.write(name === call.agents[0] ? '{"plans":[' : ','))
          atMs += 100
          clock.setTimer(atMs - clock.now(), () => call.write(planText(name)))
        }
        freeAtMs[lane] = atMs
      })
      const executor = executorOf(client, { clock, strategy: 'auto' })
      const chosen: string[] = []
      for (let i = 0; i < 5; i += 1) {
        const run = executor.run(villagers(6))
        await clock.advanceAsync(5000)
        chosen.push((await run.result).metrics.strategy)
      }
      return chosen.join(' ')
    }
    expect(await strategies(4)).toBe('one-prompt fan-out fan-out fan-out fan-out')
    expect(await strategies(1)).toBe('one-prompt fan-out one-prompt one-prompt one-prompt')
    expect(await strategies(1)).toBe(await strategies(1))
  })

  test.each([
    [264, [2, 2, 1], 264],
    [363, [2, 2, 1], 264],
    [364, [3, 2], 364],
    // One plan is always asked for, and may get what there is.
    [50, [1, 1, 1, 1, 1], 50],
  ])('an output budget of %i tokens makes prompts for %j agents', async (outputBudget, agents, maxTokens) => {
    const client = new FedClient()
    const run = executorOf(client, { tokensPerPlan: 100, outputBudget, concurrency: 5 }).run(villagers(5))
    await new ManualClock().advanceAsync(0)
    expect(client.calls.map(call => call.agents.length)).toEqual(agents)
    expect(client.call(0).options.maxTokens).toBe(maxTokens)
    run.cancel()
  })

  test('a reply may be as long as its agents’ plans need, unless the caller says otherwise', async () => {
    const client = answering(replyText(planText('a0'), planText('a1')))
    const executor = executorOf(client, { tokensPerPlan: 100, seed: 3 })
    await executor.run(villagers(2)).result
    await executor.run(villagers(2), { maxTokens: 50, seed: 9, temperature: 0.5, format: 'json' }).result
    expect(client.calls.map(({ options: { maxTokens, seed } }) => [maxTokens, seed])).toEqual([
      [264, 3],
      [50, 9],
    ])
    expect(client.call(1).options).toMatchObject({ temperature: 0.5, format: 'json' })
  })
})

describe('reading stops as soon as everybody is served', () => {
  test('with the closing brace of the last plan, and the connection is closed', async () => {
    const client = new FedClient()
    const run = executorOf(client).run(villagers(2))
    await new ManualClock().advanceAsync(0)
    const whole = replyText(planText('a0'), planText('a1'))
    client.call(0).write(...piecesOf(whole, 1), ...Array<string>(50).fill(' '))
    let text = ''
    run.on('chunk', chunk => {
      text += chunk.text
    })
    await run.result
    await new ManualClock().advanceAsync(0)
    expect(text).toBe(whole.slice(0, -2))
    expect(client.call(0).closed).toBe(true)
  })

  test('also when one of them has to be asked for again', async () => {
    const client = new FedClient()
    const run = executorOf(client).run(villagers(2))
    await new ManualClock().advanceAsync(0)
    client.call(0).write(replyText(planText('a0', []), planText('a1')), ' and so on')
    await new ManualClock().advanceAsync(0)
    expect(client.call(0).closed).toBe(true)
    expect(client.call(1).agents).toEqual(['a0'])
    run.cancel()
    expect(await all(run)).toEqual(['a0 emergency after model:empty-plan re-ask:cancelled', 'a1 model'])
  })

  test('and no later than a limit allows, with what was good kept', async () => {
    const client = new FedClient()
    const run = executorOf(client, { limits: { replyChars: 120 }, reAsks: 0 }).run(villagers(2))
    await new ManualClock().advanceAsync(0)
    client.call(0).write(replyText(planText('a0')).slice(0, -2), 'blah '.repeat(20), 'blah '.repeat(20))
    await new ManualClock().advanceAsync(0)
    expect(client.call(0).closed).toBe(true)
    expect(await all(run)).toEqual(['a0 model', 'a1 emergency after model:limit'])
  })

  test('a step is out in the turn that brought its closing brace', async () => {
    const client = new FedClient()
    const run = executorOf(client).run(villagers(2))
    const heard: string[] = []
    run.on('step', ({ agentId, index }) => heard.push(`step ${agentId} ${index}`))
    run.on('outcome', ({ agentId }) => heard.push(`outcome ${agentId}`))
    const turn = () => new ManualClock().advanceAsync(0)
    await turn()
    const call = client.call(0)
    const whole = replyText(planText('a0', [move, wait]), planText('a1'))
    const steps: string[] = []
    for (const piece of piecesOf(whole, 1)) {
      call.write(piece)
      await turn()
      for (const what of heard.splice(0)) steps.push(`${piece} ${what}`)
    }
    expect(steps).toEqual(['} step a0 0', '} step a0 1', '} outcome a0', '} step a1 0', '} outcome a1'])
    await run.result
  })

  test('tokens are summed over the replies that were read to their end', async () => {
    const client = new FedClient((call, index) => {
      call.write('?').finish('stop', { promptTokens: 10 + index, outputTokens: 1 })
    })
    const { metrics } = await executorOf(client).run(villagers(1)).result
    expect(metrics).toMatchObject({ promptTokens: 21, outputTokens: 2, modelCalls: 2 })
    const left = await executorOf(answering(replyText(planText('a0')))).run(villagers(1)).result
    expect(left.metrics).not.toHaveProperty('promptTokens')
  })

  test('the moments are those of the first text, step and plan', async () => {
    const clock = new ManualClock(1_000_000)
    const client = new FedClient()
    const run = executorOf(client, { clock }).run(villagers(2))
    const [first, ...rest] = replyText(planText('a0', [move, wait]), planText('a1')).split('},')
    for (const [ms, text] of [
      [100, ' '],
      [200, `${first}},`],
      [300, `${rest[0]}},`],
      [400, rest.slice(1).join('},')],
    ] as const) {
      await clock.advanceAsync(ms)
      client.call(0).write(text)
    }
    expect((await run.result).metrics).toEqual({
      firstTextMs: 100,
      firstStepMs: 300,
      firstPlanMs: 600,
      totalMs: 1000,
      modelCalls: 1,
      strategy: 'one-prompt',
    })
  })
})

describe('cancelling', () => {
  test('one agent gets its floor at once and the others their plans', async () => {
    const client = new FedClient()
    const run = executorOf(client, { heuristic: () => [attack] }).run(villagers(2))
    await new ManualClock().advanceAsync(0)
    run.cancel('a0')
    run.cancel('nobody')
    expect(client.call(0).closed).toBe(false)
    client
      .call(0)
      .write(replyText(planText('a0'), planText('a1')))
      .finish()
    expect(await all(run)).toEqual(['a0 heuristic after model:cancelled', 'a1 model'])
  })

  test('nothing more is heard of an agent that is cancelled in the middle of its plan', async () => {
    const client = new FedClient()
    const run = executorOf(client).run(villagers(2))
    const steps: string[] = []
    run.on('step', ({ agentId, index }) => steps.push(`${agentId} ${index}`))
    await new ManualClock().advanceAsync(0)
    const [first = '', ...rest] = replyText(planText('a0', [move, wait]), planText('a1')).split('},')
    client.call(0).write(`${first}},`)
    await new ManualClock().advanceAsync(0)
    run.cancel('a0')
    client.call(0).write(rest.join('},'))
    expect(await all(run)).toEqual(['a0 emergency after model:cancelled', 'a1 model'])
    expect(steps).toEqual(['a0 0', 'a1 0'])
  })

  test('whoever is cancelled in the queue is not asked for, and an unfinished plan is nobody’s fault', async () => {
    const client = new FedClient()
    const run = executorOf(client, { maxAgentsPerPrompt: 2 }).run(villagers(6))
    const record = recordOf(run)
    await new ManualClock().advanceAsync(0)
    run.cancel('a2')
    run.cancel('a4')
    run.cancel('a5')
    client.call(0).write(replyText(planText('a1')).slice(0, -2), ',{"agent":"a0","steps":[')
    await new ManualClock().advanceAsync(0)
    run.cancel('a0')
    await new ManualClock().advanceAsync(0)
    expect(client.calls.map(call => call.agents)).toEqual([['a0', 'a1'], ['a3']])
    client.call(1).write(replyText(planText('a3')))
    await run.result
    expect(client.calls.length).toBe(2)
    expect(record.filter(({ name }) => name === 'rejected')).toEqual([])
  })

  test('the last agent of a prompt takes the connection with it', async () => {
    const client = new FedClient()
    const run = executorOf(client, { maxAgentsPerPrompt: 2 }).run(villagers(3))
    const turn = () => new ManualClock().advanceAsync(0)
    await turn()
    run.cancel('a1')
    run.cancel('a0')
    await turn()
    expect(client.call(0).closed).toBe(true)
    expect(client.call(1).agents).toEqual(['a2'])
    run.cancel()
    await run.result
  })

  test.each([
    ['before anything is sent', (client: FedClient) => client.calls.length],
    ['by a signal that is aborted already', () => 0],
  ])('%s, nobody is asked', async (how, calls) => {
    const client = new FedClient()
    const signal = AbortSignal.abort(new Error('level over'))
    const run = executorOf(client).run(villagers(2), how.startsWith('by') ? { signal } : {})
    const record = recordOf(run)
    if (!how.startsWith('by')) run.cancel()
    expect(record).toEqual([])
    expect(await all(run)).toEqual(['a0', 'a1'].map(name => `${name} emergency after model:cancelled`))
    expect([client.calls.length, calls(client)]).toEqual([0, 0])
  })

  test('a signal ends the run, and says why', async () => {
    const client = new FedClient()
    const controller = new AbortController()
    const run = executorOf(client).run(villagers(2), { signal: controller.signal })
    await new ManualClock().advanceAsync(0)
    controller.abort(new Error('level over'))
    const { outcomes } = await run.result
    expect(outcomes.map(({ attempts }) => attempts[0]?.error)).toEqual(
      Array(2).fill({ code: 'cancelled', message: 'the signal was aborted: level over' }),
    )
    await new ManualClock().advanceAsync(0)
    expect(client.call(0).closed).toBe(true)
  })

  test('one signal for many runs has one listener, or Node would warn of a leak', async () => {
    const { signal } = new AbortController()
    const executor = executorOf(new FedClient())
    const runs = Array.from({ length: 20 }, () => executor.run(villagers(1), { signal }))
    await new ManualClock().advanceAsync(0)
    expect(getEventListeners(signal, 'abort').length).toBe(1)
    for (const run of runs) run.cancel()
    expect(getEventListeners(signal, 'abort').length).toBe(0)
  })

  test('a reason without words ends the run too', async () => {
    const controller = new AbortController()
    const run = executorOf(new FedClient()).run(villagers(2), { signal: controller.signal })
    await new ManualClock().advanceAsync(0)
    controller.abort(Object.create(null))
    expect((await run.result).outcomes.length).toBe(2)
  })

  test('a client that ignores the abort holds nobody up', async () => {
    class Deaf extends LlmClient {
      readonly model = 'deaf'
      override complete(): Promise<never> {
        return new Promise(() => {})
      }
    }
    const run = executorOf(new Deaf()).run(villagers(1))
    await new ManualClock().advanceAsync(0)
    run.cancel()
    expect(await all(run)).toEqual(['a0 emergency after model:cancelled'])
  })

  test('a heuristic that cancels the run from inside still gets one outcome each', async () => {
    const client = new FedClient()
    const runs: BatchRun<VillageStep>[] = []
    const heuristic = () => {
      runs[0]?.cancel()
      return [move]
    }
    const run = executorOf(client, { heuristic }).run(villagers(3))
    runs.push(run)
    const arrived: string[] = []
    run.on('outcome', outcome => arrived.push(inWords(outcome)))
    await new ManualClock().advanceAsync(0)
    run.cancel('a1')
    expect(await all(run)).toEqual(['a0', 'a1', 'a2'].map(name => `${name} heuristic after model:cancelled`))
    expect(arrived.length).toBe(3)
  })

  test('nor does it matter how many agents it plans for', async () => {
    const runs: BatchRun<VillageStep>[] = []
    const heuristic = () => {
      runs[0]?.cancel()
      return [move]
    }
    const run = executorOf(new FedClient(), { heuristic }).run(villagers(4000))
    runs.push(run)
    run.cancel()
    const { outcomes } = await run.result
    expect(outcomes.length).toBe(4000)
    expect(outcomes.filter(({ tier }) => tier !== 'heuristic')).toEqual([])
  })

  test.each(['cancel', 'signal'])(
    'a rule that cancels from inside the parser, by %s: listeners hear nothing before that piece is read',
    async how => {
      const abort = new AbortController()
      const runs: BatchRun<VillageStep>[] = []
      let inRule = false
      const heardInRule: string[] = []
      const rules = defineActions({
        MoveTo: {
          args: { x: z.int(), y: z.int() },
          valid: () => {
            inRule = true
            if (how === 'cancel') runs[0]?.cancel()
            else abort.abort(new Error('level over'))
            inRule = false
            return true
          },
        },
        Attack: { args: { target: z.string() } },
        Wait: { args: { seconds: z.number() } },
      })
      const client = answering(replyText(planText('a0'), planText('stranger'), planText('a1')))
      const clock = new ManualClock()
      const run = new BatchExecutor({ client, actions: rules, emergency: [wait], clock }).run(villagers(2), {
        signal: abort.signal,
      })
      runs.push(run)
      const names: string[] = []
      for (const name of ['rejected', 'outcome', 'end'] as const) {
        run.on(name, () => {
          names.push(name)
          if (inRule) heardInRule.push(name)
        })
      }
      expect(await all(run)).toEqual(['a0', 'a1'].map(name => `${name} emergency after model:cancelled`))
      expect(heardInRule).toEqual([])
      expect(names.at(-1)).toBe('end')
      expect(client.call(0).closed).toBe(true)
    },
  )
})

test('no requests make a run that has ended', async () => {
  const run = executorOf(new FedClient()).run([])
  const record = recordOf(run)
  expect(await run.result).toEqual({ outcomes: [], metrics: { totalMs: 0, modelCalls: 0, strategy: 'one-prompt' } })
  expect(record.map(({ name }) => name)).toEqual(['end'])
})

describe('trace', () => {
  test('tells what went in and what came out of each prompt', async () => {
    const traced: unknown[] = []
    const client = answering(['half a re', broken], replyText(planText('a0')))
    await executorOf(client, { trace: event => traced.push(event) }).run(villagers(1)).result
    const { prompt } = client.call(0)
    expect(traced).toEqual([
      { runId: 'run-1', prompt, text: 'half a re', end: broken },
      {
        runId: 'run-1',
        prompt,
        text: expect.stringContaining(planText('a0')),
        end: expect.objectContaining({ code: 'aborted', message: 'every agent of this prompt is settled' }),
      },
    ])
  })

  test('that throws is reported, not obeyed', async () => {
    const trace = () => {
      throw new Error('disk full')
    }
    const run = executorOf(answering(replyText(planText('a0'))), { trace }).run(villagers(1))
    const errors: unknown[] = []
    run.on('listenerError', error => errors.push(error))
    expect(await all(run)).toEqual(['a0 model'])
    expect(errors).toEqual([new Error('disk full')])
  })

  test('that fails later is reported too, and does not take the process with it', async () => {
    const trace = async () => {
      throw new Error('disk full')
    }
    const run = executorOf(answering(replyText(planText('a0'))), { trace }).run(villagers(1))
    const errors: unknown[] = []
    run.on('listenerError', error => errors.push(error))
    await run.result
    await new ManualClock().advanceAsync(0)
    expect(errors).toEqual([new Error('disk full')])
  })
})

describe('against a real server', () => {
  /** A line of the server's stream that carries a plan for each of these agents. */
  const line = (...names: string[]) => {
    const content = replyText(...names.map(name => planText(name)))
    return `${JSON.stringify({ message: { role: 'assistant', content }, done: false })}\n`
  }
  const ndjson = { 'content-type': 'application/x-ndjson' }

  test('the server sees the connection go when everybody is served, though it had more to say', async () => {
    const server = await serve(({ response }) => response.writeHead(200, ndjson).write(line('a0', 'a1')))
    const run = executorOf(new HermesOllamaClient({ baseUrl: server.url })).run(villagers(2))
    expect(await all(run)).toEqual(['a0 model', 'a1 model'])
    await (await server.request(0)).gone
  })

  test('of two prompts on their way, the one that is served goes and the other goes on', async () => {
    const server = await serve(({ body, response }) => {
      response.writeHead(200, ndjson)
      if (body.includes('Agent \\"a0')) response.write(line('a0'))
    })
    const run = executorOf(new HermesOllamaClient({ baseUrl: server.url }), { strategy: 'fan-out' }).run(villagers(2))
    const requests = [await server.request(0), await server.request(1)]
    const [served, other] = requests.sort((a, b) => Number(b.body.includes('a0')) - Number(a.body.includes('a0')))
    await served?.gone
    expect(other?.response.destroyed).toBe(false)
    other?.response.write(line('a1'))
    expect(await all(run)).toEqual(['a0 model', 'a1 model'])
    await other?.gone
  })

  test('the server sees the connections of a cancelled crowd go while it still reads their prompts', async () => {
    const server = await serve(() => {})
    const controller = new AbortController()
    const executor = executorOf(new HermesOllamaClient({ baseUrl: server.url }), {
      strategy: 'fan-out',
      concurrency: 20,
    })
    const runs = Array.from({ length: 5 }, () => executor.run(villagers(4), { signal: controller.signal }))
    const requests = await Promise.all(Array.from({ length: 20 }, (_, index) => server.request(index)))
    controller.abort()
    const cancelled = villagers(4).map(({ agentId }) => `${agentId} emergency after model:cancelled`)
    expect(await Promise.all(runs.map(all))).toEqual(Array(5).fill(cancelled))
    await Promise.all(requests.map(({ gone }) => gone))
  })
})
