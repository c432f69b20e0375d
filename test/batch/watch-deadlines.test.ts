import { expect, test } from 'vitest'
import { PlanTicket } from '../../src/batch/plan-ticket.ts'
import { watchDeadlines } from '../../src/batch/watch-deadlines.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { ask } from './village.ts'

const ticket = (agentId: string, deadlineMs?: number) =>
  new PlanTicket(ask(agentId, deadlineMs === undefined ? {} : { deadlineMs }), 0)

test('agents that share a deadline share a timer, and those without one need none', () => {
  const clock = new ManualClock()
  const expired: string[][] = []
  const tickets = [
    ticket('a', 200),
    ticket('b', 100),
    ticket('c', 200),
    ticket('d'),
    // Longer than any timer of the platform, which would fire at once.
    ticket('e', 2 ** 31),
    ticket('f', Number.POSITIVE_INFINITY),
  ]
  watchDeadlines(clock, tickets, late => expired.push(late.map(({ agentId }) => agentId)))
  expect(clock.pending).toBe(2)
  clock.advance(199)
  expect(expired).toEqual([['b']])
  clock.advance(1)
  expect(expired).toEqual([['b'], ['a', 'c']])
})

test('stopping leaves no timer', () => {
  const clock = new ManualClock()
  const stop = watchDeadlines(clock, [ticket('a', 1), ticket('b', 2)], () => {})
  stop()
  expect(clock.pending).toBe(0)
})
