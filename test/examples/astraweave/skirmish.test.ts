import * as fc from 'fast-check'
import { PromptCompressor } from 'planweave'
import { expect, test } from 'vitest'
import { type AstraStep, actions } from '../../../examples/astraweave/actions.ts'
import { emergency, heuristic } from '../../../examples/astraweave/heuristic.ts'
import { scriptedReply } from '../../../examples/astraweave/scripted-model.ts'
import { MAP, MAX_AGENTS, skirmish } from '../../../examples/astraweave/skirmish.ts'
import { rules, view } from '../../../examples/astraweave/view.ts'
import { estimateTokens } from '../../../src/compress/estimate-tokens.ts'

const scenes = fc.record({ agents: fc.integer({ min: 1, max: MAX_AGENTS }), seed: fc.integer() }).map(skirmish)

test('the same seed sets the same scene, another seed another', () => {
  expect(skirmish({ agents: 10, seed: 1 })).toEqual(skirmish({ agents: 10, seed: 1 }))
  expect(skirmish({ agents: 10, seed: 1 })).not.toEqual(skirmish({ agents: 10, seed: 2 }))
})

test('every agent has a name of its own, knows the others and stands alone on a free cell of the map', () => {
  fc.assert(
    fc.property(scenes, ({ requests, obstacles, enemies, downed }) => {
      expect(new Set(requests.map(({ agentId }) => agentId)).size).toBe(requests.length)
      const places = [...requests.map(({ world }) => world.me.pos), ...obstacles, ...enemies.map(({ pos }) => pos)]
      expect(new Set(places.map(({ x, y }) => `${x},${y}`)).size).toBe(places.length)
      for (const { x, y } of places) {
        expect(x >= 0 && x < MAP.width).toBe(true)
        expect(y >= 0 && y < MAP.height).toBe(true)
      }
      for (const { world } of requests) expect(world.allies).toHaveLength(requests.length - 1 + downed.length)
    }),
    { numRuns: 30 },
  )
})

test.each([0, -1, 1.5, MAX_AGENTS + 1, Number.NaN])('%s agents are refused', agents => {
  expect(() => skirmish({ agents, seed: 1 })).toThrow(RangeError)
})

test('what the heuristic and the last resort do is always legal', () => {
  fc.assert(
    fc.property(scenes, ({ requests }) => {
      for (const { agentId, world } of requests)
        for (const step of [...heuristic(world), ...emergency]) {
          expect(actions.step.parse(step)).toEqual(step)
          expect(actions.valid(step, world, agentId)).toBe(true)
          expect(actions.check(step, world, agentId)).toBe(true)
        }
    }),
    { numRuns: 30 },
  )
})

test('the scripted model plans two or three steps that could be right, for everybody, in the order of the prompt', () => {
  fc.assert(
    fc.property(scenes, fc.integer(), (scene, seed) => {
      const names = scene.requests.map(({ agentId }) => agentId).reverse()
      const prompt = names.map(name => JSON.stringify(name)).join('\n')
      const { plans } = planned(scriptedReply(scene, seed, prompt))
      expect(plans.map(({ agent }) => agent)).toEqual(names)
      for (const { agent, steps } of plans) {
        const world = scene.requests.find(({ agentId }) => agentId === agent)?.world ?? expect.fail()
        expect(steps.length === 2 || steps.length === 3).toBe(true)
        for (const step of steps) {
          expect(actions.step.parse(step)).toEqual(step)
          expect(actions.valid(step, world, agent)).toBe(true)
        }
      }
    }),
    { numRuns: 30 },
  )
})

test('the scripted model answers for those alone whom the prompt names, under the names used there', () => {
  const scene = skirmish({ agents: 10, seed: 1 })
  const reply = scriptedReply(scene, 1, 'Agent "n-Cole": … Agent "n-Ash": …', agentId => `n-${agentId}`)
  expect(planned(reply).plans.map(({ agent }) => agent)).toEqual(['n-Cole', 'n-Ash'])
  expect(scriptedReply(scene, 1, 'nobody')).toBe('{"plans":[]}')
})

test('what agents share is the same for all of them', () => {
  const { requests } = skirmish({ agents: 10, seed: 3 })
  const views = requests.map(({ world }) => JSON.stringify(view(world).shared))
  expect(new Set(views).size).toBe(1)
  expect(views[0]).toContain('objective')
})

test('for ten agents, whatever the scene: a terse prompt, short plans, the first step early and the fifth plan by the middle', () => {
  const compressor = new PromptCompressor({ actions, rules, view, tokenBudget: 4096 })
  fc.assert(
    fc.property(fc.nat(), seed => {
      const scene = skirmish({ agents: 10, seed })
      const { prompt, tokens, dropped } = compressor.compress(scene.requests)
      expect(tokens.shared + tokens.agents).toBeLessThan(800)
      expect(dropped).toEqual([])
      const reply = scriptedReply(scene, seed, JSON.stringify(prompt).replaceAll('\\"', '"'))
      const { plans } = planned(reply)
      expect(plans).toHaveLength(10)
      for (const plan of plans) expect(estimateTokens(JSON.stringify(plan))).toBeLessThan(90)
      expect((reply.indexOf('}') + 2) / reply.length).toBeLessThan(0.12)
      const fifthPlanEnd = JSON.stringify({ plans: plans.slice(0, 5) }).length - 2
      expect(fifthPlanEnd / reply.length).toBeLessThan(0.55)
    }),
    { numRuns: 50 },
  )
})

function planned(reply: string): {
  readonly plans: readonly { readonly agent: string; readonly steps: AstraStep[] }[]
} {
  return JSON.parse(reply)
}
