import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AgentState } from '../../src/loop/agent-state.ts'
import { WaitingLine } from '../../src/loop/waiting-line.ts'
import { type Arena, type ArenaStep, arena } from './arena.ts'

function agentOf(id: string, priority = 0) {
  return Object.assign(new AgentState<ArenaStep, Arena>(id, arena), { priority })
}

function lineOf(...agents: AgentState<ArenaStep, Arena>[]) {
  const line = new WaitingLine<ArenaStep, Arena>()
  for (const agent of agents) line.add(agent, 1)
  return line
}

const idsOf = (agents: readonly AgentState<ArenaStep, Arena>[]) => agents.map(({ id }) => id).join('')

test('the higher priority goes first, then who waits longer, then ids', () => {
  const line = lineOf(agentOf('b'), agentOf('c'), agentOf('x', 5))
  line.add(agentOf('a'), 2)
  expect(idsOf(line.inOrder())).toBe('xbca')
  expect(idsOf(line.take(2, 2))).toBe('xb')
  expect([idsOf(line.inOrder()), line.size]).toEqual(['ca', 2])
})

test('who asks again while it waits keeps its waiting time, and gets its new priority', () => {
  const [a, b] = [agentOf('a'), agentOf('b')]
  const line = lineOf(a, b)
  b.priority = 1
  line.add(b, 9)
  expect([idsOf(line.inOrder()), b.waitingSince, line.size]).toEqual(['ba', 1, 2])
})

test('every fourth place goes to who waits longest, whatever its priority', () => {
  const line = lineOf(agentOf('z', -1e9))
  for (const id of 'abcdefgh') line.add(agentOf(id, 9), 2)
  expect(idsOf(line.take(6, 2))).toBe('abczde')
})

test('who cools down is passed over, and keeps its place', () => {
  const cooling = Object.assign(agentOf('a', 1), { coolUntil: 5 })
  const line = lineOf(cooling, agentOf('b'), agentOf('c'))
  expect(line.countReady(4)).toBe(2)
  expect(idsOf(line.take(1, 4))).toBe('b')
  expect(line.countReady(5)).toBe(2)
  expect(idsOf(line.take(9, 5))).toBe('ac')
})

test('who leaves is gone, and who comes back waits anew', () => {
  const [a, b] = [agentOf('a'), agentOf('b')]
  const line = lineOf(a, b)
  line.delete(a)
  line.delete(a)
  expect([line.has(a), idsOf(line.inOrder())]).toEqual([false, 'b'])
  line.add(a, 3)
  expect(idsOf(line.inOrder())).toBe('ba')
  line.clear()
  expect([line.size, line.take(3, 9)]).toEqual([0, []])
})

test('nobody starves: with ever new ones of any priority coming, who has n before it goes within 4n + 4 places', () =>
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 12 }),
      fc.array(fc.integer({ min: -3, max: 1000 }), { minLength: 80, maxLength: 80 }),
      fc.integer({ min: 1, max: 10 }),
      (before, coming, batch) => {
        const line = lineOf(...before.map((priority, i) => agentOf(`b${String(i).padStart(2, '0')}`, priority)))
        const last = agentOf('patient', -1e6)
        line.add(last, 2)
        let places = 0
        for (const [i, priority] of coming.entries()) {
          if (!line.has(last)) break
          line.add(agentOf(`new-${i}`, priority), 3 + i)
          // One comes for each one that goes, or nobody would have to wait.
          if (i % batch === 0) places += line.take(batch, 3 + i).length
        }
        expect(line.has(last) ? places : 0).toBeLessThanOrEqual(4 * before.length + 4)
      },
    ),
  ))
