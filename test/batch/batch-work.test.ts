import { createHash } from 'node:crypto'
import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { settingsOf } from '../../src/batch/batch-options.ts'
import { BatchWork } from '../../src/batch/batch-work.ts'
import { PlanCache } from '../../src/batch/plan-cache.ts'
import { PlanFloor } from '../../src/batch/plan-floor.ts'
import type { PlanOutcome } from '../../src/batch/plan-outcome.ts'
import { type LaneWaiter, PromptLanes } from '../../src/batch/prompt-lanes.ts'
import { ServerPace } from '../../src/batch/server-pace.ts'
import { LlmError } from '../../src/errors.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { answering, type FedCall, FedClient, piecesOf } from './fed-client.ts'
import {
  actions,
  ask,
  attack,
  executorOf,
  inWords,
  move,
  type Options,
  planText,
  replyText,
  type VillageStep,
  villagers,
  wait,
  world,
} from './village.ts'

const canRun = ({ plan }: PlanOutcome<VillageStep>) =>
  plan.steps.length > 0 &&
  plan.steps.every(step => actions.step.safeParse(step).success && actions.valid(step, world, plan.agentId) === true)

/** What models, servers and heuristics do on their bad days. */
const element = (name: string) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(planText(name, [move, wait])) },
    fc.constant(planText(name, [])),
    fc.constant(planText(name, [{ act: 'Attack', target: 'ghost' }, move])),
    fc.constant(planText(name, [move, { act: 'Fly' }])),
    fc.constant(planText('stranger')),
    fc.constant(`{"agent":"${name}","steps":[{"act":"MoveTo","x":1,`),
    fc.constant('sorry, {I cannot} '),
    fc.constant(''),
  )
const ending = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom('stop' as const, 'length' as const),
  fc.constantFrom('truncated', 'timeout-idle', 'forbidden', 'overloaded').map(
    // The names above are codes; `constantFrom` widens them.
    code => new LlmError(code as 'truncated', `test: ${code}`),
  ),
  fc.constant(new TypeError('a bug in the client')),
)
const reply = fc.record({
  elements: fc.tuple(...villagers(6).map(({ agentId }) => element(agentId))),
  chars: fc.integer({ min: 1, max: 60 }),
  cutAt: fc.option(fc.integer({ min: 0, max: 400 })),
  ending,
})
type Reply = typeof reply extends fc.Arbitrary<infer R> ? R : never

function play(call: FedCall, { elements, chars, cutAt, ending }: Reply): void {
  call.write(...piecesOf(replyText(...elements.filter(Boolean)).slice(0, cutAt ?? undefined), chars))
  if (ending instanceof Error) call.fail(ending)
  else if (ending) call.finish(ending)
}

describe('every request ends in exactly one outcome, with a plan that the game can run', () => {
  test('whatever the model, the server, the heuristic and the game do', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          replies: fc.array(reply, { minLength: 1, maxLength: 6 }),
          deadlines: fc.array(fc.option(fc.integer({ min: 0, max: 3000 })), { minLength: 6, maxLength: 6 }),
          cancels: fc.array(
            fc.record({ atMs: fc.integer({ min: 0, max: 3000 }), who: fc.integer({ min: 0, max: 7 }) }),
            {
              maxLength: 3,
            },
          ),
          maxAgentsPerPrompt: fc.integer({ min: 1, max: 7 }),
          concurrency: fc.integer({ min: 1, max: 3 }),
          reAsks: fc.integer({ min: 0, max: 2 }),
          simplified: fc.boolean(),
          heuristic: fc.constantFrom<NonNullable<Options['heuristic']> | undefined>(
            undefined,
            () => [attack],
            () => [],
            () => [{ act: 'Attack', target: 'ghost' }],
            () => {
              throw new Error('lost')
            },
          ),
        }),
        async ({ replies, deadlines, cancels, simplified, heuristic, ...numbers }) => {
          const clock = new ManualClock()
          const client: FedClient = new FedClient((call, index) => {
            const next = replies[index % replies.length]
            if (next) clock.setTimer(index * 130, () => play(call, next))
          })
          const options = {
            ...numbers,
            clock,
            ...(simplified && { simplified: client }),
            ...(heuristic && { heuristic }),
          }
          const requests = villagers(6).map((request, index) => ({
            ...request,
            ...(deadlines[index] != null && { deadlineMs: deadlines[index] }),
          }))
          const run = executorOf(client, options).run(requests)
          const arrived: string[] = []
          const released = new Map<string, VillageStep[]>()
          run.on('outcome', ({ agentId }) => arrived.push(agentId))
          run.on('step', ({ planId, index, step }) => {
            const steps = released.get(planId) ?? []
            expect(steps.length).toBe(index)
            released.set(planId, [...steps, step])
          })
          for (const { atMs, who } of cancels) {
            clock.setTimer(atMs, () => (who === 7 ? run.cancel() : run.cancel(`a${who}`)))
          }
          await clock.advanceAsync(4000)
          // Whoever is still waiting for a server that fell silent gives up.
          run.cancel()
          const { outcomes } = await run.result
          expect(outcomes.map(({ agentId }) => agentId)).toEqual(requests.map(({ agentId }) => agentId))
          expect([...arrived].sort()).toEqual(requests.map(({ agentId }) => agentId))
          expect(outcomes.filter(outcome => !canRun(outcome))).toEqual([])
          // Nothing of a plan by the model is new to those who heard its steps.
          for (const { tier, plan } of outcomes) {
            if (tier !== 'heuristic' && tier !== 'emergency') expect(released.get(plan.planId)).toEqual(plan.steps)
          }
          await clock.advanceAsync(4000)
          expect([clock.pending, client.calls.filter(call => !call.closed)]).toEqual([0, []])
        },
      ),
      { numRuns: 100, seed: 20 },
    )
  })
})

describe('the same requests in any order', () => {
  const requests = [
    ask('cook', { priority: 2 }),
    ask('10'),
    ask('9'),
    ask('Ärger'),
    ask('zoe'),
    ask('🐺', { priority: -1 }),
    ask('guard', { priority: 2, instructions: 'Stay.' }),
  ]

  test('give the same prompts, byte by byte, and the same outcomes in the same order', async () => {
    const planOf = async (list: typeof requests) => {
      const client = new FedClient(call => call.write(replyText(...call.agents.map(name => planText(name)))).finish())
      const { outcomes } = await executorOf(client, { maxAgentsPerPrompt: 3 }).run(list).result
      return JSON.stringify([client.calls.map(call => call.prompt), outcomes])
    }
    const expected = await planOf(requests)
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(requests, { minLength: requests.length }), async shuffled => {
        expect(await planOf(shuffled)).toBe(expected)
      }),
      { numRuns: 50, seed: 3 },
    )
  })

  test('are asked for by priority, then by id in code units', async () => {
    const client = answering(replyText(...requests.map(({ agentId }) => planText(agentId))))
    const { outcomes } = await executorOf(client).run(requests).result
    const order = ['cook', 'guard', '10', '9', 'zoe', 'Ärger', '🐺']
    expect([client.call(0).agents, outcomes.map(({ agentId }) => agentId)]).toEqual([order, order])
  })

  test('three runs over one recorded stream give one digest of plans, however it is cut', async () => {
    const whole = replyText(...requests.map(({ agentId }, x) => planText(agentId, [{ ...move, x }, attack])))
    const digest = async (chars: number) => {
      const client = new FedClient(call => call.write(...piecesOf(whole, chars)).finish())
      const { outcomes } = await executorOf(client, { seed: 1 }).run(requests).result
      return createHash('sha256').update(JSON.stringify(outcomes)).digest('hex')
    }
    expect(new Set([await digest(1), await digest(7), await digest(1000)]).size).toBe(1)
    const other = whole.replace('"x":3', '"x":4')
    const client = new FedClient(call => call.write(other).finish())
    const { outcomes } = await executorOf(client, { seed: 1 }).run(requests).result
    expect(createHash('sha256').update(JSON.stringify(outcomes)).digest('hex')).not.toBe(await digest(1))
  })
})

test.each([
  ['with room for all', 200, 100],
  ['who take turns', 3, 20],
])(
  '100 runs at once, %s, cancelled at random moments, end once each and leave nothing behind',
  async (_, concurrency, leastCalls) => {
    // A small seeded generator: the same moments in every run of this test.
    let state = 12345
    const random = (below: number) => {
      state = (state * 1103515245 + 12345) % 2 ** 31
      return Math.floor((state / 2 ** 31) * below)
    }
    const clock = new ManualClock()
    const client: FedClient = new FedClient(call => {
      const pieces = piecesOf(replyText(...call.agents.map(name => planText(name, [move, wait]))), 60)
      pieces.forEach((piece, index) => {
        clock.setTimer(100 + index * 150, () => call.write(piece))
      })
    })
    const executor = executorOf(client, { clock, maxAgentsPerPrompt: 4, concurrency, heuristic: () => [attack] })
    const runs = Array.from({ length: 100 }, () => {
      const controller = new AbortController()
      const requests = villagers(1 + random(12), random(2) ? { deadlineMs: random(2000) } : {})
      const run = executor.run(requests, { signal: controller.signal })
      const arrived: PlanOutcome<VillageStep>[] = []
      run.on('outcome', outcome => arrived.push(outcome))
      const how = random(3)
      clock.setTimer(random(2500), () => {
        if (how === 0) controller.abort()
        else if (how === 1) run.cancel()
        else for (const { agentId } of requests) run.cancel(agentId)
      })
      return { run, requests, arrived, controller }
    })
    await clock.advanceAsync(2500)
    for (const { run, requests, arrived, controller } of runs) {
      const { outcomes } = await run.result
      expect(outcomes.map(({ agentId }) => agentId)).toEqual(requests.map(({ agentId }) => agentId).sort())
      expect(arrived.length).toBe(requests.length)
      expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    }
    const words = runs.flatMap(({ arrived }) => arrived.map(outcome => inWords(outcome).replace(/^\w+ /, '')))
    expect(new Set(words)).toEqual(
      new Set(['model', 'heuristic after model:cancelled', 'heuristic after model:deadline']),
    )
    // Every lane is free again.
    const calls = client.calls.length
    const last = executor.run(villagers(4 * concurrency))
    await clock.advanceAsync(0)
    expect(client.calls.length - calls).toBe(concurrency)
    last.cancel()
    // The script of replies that nobody reads any more.
    await clock.advanceAsync(5000)
    expect(clock.pending).toBe(0)
    expect(client.calls.length).toBeGreaterThan(leastCalls)
    for (const call of client.calls) {
      expect(call.closed).toBe(true)
      expect(call.options.signal && getEventListeners(call.options.signal, 'abort')).toEqual([])
    }
  },
)

test('a run that ends while it waits for a lane leaves the line: a call that hangs must not keep what is long over', async () => {
  const inLine = new Set<LaneWaiter>()
  class WatchedLanes extends PromptLanes {
    override take(waiter: LaneWaiter): boolean {
      const taken = super.take(waiter)
      if (!taken) inLine.add(waiter)
      return taken
    }
    override leave(waiter: LaneWaiter): void {
      inLine.delete(waiter)
      super.leave(waiter)
    }
  }
  const clock = new ManualClock()
  const settings = settingsOf({ client: new FedClient(), actions, emergency: [wait], clock })
  const shared = { pace: new ServerPace(clock), lanes: new WatchedLanes(1), plans: new PlanCache(actions, 0) }
  const floor = new PlanFloor(actions, undefined, [wait])
  const [hanging, waiting] = ['r1', 'r2'].map(runId => {
    const work = new BatchWork(runId, settings, floor, shared, [ask('a0')], {})
    work.start()
    return work
  })
  expect(inLine.size).toBe(1)
  waiting?.cancel()
  await waiting?.run.result
  expect(inLine.size).toBe(0)
  hanging?.cancel()
})
