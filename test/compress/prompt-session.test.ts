import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import { NormalForm } from '../../src/compress/normal-form.ts'
import { plainJson } from '../../src/compress/plain-json.ts'
import { PromptCompressor } from '../../src/compress/prompt-compressor.ts'
import type { PromptSessionOptions, SessionReport } from '../../src/compress/prompt-session.ts'
import { messagesOf } from '../../src/prompt.ts'
import { type ReadPrompt, readPrompt, readUpdate, withRealIds } from './read-prompt.ts'
import { batches, type Scene, viewOf } from './scenes.ts'

const actions = defineActions({ Wait: { args: { seconds: z.number() } } })
const options = { actions, view: viewOf, decimals: { at: 1 }, defaults: { morale: 1 }, idKeys: ['id', 'target'] }
const form = new NormalForm(options)
const normal = (value: unknown) => plainJson(value, () => {}, form)
const FOLLOW = '\nUpdates may follow'

/** What a model knows that has read the whole prompt, and whom it is asked for. */
function understood({ prompt, aliases }: SessionReport): {
  readonly prompt: ReadPrompt
  readonly asked: readonly string[]
} {
  const [, keyframe, ...updates] = messagesOf(prompt).map(({ content }) => content)
  const [text = ''] = (keyframe ?? '').split(FOLLOW)
  let known = readPrompt(text, new Map())
  let asked: readonly string[] = Object.keys(known.agents)
  for (const update of updates) ({ prompt: known, asked } = readUpdate(known, update))
  const real = withRealIds(known, aliases)
  return { prompt: real, asked: asked.map(id => aliases.get(id) ?? id) }
}

const turns = fc.array(fc.tuple(fc.oneof(batches), fc.constantFrom('answered', 'failed', 'lost')), {
  minLength: 1,
  maxLength: 6,
})
const similar = fc
  .tuple(batches, fc.array(fc.array(fc.nat(99)), { maxLength: 6 }))
  .map(([requests, changes]) =>
    [[], ...changes].map(
      hps =>
        [
          requests.map((request, i) => ({ ...request, world: { ...request.world, hp: hps[i] ?? request.world.hp } })),
          'answered',
        ] as const,
    ),
  )

test('keyframe and updates read together are the views as they are now, and what is listed as dropped', () =>
  fc.assert(
    fc.property(fc.oneof(turns, similar), fc.integer({ min: 400, max: 3000 }), (turns, tokenBudget) => {
      const compressor = new PromptCompressor<{ act: 'Wait'; seconds: number }, Scene>({ ...options, tokenBudget })
      const session = compressor.session({ contextTokens: tokenBudget * 3, maxDrift: 10 })
      for (const [requests, result] of turns) {
        const report = session.compress(requests)
        const { prompt, asked } = understood(report)
        expect(asked).toEqual(messagesOrder(compressor, requests))
        for (const { agentId, world, instructions } of requests) {
          const view = viewOf(world)
          const agent = { world: prompt.world, goal: prompt.goal, ...prompt.agents[agentId] }
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
            expect(agent.kinds?.[kind]).toEqual(rows)
          }
          expect(Object.values(agent.kinds ?? {}).flat()).toHaveLength(items.length)
        }
        report.settle(result !== 'failed', result === 'lost' ? { cachedPromptTokens: 0 } : {})
      }
    }),
    { numRuns: 60 },
  ))

function messagesOrder(
  compressor: PromptCompressor<{ act: 'Wait'; seconds: number }, Scene>,
  requests: Parameters<typeof compressor.compress>[0],
) {
  const { prompt, aliases } = compressor.compress(requests)
  return Object.keys(readPrompt(messagesOf(prompt)[1]?.content ?? '', aliases).agents)
}

interface Small {
  readonly hp: number
  readonly at?: readonly number[]
  readonly say?: string
}
const small = (options?: PromptSessionOptions, tokenBudget = 600) =>
  new PromptCompressor<{ act: 'Wait'; seconds: number }, Small>({
    actions,
    tokenBudget,
    view: world => ({
      self: { ...world },
      shared: { door: 'open', walls: Array.from({ length: 12 }, (_, i) => [i, i * 2]) },
    }),
  }).session(options)
const batch = (...hps: readonly number[]) => hps.map((hp, i) => ({ agentId: `agent-${i}`, world: { hp } }))
const texts = (report: SessionReport) => messagesOf(report.prompt).map(({ content }) => content)

describe('a session', () => {
  test('appends what changed to what was sent', () => {
    const session = small()
    const first = session.compress(batch(1, 2, 3))
    first.settle(true)
    const second = session.compress(batch(1, 9, 3))
    expect([first.type, second.type]).toEqual(['keyframe', 'update'])
    expect(texts(second).slice(0, -1)).toEqual(texts(first))
    expect(texts(second).at(-1)).toBe('Update\nAgents: [agent,hp|"agent-1",9]\nPlan for all.\n')
    expect(second.tokens.prefix).toBe(first.tokens.prefix + first.tokens.shared + first.tokens.agents)
    expect(second.tokens.agents).toBeLessThan(30)
  })

  test('adds to the one message for templates whose roles must alternate', () => {
    const session = small({ append: 'text' })
    const first = session.compress(batch(1, 2))
    first.settle(true)
    const second = session.compress(batch(1, 9))
    expect(texts(second)).toHaveLength(2)
    expect(texts(second)[1]?.startsWith(texts(first)[1] ?? '?')).toBe(true)
  })

  test('names whom it asks when not everybody is asked', () => {
    const session = small()
    session.compress(batch(1, 2, 3)).settle(true)
    expect(texts(session.compress(batch(1, 2, 3).slice(1))).at(-1)).toBe('Update\nPlan for: "agent-1","agent-2"\n')
  })

  test.each<[string, (session: ReturnType<typeof small>, turn: SessionReport) => void]>([
    ['a failed turn', (_, turn) => turn.settle(false)],
    ['a reset', session => session.reset()],
    ['a cache that was lost', (_, turn) => turn.settle(true, { cachedPromptTokens: 3 })],
  ])('begins anew after %s', (_, happen) => {
    const session = small()
    session.compress(batch(1, 2)).settle(true)
    const turn = session.compress(batch(1, 3))
    turn.settle(true, { cachedPromptTokens: 500 })
    happen(session, session.compress(batch(1, 4)))
    const next = session.compress(batch(1, 5))
    expect([turn.type, next.type]).toEqual(['update', 'keyframe'])
    expect(texts(next)).toHaveLength(2)
  })

  test('begins anew before the context is full, and before a model has to follow too much', () => {
    const types = (options: PromptSessionOptions, tokenBudget?: number) => {
      const session = small(options, tokenBudget)
      return Array.from({ length: 40 }, (_, i) => {
        const report = session.compress(batch(i, i + 1, i + 2))
        report.settle(true)
        const { prefix, shared, agents } = report.tokens
        expect(prefix + shared + agents).toBeLessThanOrEqual(session.tokenBudget)
        return report.type
      }).filter(type => type === 'keyframe').length
    }
    expect(types({ contextTokens: 100_000, maxDrift: 100 })).toBe(1)
    expect(types({ contextTokens: 900, maxDrift: 100 })).toBeGreaterThan(1)
    expect(types({ contextTokens: 100_000, maxDrift: 1 })).toBeGreaterThan(1)
  })

  test('is busy until its turns are settled, each once', () => {
    const session = small()
    const turn = session.compress(batch(1))
    expect(session.busy).toBe(true)
    turn.settle(true)
    turn.settle(false)
    expect(session.busy).toBe(false)
    expect(session.compress(batch(2)).type).toBe('update')
  })

  test('two worlds that differ in one digit make an update', () => {
    const session = small()
    session.compress(batch(11)).settle(true)
    expect(texts(session.compress(batch(12))).at(-1)).toContain('12')
    expect(texts(session.compress(batch(11))).at(-1)).toBe('Update\nPlan for all.\n')
  })

  test.each([{ contextTokens: 10 }, { contextTokens: Number.NaN }, { maxDrift: 0 }])('%j is a RangeError', options =>
    expect(() => small(options)).toThrow(RangeError),
  )
})
