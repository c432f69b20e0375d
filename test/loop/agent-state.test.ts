import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AgentState, byTurn } from '../../src/loop/agent-state.ts'
import { PlanTrack } from '../../src/loop/plan-track.ts'
import { type Arena, type ArenaStep, arena, move } from './arena.ts'

function agentOf(id: string, changes: Partial<Pick<AgentState<ArenaStep, Arena>, 'priority' | 'leftOutSince'>> = {}) {
  return Object.assign(new AgentState<ArenaStep, Arena>(id, arena), changes)
}

test('turns go to who waited longest, then by priority, then by code unit', () => {
  const agents = [
    agentOf('a'),
    agentOf('Z'),
    agentOf('vip', { priority: 5 }),
    agentOf('late', { leftOutSince: 8 }),
    agentOf('later', { leftOutSince: 9, priority: 9 }),
  ]
  expect(agents.sort(byTurn).map(({ id }) => id)).toEqual(['late', 'later', 'vip', 'Z', 'a'])
})

test('turns are one order, whatever the agents came in', () =>
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.tuple(fc.string(), fc.integer({ min: -1, max: 1 }), fc.constantFrom(1, 2, Number.POSITIVE_INFINITY)),
        {
          selector: ([id]) => id,
        },
      ),
      list => {
        const agents = list.map(([id, priority, leftOutSince]) => agentOf(id, { priority, leftOutSince }))
        const order = [...agents].sort(byTurn)
        expect([...agents].reverse().sort(byTurn)).toEqual(order)
      },
    ),
  ))

test.each([
  ['its step’s end', { step: 30, ask: 90 }, 30],
  ['when it asks again', { step: 90, ask: 40 }, 40],
  ['never', { step: Number.POSITIVE_INFINITY, ask: Number.POSITIVE_INFINITY }, Number.POSITIVE_INFINITY],
])('its next limit is whichever comes first: %s', (_, { step, ask }, expected) => {
  const agent = agentOf('a')
  const track = new PlanTrack('p', 'model', [move(1)], 0)
  agent.running = { track, index: 0, act: 'MoveTo', minAt: 20, maxAt: step }
  agent.askAgainAt = ask
  expect(agent.nextLimitAt(10)).toBe(expected)
})

test('a step that was settled too early ends at its minimum, or at its maximum where that is sooner', () => {
  const agent = agentOf('a')
  const track = new PlanTrack('p', 'model', [move(1)], 0)
  const held = { result: 'done', reason: undefined } as const
  agent.running = { track, index: 0, act: 'MoveTo', minAt: 20, maxAt: 60, held }
  expect(agent.nextLimitAt(10)).toBe(20)
  agent.running = { ...agent.running, maxAt: 15 }
  expect(agent.nextLimitAt(10)).toBe(15)
})

test('the first failure costs no pause; then it doubles, up to sixteenfold, and a plan ends that', () => {
  const agent = new AgentState('guard', arena)
  const pauses = Array.from({ length: 8 }, () => {
    agent.noteFailure(1000, 60)
    return Math.max(0, agent.coolUntil - 1000)
  })
  expect(pauses).toEqual([0, 60, 120, 240, 480, 960, 960, 960])
  agent.noteSuccess()
  agent.noteFailure(5000, 60)
  expect(agent.coolUntil).toBeLessThan(5000)
})
