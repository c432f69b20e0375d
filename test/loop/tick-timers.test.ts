import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TickTimers } from '../../src/loop/tick-timers.ts'

const taken = (timers: TickTimers<string>, time: number) => [...(timers.take(time) ?? [])]

test('an item is taken once, at its time', () => {
  const timers = new TickTimers<string>()
  timers.set('a', 3)
  timers.set('b', 3)
  expect(timers.take(2)).toBeUndefined()
  expect(taken(timers, 3)).toEqual(['a', 'b'])
  expect(timers.take(3)).toBeUndefined()
})

test('an item that is moved, or taken out, leaves nothing behind', () => {
  const timers = new TickTimers<string>()
  for (let time = 1; time < 1000; time += 1) timers.set('a', time)
  expect(timers.size).toBe(1)
  expect(timers.take(998)).toBeUndefined()
  timers.set('a', Number.POSITIVE_INFINITY)
  expect(timers.take(999)).toBeUndefined()
  expect(timers.size).toBe(0)
})

test('whatever is set, moved and deleted, each time brings who was set to it last', () =>
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.option(fc.integer({ min: 1, max: 5 })))),
      changes => {
        const timers = new TickTimers<string>()
        const expected = new Map<string, number>()
        for (const [item, time] of changes) {
          if (time === null) timers.delete(item)
          else timers.set(item, time)
          if (time === null) expected.delete(item)
          else expected.set(item, time)
        }
        for (let time = 1; time <= 5; time += 1) {
          const due = [...expected].flatMap(([item, at]) => (at === time ? [item] : []))
          expect(taken(timers, time).sort()).toEqual(due.sort())
        }
        expect(timers.size).toBe(0)
      },
    ),
  ))
