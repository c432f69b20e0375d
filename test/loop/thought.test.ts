import { expect, test } from 'vitest'
import { Thought } from '../../src/loop/thought.ts'
import type { ArenaStep } from './arena.ts'
import { move } from './arena.ts'

test('a deadline is over in its tick, if the event loop had a turn since the tick before', async () => {
  const thought = new Thought<ArenaStep>('a', 10)
  expect(thought.isOverdue(9)).toBe(false)
  expect(thought.isOverdue(10)).toBe(false)
  await Promise.resolve()
  expect(thought.isOverdue(9)).toBe(false)
  expect(thought.isOverdue(10)).toBe(true)
})

test('it is to be looked at the tick before its deadline, then at it, then in every tick', () => {
  const thought = new Thought<ArenaStep>('a', 10)
  expect(thought.nextLookAt(3)).toBe(9)
  thought.watchDeadline(9)
  expect(thought.nextLookAt(9)).toBe(10)
  expect(thought.nextLookAt(12)).toBe(13)
  thought.state = 'expired'
  expect(thought.nextLookAt(12)).toBe(Number.POSITIVE_INFINITY)
})

test('steps of one plan make a draft; those of another plan begin a new one', () => {
  const thought = new Thought<ArenaStep>('a', 10)
  thought.addStep('p1', move(1))
  thought.addStep('p1', move(2))
  const first = thought.draft
  thought.addStep('p2', move(3))
  expect(first).toEqual({ planId: 'p1', steps: [move(1), move(2)] })
  expect(thought.draft).toEqual({ planId: 'p2', steps: [move(3)] })
})

test('text is joined by field until it is taken', () => {
  const thought = new Thought<ArenaStep>('a', 10)
  expect(thought.takeTexts()).toBeUndefined()
  for (const delta of ['a', 'b']) thought.addText('say', delta)
  thought.addText('__proto__', 'c')
  expect([...(thought.takeTexts() ?? [])]).toEqual([
    ['say', 'ab'],
    ['__proto__', 'c'],
  ])
  expect(thought.takeTexts()).toBeUndefined()
})
