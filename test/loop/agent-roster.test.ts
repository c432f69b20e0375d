import { expect, test } from 'vitest'
import { AgentRoster } from '../../src/loop/agent-roster.ts'
import { PlanTrack } from '../../src/loop/plan-track.ts'
import { type Arena, type ArenaStep, arena, move } from './arena.ts'

function met(): { roster: AgentRoster<ArenaStep, Arena>; agent: ReturnType<AgentRoster<ArenaStep, Arena>['meet']> } {
  const roster = new AgentRoster<ArenaStep, Arena>()
  return { roster, agent: roster.meet('a', arena) }
}

test('who is met is due at once, and nobody any more when forgotten', () => {
  const { roster, agent } = met()
  expect(roster.takeDue()).toEqual([agent])
  expect(roster.hasDue).toBe(false)
  roster.forget(agent)
  expect([roster.get('a'), roster.size, roster.hasDue, agent.removed]).toEqual([undefined, 0, false, true])
})

test('an agent is looked at in the tick of its next limit, the next one at the earliest', () => {
  const { roster, agent } = met()
  agent.askAgainAt = 0
  roster.schedule(agent)
  expect(roster.takeWoken()).toBeUndefined()
  roster.now = 1
  expect([...(roster.takeWoken() ?? [])]).toEqual([agent])
})

test('who was forgotten is never looked at again', () => {
  const { roster, agent } = met()
  agent.askAgainAt = 1
  roster.schedule(agent)
  roster.forget(agent)
  roster.schedule(agent)
  roster.now = 1
  expect(roster.takeWoken()).toBeUndefined()
})

test('whose step is over is due', () => {
  const { roster, agent } = met()
  for (const met of roster.takeDue()) roster.setDue(met, false)
  agent.running = { track: new PlanTrack('p', 'model', [move(1)], 0), index: 0, act: 'MoveTo', minAt: 0, maxAt: 9 }
  roster.endStep(agent, 'done', undefined)
  expect(roster.takeDue()).toEqual([agent])
  expect(agent.running).toBeUndefined()
})

test('who is due is so once, until it was served, and who is left out is so in the next tick', () => {
  const { roster, agent } = met()
  const other = roster.meet('b', arena)
  roster.addDue(agent)
  expect(roster.takeDue()).toEqual([agent, other])
  // Not served yet: it is due already.
  roster.addDue(agent)
  expect(roster.hasDue).toBe(false)
  roster.setDue(agent, false)
  roster.setDue(other, true)
  roster.addDue(agent)
  roster.addDue(other)
  expect(roster.takeDue()).toEqual([other, agent])
})
