import { expect, test } from 'vitest'
import { type TickBudget, TickSpending } from '../../src/loop/tick-budget.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'

const unheard = (error: unknown) => expect.fail(String(error))

test.each<[string, TickBudget | undefined, number, number]>([
  ['no budget', undefined, 1000, 1000],
  ['an empty one', {}, 1000, 1000],
  ['directives', { maxDirectives: 2 }, 2, 1000],
  ['plans', { maxPlans: 3 }, 1000, 3],
  ['nothing at all', { maxDirectives: 0, maxPlans: -1 }, 0, 0],
])('%s allows so much', (_, budget, directives, plans) => {
  const spending = new TickSpending(budget, undefined, unheard)
  let told = 0
  let begun = 0
  for (; spending.directiveLeft && told < 1000; told += 1) spending.takeDirective()
  for (; spending.planLeft && begun < 1000; begun += 1) spending.takePlan()
  expect([told, begun]).toEqual([directives, plans])
})

test('microseconds are counted by the given clock, from the start of the tick', () => {
  const clock = new ManualClock(500)
  const spending = new TickSpending({ maxMicros: 2000 }, clock, unheard)
  clock.advance(1.9)
  expect(spending.timeLeft).toBe(true)
  clock.advance(0.2)
  expect(spending.timeLeft).toBe(false)
})

test('without maxMicros the clock is not read', () => {
  const broken = { now: () => expect.fail('read'), setTimer: () => expect.fail('set') }
  expect(new TickSpending({ maxPlans: 1 }, broken, unheard).timeLeft).toBe(true)
})

test.each([1, 2])('a clock that throws when it is read for time %i is reported, and leaves no time', time => {
  let read = 0
  const clock = Object.assign(new ManualClock(), {
    now: () => {
      read += 1
      if (read === time) throw new Error('no time')
      return 0
    },
  })
  const errors: unknown[] = []
  expect(new TickSpending({ maxMicros: 1000 }, clock, error => errors.push(error)).timeLeft).toBe(false)
  expect(errors).toEqual([new Error('no time')])
})
