import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import { PromptCompressor } from '../../src/compress/prompt-compressor.ts'
import type { PromptSessionOptions, SessionReport } from '../../src/compress/prompt-session.ts'
import { untrusted } from '../../src/compress/untrusted.ts'
import { messagesOf } from '../../src/prompt.ts'
import type { PlanRequest } from '../../src/world.ts'
import { type ReadPrompt, readPrompt, readUpdate, withRealIds } from './read-prompt.ts'
import { batches, hostileBatches, type Scene } from './scenes.ts'
import { compressorOf, expectTold, type Wait } from './told.ts'

const actions = defineActions({ Wait: { args: { seconds: z.number() } } })
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

const turnsOf = (batches: fc.Arbitrary<readonly PlanRequest<Scene>[]>) =>
  fc.array(fc.tuple(batches, fc.constantFrom('answered', 'answered', 'failed', 'lost', 'late', 'reset')), {
    minLength: 1,
    maxLength: 8,
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

test.each([
  ['usual games', fc.oneof(turnsOf(batches), similar)],
  ['hostile ones', turnsOf(hostileBatches)],
])('keyframe and updates read together are the views as they are now, and what is listed as dropped: %s', (_, games) =>
  fc.assert(
    fc.property(games, fc.integer({ min: 400, max: 3000 }), (turns, tokenBudget) => {
      const session = compressorOf(tokenBudget).session({ contextTokens: tokenBudget * 3, maxDrift: 10 })
      const open: SessionReport[] = []
      for (const [requests, result] of turns) {
        if (result === 'reset') session.reset()
        const report = session.compress(requests)
        if (result === 'reset') expect(report.type).toBe('keyframe')
        const { prompt, asked } = understood(report)
        expect([...asked].sort()).toEqual(requests.map(({ agentId }) => agentId).sort())
        expectTold(prompt, requests, report)
        if (result === 'late') open.push(report)
        else report.settle(result !== 'failed', result === 'lost' ? { cachedPromptTokens: 0 } : {})
        // Turns may be settled in any order, and after others.
        if (result === 'failed') for (const late of open.splice(0)) late.settle(true)
      }
    }),
    { numRuns: 60 },
  ),
)

interface Small {
  readonly hp: number
  readonly at?: readonly number[]
  readonly say?: string
}
const small = (options?: PromptSessionOptions, tokenBudget = 600) =>
  new PromptCompressor<Wait, Small>({
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

  test('a turn of before a reset changes nothing after it', () => {
    const session = small()
    session.compress(batch(1, 2)).settle(true)
    const late = session.compress(batch(1, 3))
    session.reset()
    late.settle(true)
    expect([session.busy, session.compress(batch(1, 4)).type]).toEqual([false, 'keyframe'])
  })

  test.each([
    ['in order', [0, 1]],
    ['the other way round', [1, 0]],
  ])('turns that were open together are settled %s: the next one goes on from the last that was', (_, order) => {
    const session = small()
    session.compress(batch(1, 2)).settle(true)
    const open = [session.compress(batch(1, 3)), session.compress(batch(1, 4))]
    for (const i of order) open[i]?.settle(true)
    const next = session.compress(batch(1, 9))
    expect(texts(next).slice(0, -1)).toEqual(texts(open[order[1] ?? 0] ?? next))
  })

  test('an agent that left and comes back is told as it is now, against what was told of it last', () => {
    const session = small()
    session.compress(batch(1, 2, 3)).settle(true)
    for (const hp of [7, 8]) session.compress(batch(hp)).settle(true)
    const back = session.compress(batch(8, 2, 4))
    expect(texts(back).at(-1)).toBe('Update\nAgents: [agent,hp|"agent-2",4]\nPlan for all.\n')
  })

  test('two sessions of one compressor know nothing of each other', () => {
    const compressor = new PromptCompressor<Wait, Small>({ actions, tokenBudget: 600 })
    const [one, two] = [compressor.session(), compressor.session()]
    one.compress(batch(1)).settle(true)
    expect(two.compress(batch(1)).type).toBe('keyframe')
    expect(texts(one.compress(batch(2))).at(-1)).toContain('2')
  })

  test('an agent that is asked for twice is refused, and the session goes on', () => {
    const session = small()
    session.compress(batch(1)).settle(true)
    expect(() => session.compress([...batch(1), ...batch(2)])).toThrow(/asked for twice/)
    expect([session.busy, session.compress(batch(2)).type]).toEqual([false, 'update'])
  })

  test('what a fence leaves out is no change, and never an empty line', () => {
    const session = new PromptCompressor<Wait, { readonly signs: readonly string[] }>({
      actions,
      view: ({ signs }) => ({ self: {}, shared: { signs: signs.map(untrusted), wide: 'x'.repeat(400) } }),
    }).session()
    session.compress([{ agentId: 'a', world: { signs: ['go <b>away', 'here'] } }]).settle(true)
    const update = session.compress([{ agentId: 'a', world: { signs: ['go <i>away', 'here'] } }])
    expect(texts(update).at(-1)).toBe('Update\nWorld: {signs:[⟦go away⟧,⟦here⟧]}\nPlan for all.\n')
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
