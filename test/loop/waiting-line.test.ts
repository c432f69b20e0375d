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
const inOrder = (line: WaitingLine<ArenaStep, Arena>) =>
  line.inOrder().flatMap(({ agent, isLeft }) => (isLeft ? [] : [agent]))

test('the higher priority goes first, then who waits longer, then ids', () => {
  const line = lineOf(agentOf('b'), agentOf('c'), agentOf('x', 5))
  line.add(agentOf('a'), 2)
  expect(idsOf(inOrder(line))).toBe('xbca')
  expect(idsOf(line.take(2, 2))).toBe('xb')
  expect([idsOf(inOrder(line)), line.size]).toEqual(['ca', 2])
})

test('who asks again while it waits keeps its waiting time, and gets its new priority', () => {
  const [a, b] = [agentOf('a'), agentOf('b')]
  const line = lineOf(a, b)
  b.priority = 1
  line.add(b, 9)
  expect([idsOf(inOrder(line)), b.waitingSince, line.size]).toEqual(['ba', 1, 2])
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
  expect([line.has(a), idsOf(inOrder(line))]).toEqual([false, 'b'])
  line.add(a, 3)
  expect(idsOf(inOrder(line))).toBe('ba')
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

/** How much a line does for so many who come at once and go one by one: looks at agents, and elements that lists are moved along. */
function workFor(
  count: number,
  go: (line: WaitingLine<ArenaStep, Arena>, agents: readonly AgentState<ArenaStep, Arena>[]) => void,
) {
  let work = 0
  const agents = Array.from({ length: count }, (_, i) => agentOf(`a${String(i).padStart(5, '0')}`))
  for (const agent of agents) {
    const priority = (Number(agent.id.slice(1)) * 7) % 10
    const coolUntil = Number(agent.id.slice(1)) < count / 2 ? 9 : 0
    for (const [key, value] of Object.entries({ priority, coolUntil })) {
      Object.defineProperty(agent, key, {
        get: () => {
          work += 1
          return value
        },
      })
    }
  }
  const restore = (['indexOf', 'splice', 'filter'] as const).map(name => {
    const method = Reflect.get(Array.prototype, name)
    const counting = function (this: unknown[], ...args: unknown[]) {
      work += this.length
      return Reflect.apply(method, this, args)
    }
    Reflect.set(Array.prototype, name, counting)
    return () => Reflect.set(Array.prototype, name, method)
  })
  go(lineOf(...agents), agents)
  for (const back of restore) back()
  return work
}

test.each<[string, Parameters<typeof workFor>[1]]>([
  [
    'all leave, the first ones first',
    (line, agents) => {
      for (const agent of agents) line.delete(agent)
      expect(line.inOrder().length).toBeLessThan(50)
    },
  ],
  [
    'all leave, the last ones first, and are looked through meanwhile',
    (line, agents) => {
      expect(inOrder(line).length).toBe(agents.length)
      for (const agent of [...agents].reverse()) line.delete(agent)
    },
  ],
  // No more than there are: a line that gave a place twice would never stop giving.
  [
    'all are taken at once, of whom half cool down',
    (line, agents) => expect(line.take(agents.length, 2).length).toBe(agents.length / 2),
  ],
  [
    'all are taken who are ready, and then those who cooled down',
    (line, { length }) => expect([line.take(length, 2), line.take(length, 9)].flat().length).toBe(length),
  ],
])('four times as many cost little more than four times as much: %s', (_, go) => {
  const [few, many] = [workFor(500, go), workFor(2000, go)]
  // And sorting them, which is what the little more is for.
  expect(many / few).toBeLessThan(6)
})
