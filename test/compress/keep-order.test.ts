import { expect, test } from 'vitest'
import type { AgentSection } from '../../src/compress/agent-section.ts'
import type { ViewItem } from '../../src/compress/agent-view.ts'
import { keepOrder } from '../../src/compress/keep-order.ts'

const item = (id: string, priority = 0, data: object = {}): ViewItem => ({
  kind: 'foes',
  id,
  priority,
  data: { ...data },
})
const section = (agentId: string, items: readonly ViewItem[], rest: Partial<AgentSection> = {}): AgentSection => ({
  agentId,
  self: null,
  items,
  ...rest,
})
const order = (...sections: readonly AgentSection[]) =>
  keepOrder({ sections }).map(({ agentId, item }) => `${agentId}.${item.id}`)

test('higher priority, then earlier agents, then first listed', () =>
  expect(order(section('a', [item('x'), item('y', 2)]), section('b', [item('x', 1), item('z')]))).toEqual([
    'a.y',
    'b.x',
    'a.x',
    'b.z',
  ]))

test('what another item names is kept as long as that one, through several', () =>
  expect(
    order(
      section('a', [
        item('best', 9, { aims: 'ally' }),
        item('good', 5),
        item('ally', 0, { of: 'chief' }),
        item('chief'),
      ]),
    ),
  ).toEqual(['a.chief', 'a.ally', 'a.best', 'a.good']))

test('items that name each other do not loop', () =>
  expect(order(section('a', [item('x', 1, { to: 'y' }), item('y', 0, { to: 'x' })]))).toEqual(['a.y', 'a.x']))

test.each<[string, Partial<AgentSection>]>([
  ['its state', { self: { target: 'orc-1' } }],
  ['its goal', { objective: 'slay orc-1, quickly' }],
  ['its orders', { instructions: 'leave orc-1.' }],
  ['a key', { self: { threat: { 'orc-1': 3 } } }],
])('what an agent’s own part names is never dropped: %s', (_, rest) =>
  expect(order(section('a', [item('orc-1'), item('orc-11')], rest))).toEqual(['a.orc-11']),
)

test('nor what the shared world names', () =>
  expect(
    keepOrder({
      world: { boss: 'orc-1' },
      goal: 'the rat',
      sections: [section('a', [item('orc-1'), item('rat'), item('x')])],
    }),
  ).toHaveLength(1))
