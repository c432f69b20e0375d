import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../../src/actions.ts'
import { PromptCompressor } from '../../../src/compress/prompt-compressor.ts'
import { renderChat } from '../../../src/testing/ollama/chat-template.ts'
import { NO_PLANS, planReply } from '../../../src/testing/ollama/planner-reply.ts'

const actions = defineActions({
  MoveTo: { args: { x: z.int().min(0).max(19), y: z.int(), speed: z.enum(['walk', 'run']).optional() }, doc: 'walk' },
  Attack: { args: { target: z.string() } },
  Say: { args: { line: z.string().max(8), loud: z.boolean().optional() } },
  Wait: { args: { seconds: z.number().positive().lt(1) } },
  Patrol: {
    args: { path: z.array(z.tuple([z.int().min(-5).max(-2), z.number()])), from: z.object({ mood: z.literal(3) }) },
  },
  Rest: { args: {} },
})

const worlds = { hp: 3, enemies: [{ id: 'orc-1' }, { id: 'E7' }] }

function promptFor(agents: readonly string[]): string {
  const { prompt } = new PromptCompressor({ actions }).compress(agents.map(agentId => ({ agentId, world: worlds })))
  return renderChat(typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt)
}

interface Reply {
  readonly plans: readonly { readonly agent: string; readonly steps: readonly { readonly act: string }[] }[]
}
const read = (reply: string): Reply => JSON.parse(reply)

test('every agent of a prompt gets two or three legal steps, in the prompt’s order', () => {
  const names = fc.uniqueArray(
    fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('guard-7', '{0}', '"', '\\', '🏰')),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  fc.assert(
    fc.property(names, fc.nat(), (agents, seed) => {
      const prompt = promptFor(agents)
      const order = [...prompt.matchAll(/^Agent ("(?:[^"\\]|\\.)*")/gm)].map(found => JSON.parse(found[1] ?? ''))
      const { plans } = read(planReply(prompt, seed))
      expect(plans.map(({ agent }) => agent)).toEqual(order)
      expect([...order].sort()).toEqual([...agents].sort())
      for (const { steps } of plans) {
        expect(steps.length === 2 || steps.length === 3).toBe(true)
        for (const step of steps) expect(actions.step.parse(step)).toEqual(step)
      }
    }),
  )
})

test('the same seed and prompt give the same reply, another seed another', () => {
  const prompt = promptFor(['guard-7', 'cook'])
  expect(planReply(prompt, 1)).toBe(planReply(prompt, 1))
  expect(planReply(prompt, 1)).not.toBe(planReply(prompt, 2))
})

test('names in a plan are ids from the prompt', () => {
  const targets = Array.from({ length: 40 }, (_, seed) => read(planReply(promptFor(['guard-7']), seed)))
    .flatMap(({ plans }) => plans.flatMap(({ steps }) => steps))
    .flatMap(step => ('target' in step ? [step.target] : []))
  expect(new Set(targets)).toEqual(new Set(['orc-1', 'E7']))
})

test.each([
  ['prose', '<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n'],
  ['rules without agents', '<|im_start|>system\nActions:\nWait()\n<|im_end|>\n<|im_start|>assistant\n'],
  ['agents without actions', '<|im_start|>user\nAgent "a": {}<|im_end|>\n<|im_start|>assistant\n'],
  ['nothing', ''],
])('%s needs no plan', (_, prompt) => {
  expect(planReply(prompt, 1)).toBe(NO_PLANS)
})
