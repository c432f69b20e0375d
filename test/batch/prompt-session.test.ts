import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import { BatchExecutor } from '../../src/batch/batch-executor.ts'
import { PromptCompressor } from '../../src/compress/prompt-compressor.ts'
import { LlmError } from '../../src/errors.ts'
import { HermesOllamaClient } from '../../src/llm/hermes-ollama-client.ts'
import { messagesOf, type Prompt } from '../../src/prompt.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { ScriptedClient } from '../../src/testing/scripted-client.ts'
import { SimulatedOllama } from '../../src/testing/simulated-ollama.ts'
import { FedClient } from './fed-client.ts'

interface World {
  readonly hp: number
  readonly foe: string
}
const actions = defineActions({
  Attack: {
    args: { target: z.string() },
    valid: ({ target }, { foe }: World) => target === foe || `no enemy ${target}`,
  },
  Wait: { args: { seconds: z.number().positive() } },
})
const compressor = new PromptCompressor({
  actions,
  tokenBudget: 1024,
  view: ({ hp, foe }: World) => ({
    self: { hp },
    shared: { foes: [{ id: foe }], note: 'the gate is to be held until the bell rings' },
  }),
})
const FOE = 'goblin-archer-0017'
const GUARDS = ['captain-of-the-guard-1', 'captain-of-the-guard-2']
const requests = (hp: number) => GUARDS.map((agentId, i) => ({ agentId, world: { hp: hp + i, foe: FOE } }))
const PLANS = `{"plans":[${['c1', 'c2'].map(agent => `{"agent":"${agent}","steps":[{"act":"Attack","target":"g17"}]}`).join(',')}]}`
const emergency = [{ act: 'Wait', seconds: 1 }] as const
const down = new LlmError('server-error', 'down')

function executorWith(script: ConstructorParameters<typeof ScriptedClient>[0]) {
  const prompts: Prompt[] = []
  const client = new ScriptedClient(script)
  const executor = new BatchExecutor({
    client,
    actions,
    compressor,
    emergency,
    session: true,
    reAsks: 0,
    trace: ({ prompt }) => prompts.push(prompt),
  })
  return { executor, sizes: () => prompts.map(prompt => messagesOf(prompt).length), prompts }
}

describe('an executor with a session', () => {
  test('goes on from its last answered prompt; short names come back as ids, for agents and in arguments', async () => {
    const { executor, prompts } = executorWith([{ text: PLANS }, { text: PLANS }])
    for (const hp of [1, 5]) {
      const { outcomes } = await executor.run(requests(hp)).result
      expect(outcomes.map(({ agentId, tier, plan }) => [agentId, tier, plan.steps])).toEqual(
        GUARDS.map(id => [id, 'model', [{ act: 'Attack', target: FOE }]]),
      )
    }
    const [first = [], second = []] = prompts.map(messagesOf)
    expect(second.slice(0, -1)).toEqual(first)
    expect(second.at(-1)?.content).toBe('Update\nAgents: [agent,hp|"c1",5|"c2",6]\nPlan for all.\n')
    expect(JSON.stringify(prompts)).not.toContain(FOE)
  })

  test('begins anew after a failed prompt', async () => {
    const { executor, sizes } = executorWith([{ text: PLANS }, { fail: down }, { text: PLANS }, { text: PLANS }])
    for (const hp of [1, 2, 3, 4]) await executor.run(requests(hp)).result
    expect(sizes()).toEqual([2, 3, 2, 3])
  })

  test.each([
    ['{"plans"', 'goes on', true],
    ['', 'begins anew', false],
  ])('after a turn that was left when %j had been written, it %s', async (written, _, goesOn) => {
    const client = new FedClient(call => call.write(written))
    const executor = new BatchExecutor({ client, actions, compressor, emergency, session: true })
    for (const hp of [1, 5]) {
      const run = executor.run(requests(hp))
      await new ManualClock().advanceAsync(0)
      run.cancel()
      await run.result
    }
    const [first = 0, second = 0] = client.calls.map(({ prompt }) => messagesOf(prompt).length)
    expect(second > first).toBe(goesOn)
  })

  test('writes whole prompts beside a turn that is on its way', async () => {
    const { executor, sizes } = executorWith([{ text: PLANS }, { text: PLANS }, { text: PLANS }])
    await executor.run(requests(1)).result
    await Promise.all([executor.run(requests(2)).result, executor.run(requests(3)).result])
    expect(sizes()).toEqual([2, 3, 2])
  })
})

describe('against a server with a prefix cache', () => {
  let server: SimulatedOllama
  beforeAll(async () => {
    server = await SimulatedOllama.start({ profile: 'instant' })
  })
  afterAll(() => server.stop())

  test('a planner model understands updates, and the server evaluates only what is new', async () => {
    const client = new HermesOllamaClient({ baseUrl: server.url })
    const executor = new BatchExecutor({ client, actions, compressor, emergency, session: true, reAsks: 0 })
    for (const hp of [1, 5, 9]) {
      const { outcomes } = await executor.run(requests(hp)).result
      expect(outcomes.map(({ agentId }) => agentId)).toEqual(GUARDS)
      expect(outcomes.flatMap(({ attempts }) => attempts.map(({ error }) => error.code))).not.toContain('missing')
    }
    const [keyframe, ...updates] = server.requests.map(({ evaluatedTokens }) => evaluatedTokens)
    expect(updates).toHaveLength(2)
    for (const update of updates) expect(update * 4).toBeLessThan(keyframe ?? 0)
  })
})
