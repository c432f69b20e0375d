import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Planner } from '../../src/loop/planner.ts'
import { SpendGovernor } from '../../src/loop/spend-governor.ts'
import { type Arena, type ArenaStep, arena, move } from './arena.ts'
import { HandFedExecutor } from './hand-fed-executor.ts'

test('a minute later, what was spent may be spent again', () => {
  const governor = new SpendGovernor({ agentsPerMinute: 8, ticksPerMinute: 100 })
  expect(governor.room(0)).toEqual({ all: 8, ordinary: 6 })
  governor.finish(governor.start(5), 1, undefined, 10)
  expect(governor.room(10)).toEqual({ all: 3, ordinary: 1 })
  expect([3, 4, 8, 9].map(agents => governor.ticksUntil(1, agents, 50))).toEqual([0, 60, 60, Number.POSITIVE_INFINITY])
  expect(governor.room(109)).toEqual({ all: 3, ordinary: 1 })
  expect(governor.room(110)).toEqual({ all: 8, ordinary: 6 })
})

test('a run under way is paid for however long it takes, by estimate, and then by what it took', () => {
  const governor = new SpendGovernor({ callsPerMinute: 4, tokensPerMinute: 10_000, ticksPerMinute: 100 })
  const reserved = governor.start(10)
  expect(governor.room(500)).toEqual({ all: 15, ordinary: 8 })
  governor.finish(reserved, 3, 1000, 500)
  // 9000 tokens are left, at 100 an agent; and one of four calls, of which the ordinary ones may have three.
  expect(governor.room(500)).toEqual({ all: 90, ordinary: 0 })
})

test('a cap below what one agent takes does not stop the model for good', () => {
  const governor = new SpendGovernor({ tokensPerMinute: 100, ticksPerMinute: 100 })
  expect(governor.room(0)).toEqual({ all: 1, ordinary: 1 })
  governor.finish(governor.start(1), 1, 300, 1)
  expect(governor.room(100)).toEqual({ all: 0, ordinary: 0 })
  expect([governor.ticksUntil(1, 1, 50), governor.room(101).all]).toEqual([51, 1])
})

test.each([{ callsPerMinute: 0 }, { tokensPerMinute: -1 }, { agentsPerMinute: Number.NaN }, { ticksPerMinute: 0 }])(
  '%j is refused by name',
  caps => expect(() => new SpendGovernor(caps)).toThrow(new RegExp(`^${Object.keys(caps)[0]} must be above 0`)),
)

test('whatever is asked for whenever, no minute has more than its caps', () =>
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 10 }), fc.nat(60)), { maxLength: 60 }),
      wishes => {
        const governor = new SpendGovernor({ callsPerMinute: 5, agentsPerMinute: 20, ticksPerMinute: 100 })
        const starts: { readonly at: number; readonly agents: number }[] = []
        const open: { readonly end: number; readonly reserved: ReturnType<typeof governor.start> }[] = []
        let now = 0
        for (const [pause, wanted, lasts] of wishes) {
          now += pause
          open.sort((a, b) => a.end - b.end)
          while (open[0] && open[0].end <= now) {
            const { reserved, end } = open.shift() ?? open[0]
            governor.finish(reserved, 1, undefined, end)
          }
          const agents = Math.min(wanted, governor.room(now).all)
          if (agents < 1) continue
          open.push({ end: now + lasts, reserved: governor.start(agents) })
          starts.push({ at: now, agents })
        }
        for (const { at } of starts) {
          const minute = starts.filter(start => start.at >= at && start.at < at + 100)
          expect(minute.length).toBeLessThanOrEqual(5)
          expect(minute.reduce((sum, { agents }) => sum + agents, 0)).toBeLessThanOrEqual(20)
        }
      },
    ),
  ))

describe('a storm of requests', () => {
  /** Forty agents ask in every tick, four of them with a high priority; the model answers at once. */
  function storm(ticks: number) {
    const executor = new HandFedExecutor()
    const planner = new Planner<ArenaStep, Arena>({
      executor,
      deadlineTicks: 30,
      spend: { callsPerMinute: 12, agentsPerMinute: 60, ticksPerMinute: 200 },
    })
    const asked: { readonly tick: number; readonly agents: readonly string[] }[] = []
    const acting = new Set<string>()
    let refused = 0
    for (let tick = 1; tick <= ticks; tick += 1) {
      for (let i = 0; i < 40; i += 1) {
        planner.request({ agentId: `n${i}`, world: arena, priority: i % 10 === 0 ? 5 : 0 })
      }
      const runsBefore = executor.runs.length
      for (const directive of planner.tick(tick)) {
        if (directive.type === 'act') acting.add(directive.agentId)
        if (directive.type === 'dropped' && directive.reason === 'refused') refused += 1
      }
      for (const run of executor.runs.slice(runsBefore)) {
        asked.push({ tick, agents: run.agentIds })
        for (const id of run.agentIds) run.plan(id, `p${tick}-${id}`, [move(1)])
      }
    }
    return { asked, acting, refused, planner }
  }

  test('never costs more than the caps, and stops nobody', () => {
    const { asked, acting, refused, planner } = storm(1000)
    for (let from = 1; from <= 1000; from += 1) {
      const minute = asked.filter(({ tick }) => tick >= from && tick < from + 200)
      expect(minute.length).toBeLessThanOrEqual(12)
      expect(minute.flatMap(({ agents }) => agents).length).toBeLessThanOrEqual(60)
    }
    expect(asked.flatMap(({ agents }) => agents).length).toBeGreaterThan(200)
    expect([acting.size, planner.stats.running]).toEqual([40, 40])
    expect(refused).toBeGreaterThan(1000)
  })

  test('serves the high first, and not them alone', () => {
    const counts = new Map<string, number>()
    for (const id of storm(1000).asked.flatMap(({ agents }) => agents)) counts.set(id, (counts.get(id) ?? 0) + 1)
    const shareOf = (ids: string[]) => ids.reduce((sum, id) => sum + (counts.get(id) ?? 0), 0) / ids.length
    const high = ['n0', 'n10', 'n20', 'n30']
    const low = [...Array(40).keys()].map(i => `n${i}`).filter(id => !high.includes(id))
    expect(shareOf(high)).toBeGreaterThan(3 * shareOf(low))
    expect(shareOf(low)).toBeGreaterThan(0)
  })

  test('is the same storm every time', () => expect(storm(300).asked).toEqual(storm(300).asked))
})

test('the stats tell what counts against the caps, first by estimate, and for a minute', () => {
  const executor = new HandFedExecutor()
  const planner = new Planner<ArenaStep, Arena>({ executor, spend: { callsPerMinute: 9, ticksPerMinute: 100 } })
  const tickTo = (last: number) => {
    for (let tick = 1; tick <= last; tick += 1) planner.tick(tick)
  }
  expect(planner.stats.spent).toEqual({ calls: 0, agents: 0, tokens: 0 })
  for (const agentId of ['a', 'b']) planner.request({ agentId, world: arena })
  tickTo(1)
  expect(planner.stats.spent).toEqual({ calls: 1, agents: 2, tokens: 800 })
  tickTo(150)
  expect(planner.stats.spent).toMatchObject({ calls: 1, agents: 2 })
  for (const id of ['a', 'b']) executor.lastRun.plan(id, `p-${id}`, [move(1)])
  tickTo(99)
  expect(planner.stats.spent).toMatchObject({ calls: 1, agents: 2 })
  tickTo(2)
  expect(planner.stats.spent).toEqual({ calls: 0, agents: 0, tokens: 0 })
  expect(new Planner({ executor }).stats.spent).toBeUndefined()
})
