// Compiled by `npm run types`, never run: what a game writes needs no cast, literals infer, and mistakes are errors.
import {
  BatchExecutor,
  type Completion,
  defineActions,
  HermesOllamaClient,
  LlmClient,
  type LlmError,
  type LlmErrorCode,
  type Plan,
  type PlanEvent,
  Planner,
  type PlanOutcome,
  PlanParser,
  PromptCompressor,
  parsePlans,
  readAll,
  type Step,
  untrusted,
} from 'planweave'
import { ScriptedClient, SimulatedOllama } from 'planweave/testing'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'

interface Enemy {
  readonly id: string
}
interface World {
  readonly enemies: readonly Enemy[]
}

const actions = defineActions(
  {
    MoveTo: {
      args: { x: z.int(), y: z.int(), speed: z.enum(['walk', 'run']).optional() },
      doc: 'walk to a cell',
    },
    Attack: {
      args: { target: z.string() },
      check: ({ target }, world: World) => world.enemies.some(enemy => enemy.id === target) || `no enemy ${target}`,
    },
    Wait: { args: { seconds: z.number().positive() } },
    Block: { args: {} },
  },
  { world: z.custom<World>() },
)

type GameStep = Step<typeof actions>
expectTypeOf<GameStep['act']>().toEqualTypeOf<'MoveTo' | 'Attack' | 'Wait' | 'Block'>()
expectTypeOf(actions.names).toEqualTypeOf<readonly ('MoveTo' | 'Attack' | 'Wait' | 'Block')[]>()
expectTypeOf<Extract<GameStep, { act: 'MoveTo' }>['speed']>().toEqualTypeOf<'walk' | 'run' | undefined>()
const block: GameStep = { act: 'Block' }
// @ts-expect-error an argument of another action
export const wrong: GameStep = { act: 'Wait', x: 3 }

// The game loop, as the README shows it.
const planner = new Planner({
  executor: new BatchExecutor({
    client: new HermesOllamaClient(),
    compressor: new PromptCompressor({ actions, tokenBudget: 2048 }),
    actions,
    heuristic: ({ enemies: [enemy] }) => (enemy ? [{ act: 'Attack', target: enemy.id }] : []),
    emergency: [{ act: 'Wait', seconds: 1 }, block],
  }),
  deadlineTicks: 120,
})
declare const world: World
declare function perform(step: GameStep): void
planner.observe('guard', world)
planner.request({ agentId: 'guard', world, priority: 1, deadlineTicks: 30 })
// @ts-expect-error a world of another game
planner.request({ agentId: 'guard', world: { foes: [] } })
// @ts-expect-error milliseconds belong to a run, ticks to a planner
planner.request({ agentId: 'guard', world, deadlineMs: 30 })
for (const directive of planner.tick(1, { maxDirectives: 10 })) {
  switch (directive.type) {
    case 'act': {
      perform(directive.step)
      expectTypeOf(planner.settle(directive, 'done')).toEqualTypeOf<boolean>()
      const { step } = directive
      if (step.act === 'MoveTo') expectTypeOf(step.x).toEqualTypeOf<number>()
      break
    }
    case 'thinking':
    case 'text':
    case 'dropped':
    case 'revoked':
      expectTypeOf(directive.agentId).toEqualTypeOf<string>()
      break
    default:
      directive satisfies never
  }
}

// Without a game loop.
const executor = new BatchExecutor({ client: new ScriptedClient(['{}']), actions, emergency: [{ act: 'Block' }] })
// @ts-expect-error no such action
new BatchExecutor({ client: new ScriptedClient([]), actions, emergency: [{ act: 'Fly' }] })
const run = executor.run([{ agentId: 'guard', world }])
run.on('step', ({ step }) => perform(step))
// @ts-expect-error no such event
run.on('outcme', () => {})
for await (const outcome of run) expectTypeOf(outcome).toEqualTypeOf<PlanOutcome<GameStep>>()
const { outcomes } = await run.result
expectTypeOf(outcomes[0]?.plan).toEqualTypeOf<Plan<GameStep> | undefined>()
expectTypeOf(executor.fallback({ agentId: 'guard', world }).plan.steps).toEqualTypeOf<readonly GameStep[]>()

// A stream of one's own.
declare const text: AsyncIterable<string>
const parser = new PlanParser({ actions, agents: ['guard'] })
expectTypeOf(parser.push('')).toEqualTypeOf<readonly PlanEvent<GameStep>[]>()
for await (const event of parsePlans(text, { actions, agents: ['guard'], world: () => world })) {
  if (event.type === 'step') perform(event.step)
}

// What matters to an agent.
new PromptCompressor({
  actions,
  view: ({ enemies }) => ({
    self: { hp: 3, sign: untrusted('beware') },
    items: enemies.map(({ id }) => ({ kind: 'enemy', id, priority: 1, data: { near: true } })),
  }),
})
// @ts-expect-error a function is no JSON
new PromptCompressor({ actions, view: () => ({ self: { hp: () => 3 } }) })

// A model of one's own: a stream that forgets its completion doesn't compile.
class Echo extends LlmClient {
  readonly model = 'echo'
  async complete(): Promise<Completion> {
    return { text: '', finishReason: 'stop', usage: {}, timings: { firstTextMs: 0, totalMs: 0 } }
  }
}
class Cut extends Echo {
  // @ts-expect-error no Completion at the end
  override async *completeStreaming(): AsyncGenerator<string, Completion, void> {
    yield 'half'
  }
}
expectTypeOf(readAll(new Cut().completeStreaming())).toEqualTypeOf<Promise<Completion>>()
declare const error: LlmError
expectTypeOf(error.code).toEqualTypeOf<LlmErrorCode>()
expectTypeOf(error.partialText).toEqualTypeOf<string>()

const server = await SimulatedOllama.start({ profile: 'rtx-3060', reply: prompt => prompt || undefined })
expectTypeOf(server.url).toEqualTypeOf<string>()
const client = new HermesOllamaClient({ baseUrl: server.url, keepAlive: '5m', contextTokens: 8192 })
const health = await client.health()
if (health.status === 'ready') expectTypeOf(health.loaded).toEqualTypeOf<boolean>()
else expectTypeOf(health.hint).toEqualTypeOf<string>()
