import { describe, expect, test } from 'vitest'
import { AgentState } from '../../src/loop/agent-state.ts'
import { Attention } from '../../src/loop/attention.ts'
import { Thought } from '../../src/loop/thought.ts'
import { type Arena, type ArenaStep, arena } from './arena.ts'

const NOW = 1000
/** Runs that started in these ticks. */
const runs = (...starts: number[]) => ({
  size: starts.length,
  countSince: (tick: number) => starts.filter(start => start >= tick).length,
})

function agentOf(id: string, deadlineTicks = 100) {
  const agent = new AgentState<ArenaStep, Arena>(id, arena)
  agent.thought = new Thought(id, NOW + deadlineTicks)
  return agent
}

/** Four places for runs of ten; plans are here after 20 ticks and runs after 40, always. */
function attentionWith(...waiting: AgentState<ArenaStep, Arena>[]) {
  const attention = new Attention<ArenaStep, Arena>({ maxRunsInFlight: 4, maxBatchAgents: 10 })
  attention.planTicks.add(20)
  attention.runTicks.add(40)
  attention.observe()
  for (const agent of waiting) attention.line.add(agent, NOW)
  return attention
}

const agents = (count: number) => Array.from({ length: count }, (_, i) => agentOf(`n${String(i).padStart(3, '0')}`))

describe('who can be served in time', () => {
  const full = runs(NOW, NOW, NOW, NOW)
  test.each([
    ['a place is free', 25, 0, runs(NOW), true],
    ['a place is free, even if plans took longer than that', 15, 0, runs(NOW), true],
    ['all places are taken, and one is free after 10 ticks', 30, 9, full, true],
    ['all places are taken, and one is free too late', 29, 9, full, false],
    ['three runs have to go before', 60, 30, full, true],
    ['four runs have to go before', 60, 40, full, false],
    ['runs that hang take no place', 25, 0, runs(NOW - 81, NOW - 82, NOW - 83, NOW - 84), true],
    ['twice as many as there are places hang', 25, 0, runs(...Array.from({ length: 8 }, () => 1)), false],
  ])('%s', (_, deadlineTicks, ahead, inFlight, expected) =>
    expect(attentionWith().canServe(agentOf('a', deadlineTicks), ahead, inFlight, NOW)).toBe(expected),
  )

  test('before anything is known, everybody who is not cooling down', () => {
    const attention = new Attention<ArenaStep, Arena>({ maxRunsInFlight: 1, maxBatchAgents: 1 })
    const agent = agentOf('a', 10)
    expect(attention.canServe(agent, 500, full, NOW)).toBe(true)
    agent.coolUntil = NOW + 10
    expect(attention.canServe(agent, 0, runs(), NOW)).toBe(false)
  })
})

describe('the next batch', () => {
  test('has as many as fit into a run, and there are as many runs as places', () => {
    const attention = attentionWith(...agents(25))
    expect([0, 1, 2].map(started => attention.nextBatch(runs(...Array(started).fill(NOW)), NOW).length)).toEqual([
      10, 10, 0,
    ])
    expect(attention.nextBatch(runs(NOW, NOW, NOW, NOW), NOW + 60)).toEqual([])
    expect(attention.nextBatch(runs(NOW, NOW), NOW + 5)).toHaveLength(5)
  })

  test('is gathered the longer the fewer places are left, unless it is full', () => {
    const waited = [0, 1, 2, 3].map(busy => {
      const attention = attentionWith(agentOf('a'), agentOf('b'))
      // Somebody went in this tick already.
      attention.line.add(Object.assign(agentOf('first'), { priority: 1 }), NOW)
      attention.line.delete(agentOf('nobody'))
      attention.nextBatch(runs(), NOW)
      attention.line.add(agentOf('c'), NOW)
      const inFlight = runs(...Array<number>(busy).fill(NOW))
      let ticks = 0
      while (attention.nextBatch(inFlight, NOW + ticks).length === 0) ticks += 1
      return ticks
    })
    expect(waited).toEqual([0, 3, 5, 8])
  })

  test('is nobody while all who wait cool down', () => {
    const agent = Object.assign(agentOf('a'), { coolUntil: NOW + 3 })
    const attention = attentionWith(agent)
    expect(attention.nextBatch(runs(), NOW + 2)).toEqual([])
    expect(attention.nextBatch(runs(), NOW + 3)).toEqual([agent])
  })
})
