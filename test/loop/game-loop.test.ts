import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import { BatchExecutor } from '../../src/batch/batch-executor.ts'
import { PromptCompressor } from '../../src/compress/prompt-compressor.ts'
import type { Directive, StepRef } from '../../src/loop/directive.ts'
import { Planner } from '../../src/loop/planner.ts'
import { ScriptedClient } from '../../src/testing/scripted-client.ts'

// An interface and not a type, and no cast anywhere: this is how a game writes it.
interface World {
  readonly enemies: readonly { readonly id: string }[]
}

class Npc {
  readonly id: string
  wantsAPlan = true
  step: { readonly ref: StepRef; readonly finished: boolean } | undefined

  constructor(id: string) {
    this.id = id
  }

  look(): World {
    return { enemies: [{ id: 'orc' }] }
  }
}

const actions = defineActions(
  {
    MoveTo: { args: { x: z.int(), y: z.int(), speed: z.enum(['walk', 'run']).optional() }, doc: 'walk to a cell' },
    Attack: {
      args: { target: z.string() },
      check: ({ target }, world: World) => world.enemies.some(e => e.id === target) || `no enemy ${target}`,
    },
    Wait: { args: { seconds: z.number().positive() } },
  },
  { world: z.custom<World>() },
)

const plan = (agent: string, ...steps: object[]) => ({ agent, steps })

test('the loop of the documentation, on a scripted model: everybody acts at once, then as the model says', async () => {
  const reply = {
    plans: [
      plan('guard', { act: 'MoveTo', x: 3, y: 4 }, { act: 'Attack', target: 'orc' }),
      plan('cook', { act: 'Wait', seconds: 2 }),
    ],
  }
  const client = new ScriptedClient([JSON.stringify(reply)])
  const planner = new Planner({
    executor: new BatchExecutor({
      client,
      compressor: new PromptCompressor({ actions, tokenBudget: 2048 }),
      actions,
      heuristic: ({ enemies: [enemy] }) => (enemy ? [{ act: 'Attack', target: enemy.id }] : []),
      emergency: [{ act: 'Wait', seconds: 1 }],
    }),
    deadlineTicks: 120,
  })

  const npcs = [new Npc('guard'), new Npc('cook')]
  const performed: string[] = []
  const perform = (act: Extract<Directive<unknown>, { type: 'act' }>) => {
    performed.push(`${act.agentId} ${JSON.stringify(act.step)} by ${act.tier}`)
    for (const npc of npcs) if (npc.id === act.agentId) npc.step = { ref: act, finished: true }
  }

  for (let tick = 1; tick <= 4; tick += 1) {
    for (const npc of npcs) planner.observe(npc.id, npc.look())
    for (const npc of npcs) if (npc.wantsAPlan) planner.request({ agentId: npc.id, world: npc.look() })
    for (const npc of npcs) if (npc.step?.finished) planner.settle(npc.step.ref, 'done')
    for (const directive of planner.tick(tick)) if (directive.type === 'act') perform(directive)
    for (const npc of npcs) npc.wantsAPlan = false
    // The model's whole reply arrives between two frames.
    await new Promise(resolve => setImmediate(resolve))
  }

  expect(performed).toEqual([
    'cook {"act":"Attack","target":"orc"} by heuristic',
    'guard {"act":"Attack","target":"orc"} by heuristic',
    'cook {"act":"Wait","seconds":2} by model',
    'guard {"act":"MoveTo","x":3,"y":4} by model',
    'cook {"act":"Attack","target":"orc"} by heuristic',
    'guard {"act":"Attack","target":"orc"} by model',
    'cook {"act":"Attack","target":"orc"} by heuristic',
    'guard {"act":"Attack","target":"orc"} by heuristic',
  ])
  expect(client.prompts).toHaveLength(1)
  planner.close()
})

test('a directive’s step is the game’s own union of actions', () => {
  const planner = new Planner({
    executor: new BatchExecutor({ client: new ScriptedClient([]), actions, emergency: [{ act: 'Wait', seconds: 1 }] }),
  })
  planner.request({ agentId: 'guard', world: { enemies: [] } })
  const seconds = planner.tick(1).flatMap(directive => {
    if (directive.type !== 'act' || directive.step.act !== 'Wait') return []
    return [directive.step.seconds satisfies number]
  })
  expect(seconds).toEqual([1])
  // @ts-expect-error a world without enemies is none of this game's
  expect(() => planner.request({ agentId: 'cook', world: {} })).not.toThrow()
  planner.close()
})
