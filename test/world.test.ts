import { expect, test } from 'vitest'
import { byPriority } from '../src/world.ts'

test.each([
  ['priority first, then id', { a: 0, b: 2, c: 2 }, ['b', 'c', 'a']],
  ['ids by code unit, not by locale or number', { ä: 0, z: 0, Z: 0, '10': 0, '9': 0 }, ['10', '9', 'Z', 'z', 'ä']],
  ['infinite ones, and ids among them', { c: Infinity, a: 1, b: Infinity, d: -Infinity }, ['b', 'c', 'a', 'd']],
  ['what is no number as 0', { c: Number.NaN, a: 1, b: 0 }, ['a', 'b', 'c']],
  ['no priority is 0', { a: undefined, b: 1, c: -1 }, ['b', 'a', 'c']],
])('requests are ordered by %s', (_, priorities, expected) => {
  const requests = Object.entries(priorities).map(([agentId, priority]) => ({
    agentId,
    world: {},
    ...(priority !== undefined && { priority }),
  }))
  expect(requests.sort(byPriority).map(request => request.agentId)).toEqual(expected)
  expect(
    requests
      .reverse()
      .sort(byPriority)
      .map(request => request.agentId),
  ).toEqual(expected)
})
