import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import { KeptSection } from '../../src/compress/agent-section.ts'
import { KeptSections } from '../../src/compress/kept-sections.ts'
import { NormalForm } from '../../src/compress/normal-form.ts'
import { PromptCompressor, type PromptReport } from '../../src/compress/prompt-compressor.ts'
import { SectionWriter } from '../../src/compress/section-writer.ts'
import type { Json, PlanRequest } from '../../src/world.ts'
import { batches, hostileBatches, type Scene } from './scenes.ts'
import { compressorOf, type Wait } from './told.ts'

const section = (agentId: string) => new KeptSection({ agentId, self: null, items: [] })

describe('kept sections', () => {
  test('are those of the agents asked for last, so many of them', () => {
    const kept = new KeptSections(2)
    for (const id of ['a', 'b']) kept.keep(section(id))
    const a = kept.take('a')
    expect(a?.agentId).toBe('a')
    if (a) kept.keep(a)
    kept.keep(section('c'))
    expect(['a', 'b', 'c'].map(id => kept.take(id)?.agentId)).toEqual(['a', undefined, 'c'])
  })

  test('of more than so many, the eighth that was not asked for the longest is forgotten', () => {
    const kept = new KeptSections(16)
    const ids = Array.from({ length: 16 }, (_, i) => `agent-${i}`)
    for (const id of ids) kept.keep(section(id))
    const first = kept.take('agent-0')
    if (first) kept.keep(first)
    kept.keep(section('newcomer'))
    expect(ids.filter(id => !kept.take(id))).toEqual(['agent-1', 'agent-2'])
    expect(kept.take('newcomer')?.agentId).toBe('newcomer')
  })

  test('are the caller’s, once', () => {
    const kept = new KeptSections(2)
    kept.keep(section('a'))
    expect([kept.take('a')?.agentId, kept.take('a')]).toEqual(['a', undefined])
  })

  test('give what their fields were written as to the section that takes their place, and nothing to an equal one', () => {
    const taken = vi.spyOn(KeptSection.prototype, 'takeFields')
    const writer = new SectionWriter<{ hp: number }>(undefined, new NormalForm())
    const toldAgain = vi.spyOn(KeptSection.prototype, 'noteToldAgain')
    const [one, again, other] = [1, 1, 2].map(hp => writer.of([{ agentId: 'a', world: { hp } }], [], [])[0])
    expect(again).toBe(one)
    expect(toldAgain.mock.contexts).toEqual([one])
    toldAgain.mockRestore()
    expect(taken.mock.calls).toEqual([[one]])
    expect(taken.mock.contexts).toEqual([other])
    taken.mockRestore()
  })

  test('are none with a limit of 0', () => {
    const kept = new KeptSections(0)
    kept.keep(section('a'))
    expect(kept.take('a')).toBeUndefined()
  })
})

const actions = defineActions({ Wait: { args: { seconds: z.number() } } })

/** All that a report says. */
function said(report: PromptReport) {
  const { aliases } = report
  return { ...report, aliases: [...aliases], baselineTokens: report.baselineTokens }
}

test('of what was told once little is kept, but in a session, which goes on from it', () => {
  const forget = vi.spyOn(KeptSection.prototype, 'forgetUnlessToldAgain')
  const compressor = new PromptCompressor({ actions })
  const requests = ['a', 'b'].map(agentId => ({ agentId, world: { hp: 1 } }))
  compressor.session().compress(requests)
  expect(forget).not.toHaveBeenCalled()
  compressor.compress(requests)
  expect(forget).toHaveBeenCalledTimes(2)
  forget.mockRestore()
})

const change = fc.constantFrom<(request: PlanRequest<Scene>) => PlanRequest<Scene>>(
  request => ({ ...request, world: { ...request.world, hp: request.world.hp + 1 } }),
  request => ({ ...request, world: { ...request.world, hp: Number.NaN } }),
  request => ({ ...request, world: { ...request.world, seen: request.world.seen.slice(1) } }),
  request => ({
    ...request,
    world: { ...request.world, seen: request.world.seen.map((item, i) => ({ ...item, priority: i })) },
  }),
  request => ({ ...request, world: { ...request.world, walls: [...request.world.walls, [1, 2]] } }),
  request => ({ ...request, world: { ...request.world, morale: request.world.morale === 1 ? 0.5 : 1 } }),
  request => ({
    ...request,
    world: { ...request.world, objective: request.world.objective === 'flee' ? 'hide' : 'flee' },
  }),
  request => ({ ...request, priority: 1 - (request.priority ?? 0) }),
  request => ({ ...request, instructions: `${request.instructions ?? ''}!` }),
  ({ instructions: _, ...request }) => request,
  ({ world: { target: _, ...world }, ...request }) => ({ ...request, world }),
)

/** Ticks of a game in which agents come and go, most fields stay, and few change. */
const games = fc
  .tuple(batches, fc.array(fc.record({ who: fc.nat(4), change, gone: fc.nat(9) }), { maxLength: 6 }))
  .map(([first, changes]) => {
    const ticks = [first]
    for (const { who, change, gone } of changes) {
      const now = (ticks.at(-1) ?? []).map((request, i) => (i === who ? change(request) : request))
      ticks.push(gone === 0 && now.length > 1 ? now.slice(1) : now)
    }
    return ticks
  })

describe('what is kept is never seen', () => {
  test.each([
    ['all agents', 256],
    ['two of them', 2],
  ])('prompts are those of a compressor without a past: %s', (_, keptAgents) =>
    fc.assert(
      fc.property(
        fc.oneof(games, fc.array(fc.oneof(batches, hostileBatches), { maxLength: 4 })),
        fc.integer({ min: 300, max: 3000 }),
        (ticks, tokenBudget) => {
          const keeping = compressorOf(tokenBudget, { keptAgents })
          const session = keeping.session({ contextTokens: tokenBudget * 3 })
          const forgetful = compressorOf(tokenBudget, { keptAgents: 0 })
          const other = forgetful.session({ contextTokens: tokenBudget * 3 })
          for (const tick of ticks) {
            // Objects of its own on each tick, as of a game that makes them anew.
            const fresh = structuredClone(tick)
            expect(said(keeping.compress(fresh))).toEqual(said(forgetful.compress(tick)))
            const [turn, otherTurn] = [session.compress(tick), other.compress(fresh)]
            expect({ ...said(turn), settle: 0 }).toEqual({ ...said(otherTurn), settle: 0 })
            for (const report of [turn, otherTurn]) report.settle(true)
          }
        },
      ),
      { numRuns: 60 },
    ),
  )

  test('an object that a game changed inside is told as it is now', () =>
    fc.assert(
      fc.property(games, ticks => {
        const compressor = compressorOf()
        const worlds = Array.from({ length: 5 }, () => ({}) as Record<string, unknown>)
        for (const tick of ticks) {
          // The same objects again, with other things in them.
          const scratch = tick.map((request, i) => {
            const world = worlds[i] ?? {}
            for (const key of Object.keys(world)) delete world[key]
            return { ...request, world: Object.assign(world, structuredClone(request.world)) }
          })
          const forgetful = compressorOf(99_999, { keptAgents: 0 })
          expect(said(compressor.compress(scratch))).toEqual(said(forgetful.compress(structuredClone(scratch))))
        }
      }),
      { numRuns: 60 },
    ))

  test('an agent that sees a world of its own is told of it as it is now', () => {
    const compressor = new PromptCompressor<Wait, { readonly door: string }>({
      actions,
      view: ({ door }) => ({ self: null, shared: { door }, objective: 'hold the gate' }),
    })
    // What was made of it is kept once it was told again.
    const prompts = ['shut', 'shut', 'ajar', 'open'].map(door =>
      JSON.stringify(
        compressor.compress([
          { agentId: 'a', world: { door: 'open' } },
          { agentId: 'b', world: { door } },
        ]).prompt,
      ),
    )
    expect(prompts.map(prompt => /world: \{door:\w+\}/.exec(prompt)?.[0])).toEqual([
      'world: {door:shut}',
      'world: {door:shut}',
      'world: {door:ajar}',
      undefined,
    ])
  })

  test('a getter that asks for a prompt in the middle of one gets it, and spoils nothing', () => {
    const compressor: PromptCompressor<Wait, object> = new PromptCompressor<Wait, object>({ actions })
    const inner = { agentId: 'b', world: { hp: 2 } }
    const world = {
      hp: 1,
      get deep() {
        return { text: compressor.compress([inner]).tokens.agents, z: 1 } as Json
      },
      zeal: 3,
    }
    const alone = new PromptCompressor<Wait, object>({ actions }).compress([inner])
    const expected = { hp: 1, deep: { text: alone.tokens.agents, z: 1 }, zeal: 3 }
    for (let tick = 0; tick < 2; tick++) {
      expect(compressor.compress([{ agentId: 'a', world }]).prompt).toEqual(
        compressor.compress([{ agentId: 'a', world: expected }]).prompt,
      )
    }
  })

  test.each([-1, Number.NaN])('keptAgents %d is a RangeError', keptAgents =>
    expect(() => new PromptCompressor({ actions, keptAgents })).toThrow(RangeError),
  )
})
