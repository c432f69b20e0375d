import { LlmError, PromptCompressor } from 'planweave'
import { ManualClock, type ScriptEntry, ScriptedClient } from 'planweave/testing'
import { expect, test } from 'vitest'
import { actions } from '../../../examples/astraweave/actions.ts'
import { skirmish } from '../../../examples/astraweave/skirmish.ts'
import { view } from '../../../examples/astraweave/view.ts'
import { BlockingClient } from '../../../examples/streaming-demo/blocking-client.ts'
import { type MeasuredRun, measuredRun, type RunWatcher } from '../../../examples/streaming-demo/measured-run.ts'

const { requests } = skirmish({ agents: 2, seed: 1 })
const compressor = new PromptCompressor({ actions, view, tokenBudget: 4096 })

const OPENING = '{"plans":['
const ASH_STEP = '{"agent":"Ash","steps":[{"act":"Block"}'
const ASH_REST = ',{"act":"Reload"}],"say":"Go!"},'
const BRYN = '{"agent":"Bryn","steps":[{"act":"Parry"}]}'
const CLOSING = ']}'
const REPLY: ScriptEntry = { chunks: [OPENING, ASH_STEP, ASH_REST, BRYN, CLOSING], afterMs: 100, betweenMs: 100 }

async function measured(entry: ScriptEntry, blocking = false, watcher?: RunWatcher): Promise<MeasuredRun> {
  const clock = new ManualClock()
  const client = new ScriptedClient([entry], { clock })
  const { signal } = new AbortController()
  const run = measuredRun({
    client: blocking ? new BlockingClient(client) : client,
    compressor,
    requests,
    seed: 1,
    signal,
    now: () => clock.now(),
    ...(watcher && { watcher }),
  })
  await clock.advanceAsync(2000)
  return run
}

test('a streamed run: every time and place is that of the event itself', async () => {
  const run = await measured(REPLY)
  expect(run).toMatchObject({ firstChunkMs: 100, firstStepMs: 200, firstPlanMs: 300, lastPlanMs: 400, totalMs: 400 })
  expect(run.firstStepChars).toBe((OPENING + ASH_STEP).length)
  expect(run.planChars).toEqual([(OPENING + ASH_STEP + ASH_REST).length, (OPENING + ASH_STEP + ASH_REST + BRYN).length])
  expect(run.chunks).toBe(4)
  expect(run.text).toBe(OPENING + ASH_STEP + ASH_REST + BRYN)
  expect(run.failure).toBeUndefined()
})

test('the same client made blocking: everything comes at the end, and at once', async () => {
  const run = await measured(REPLY, true)
  expect(run).toMatchObject({ firstChunkMs: 500, firstStepMs: 500, firstPlanMs: 500, lastPlanMs: 500, chunks: 1 })
  expect(run.text).toBe(OPENING + ASH_STEP + ASH_REST + BRYN + CLOSING)
})

test('both modes make the same plans', async () => {
  const plans = (run: MeasuredRun) =>
    run.outcomes.map(({ agentId, tier, plan }) => [agentId, tier, plan.steps, plan.notes])
  const streamed = plans(await measured(REPLY))
  expect(streamed).toEqual(plans(await measured(REPLY, true)))
  expect(streamed[0]).toEqual(['Ash', 'model', [{ act: 'Block' }, { act: 'Reload' }], { say: 'Go!' }])
})

test('the watcher hears of each agent’s first step and plan once, as they come', async () => {
  const heard: string[] = []
  await measured(REPLY, false, {
    firstChunk: atMs => heard.push(`chunk ${atMs}`),
    firstStep: (agentId, { act }, atMs) => heard.push(`${agentId} ${act} ${atMs}`),
    plan: ({ agentId, plan }, atMs) => heard.push(`${agentId} ${plan.steps.length} ${atMs}`),
  })
  expect(heard).toEqual(['chunk 100', 'Ash Block 200', 'Ash 2 300', 'Bryn Parry 400', 'Bryn 1 400'])
})

test('a model that fails is part of the record, and its agents have plans that do not count as the model’s', async () => {
  const run = await measured({ chunks: ['nonsense'], fail: new LlmError('bad-request', 'no such option') })
  expect(run.failure).toMatchObject({ code: 'bad-request', message: 'no such option' })
  expect(run.outcomes.map(({ tier }) => tier)).toEqual(['heuristic', 'heuristic'])
  expect(run.agents.every(({ plan }) => plan)).toBe(true)
  expect(run.planChars).toEqual([])
  expect(run).not.toHaveProperty('firstPlanMs')
})
