import { HermesOllamaClient, PromptCompressor } from 'planweave'
import { SimulatedOllama } from 'planweave/testing'
import { expect, onTestFinished, test } from 'vitest'
import { actions } from '../../../examples/astraweave/actions.ts'
import { scriptedReply } from '../../../examples/astraweave/scripted-model.ts'
import { skirmish } from '../../../examples/astraweave/skirmish.ts'
import { view } from '../../../examples/astraweave/view.ts'
import { liveLanes } from '../../../examples/streaming-demo/live-lanes.ts'
import { NO_VIEW } from '../../../examples/streaming-demo/live-view.ts'
import { measure } from '../../../examples/streaming-demo/measure.ts'

const scene = skirmish({ agents: 3, seed: 1 })
const compressor = new PromptCompressor({ actions, view, tokenBudget: 4096 })

/** Measures on one server, as on a user's own; `sent` hears of each run before it begins. */
async function measureLive(sent: (mode: string, interrupt: AbortController, server: SimulatedOllama) => void) {
  const server = await SimulatedOllama.start({ profile: 'instant', reply: prompt => scriptedReply(scene, 1, prompt) })
  onTestFinished(() => server.stop())
  const interrupt = new AbortController()
  const measurements = await measure({
    lanes: liveLanes(new HermesOllamaClient({ baseUrl: server.url }), server.url),
    compressor,
    requests: scene.requests,
    runs: 3,
    seed: 1,
    signal: interrupt.signal,
    viewOf: pair => ({
      ...NO_VIEW,
      sent(mode) {
        sent(`${pair} ${mode}`, interrupt, server)
        return NO_VIEW.sent(mode)
      },
    }),
  })
  return { measurements }
}

test('on one server the modes take turns at being first', async () => {
  const order: string[] = []
  const { measurements } = await measureLive(mode => order.push(mode))
  expect(order).toEqual(['1 blocking', '1 streaming', '2 streaming', '2 blocking', '3 blocking', '3 streaming'])
  expect(measurements.pairs).toHaveLength(3)
  expect(measurements.interrupted).toBeUndefined()
  expect(measurements.cold?.outcomes).toHaveLength(3)
})

test('the client that blocks has one chunk, the other many, and the text is the same', async () => {
  const { measurements } = await measureLive(() => {})
  for (const { blocking, streaming } of measurements.pairs) {
    expect(blocking.chunks).toBe(1)
    expect(streaming.chunks).toBeGreaterThan(10)
    expect(blocking.text.startsWith(streaming.text)).toBe(true)
    expect(blocking.tokens.output).toBeGreaterThan(100)
  }
})

test.each(['2 streaming', '2 blocking'])(
  'stopped during %s: the pairs before it count, and everybody has a plan',
  async stopAt => {
    const { measurements } = await measureLive((mode, interrupt) => {
      if (mode === stopAt) interrupt.abort()
    })
    expect(measurements.pairs).toHaveLength(1)
    expect(measurements.interrupted?.outcomes.every(({ plan }) => plan.steps.length > 0)).toBe(true)
    expect(measurements.interrupted?.outcomes).toHaveLength(3)
    expect(measurements.cold).toBeUndefined()
  },
)

test('a server that dies in between is part of the record', async () => {
  const { measurements } = await measureLive((mode, _, server) => {
    if (mode === '2 streaming') server.inject(...Array(20).fill({ kind: 'reset', afterTokens: 20 }))
  })
  const [, second] = measurements.pairs
  expect(second?.streaming.failure?.code).toBe('truncated')
  expect(second?.blocking.failure?.code).toBe('truncated')
  expect(second?.streaming.outcomes.map(({ tier }) => tier)).toEqual(['heuristic', 'heuristic', 'heuristic'])
})
