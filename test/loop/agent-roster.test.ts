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
  expect([...roster.due]).toEqual([agent])
  roster.forget(agent)
  expect([roster.get('a'), roster.size, roster.due.size, agent.removed]).toEqual([undefined, 0, 0, true])
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
  roster.due.clear()
  agent.running = { track: new PlanTrack('p', 'model', [move(1)], 0), index: 0, act: 'MoveTo', minAt: 0, maxAt: 9 }
  roster.endStep(agent, 'done', undefined)
  expect([...roster.due]).toEqual([agent])
  expect(agent.running).toBeUndefined()
})
