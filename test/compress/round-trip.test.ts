import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import { NormalForm } from '../../src/compress/normal-form.ts'
import { plainJson } from '../../src/compress/plain-json.ts'
import { PromptCompressor } from '../../src/compress/prompt-compressor.ts'
import { messagesOf } from '../../src/prompt.ts'
import type { Json } from '../../src/world.ts'
import { readPrompt } from './read-prompt.ts'
import { batches, type Scene, viewOf } from './scenes.ts'

const actions = defineActions({ Wait: { args: { seconds: z.number() }, doc: 'do nothing, as g17 does' } })
const options = {
  actions,
  view: viewOf,
  decimals: { at: 1 },
  defaults: { morale: 1, tags: [] },
  idKeys: ['id', 'target'],
}
const form = new NormalForm(options)
const NO_ROWS: Readonly<Record<string, readonly Json[]>> = {}
const normal = (value: unknown) => plainJson(value, () => {}, form)

test('a prompt read back is every agent’s view, as declared, minus what is listed as dropped', () =>
  fc.assert(
    fc.property(batches, fc.integer({ min: 300, max: 3000 }), (requests, tokenBudget) => {
      const report = new PromptCompressor<{ act: 'Wait'; seconds: number }, Scene>({
        ...options,
        tokenBudget,
      }).compress(requests)
      const user = messagesOf(report.prompt)[1]?.content ?? ''
      const read = readPrompt(user, report.aliases)
      expect(Object.keys(read.agents).sort()).toEqual(requests.map(({ agentId }) => agentId).sort())
      for (const { agentId, world, instructions } of requests) {
        const view = viewOf(world)
        const agent = { world: read.world, goal: read.goal, kinds: NO_ROWS, ...read.agents[agentId] }
        expect(agent.self).toEqual(normal(view.self))
        expect(agent.goal).toEqual(normal(view.objective))
        expect(agent.world).toEqual(normal(view.shared))
        expect(agent.orders).toBe(instructions || undefined)
        const gone = new Set(report.dropped.filter(item => item.agentId === agentId).map(({ id }) => id))
        const items = (view.items ?? []).filter(({ id }) => !gone.has(id))
        for (const kind of new Set(items.map(item => item.kind))) {
          const rows = items
            .filter(item => item.kind === kind)
            .map(({ id, data }) => normal({ ...(data as object), id }))
          expect(agent.kinds[kind]).toEqual(rows)
        }
        expect(Object.values(agent.kinds).flat()).toHaveLength(items.length)
      }
    }),
  ))

test('no short name is a word of the game’s, and the longest ids are nowhere in the prompt', () =>
  fc.assert(
    fc.property(batches, requests => {
      const { prompt, aliases } = new PromptCompressor<{ act: 'Wait'; seconds: number }, Scene>({
        ...options,
        tokenBudget: 99_999,
      }).compress(requests)
      const user = messagesOf(prompt)[1]?.content ?? ''
      expect(aliases.has('g17')).toBe(false)
      for (const [alias, id] of aliases) {
        expect(JSON.stringify(requests)).not.toMatch(new RegExp(`(?<![\\w:./#-])${alias}(?![\\w:./#-])`))
        expect(user.replace(/⟦.*?⟧/gu, '')).not.toContain(`"${id}"`)
      }
    }),
  ))

test('two batches that differ in one digit that matters give two prompts', () =>
  fc.assert(
    fc.property(batches, requests => {
      const compressor = new PromptCompressor<{ act: 'Wait'; seconds: number }, Scene>({
        ...options,
        tokenBudget: 99_999,
      })
      const other = requests.map((request, i) =>
        i === 0 ? { ...request, world: { ...request.world, hp: request.world.hp + 1 } } : request,
      )
      expect(compressor.compress(other).prompt).not.toEqual(compressor.compress(requests).prompt)
    }),
  ))
