import { describe, expect, test } from 'vitest'
import { Deadlines } from '../../src/llm/deadlines.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'

const LIMITS = { firstTextMs: 100, idleMs: 30, totalMs: 1000 }

function setUp(limits: Partial<typeof LIMITS> = {}) {
  const clock = new ManualClock(5000)
  let expired = 0
  const deadlines = new Deadlines(clock, { ...LIMITS, ...limits }, () => expired++)
  deadlines.watch()
  const text = () => {
    deadlines.textArrived()
    deadlines.waitForText()
  }
  return { clock, deadlines, text, expired: () => expired }
}

describe('the deadline that passes is named, with what was configured and what elapsed', () => {
  test('first text', () => {
    const { clock, deadlines, expired } = setUp()
    clock.advance(99)
    expect(deadlines.expiry).toBeUndefined()
    clock.advance(1)
    expect(deadlines.expiry).toEqual({ code: 'timeout-first-text', limitMs: 100, elapsedMs: 100 })
    expect(expired()).toBe(1)
  })

  test('idle, counted from the last text', () => {
    const { clock, deadlines, text } = setUp()
    clock.advance(90)
    text()
    clock.advance(20)
    text()
    clock.advance(29)
    expect(deadlines.expiry).toBeUndefined()
    clock.advance(1)
    expect(deadlines.expiry).toEqual({ code: 'timeout-idle', limitMs: 30, elapsedMs: 30 })
  })

  test('total, for a slow drip that never ends', () => {
    const { clock, deadlines, text } = setUp()
    for (let i = 0; i < 200 && !deadlines.expiry; i++) {
      clock.advance(20)
      text()
    }
    expect(deadlines.expiry).toEqual({ code: 'timeout-total', limitMs: 1000, elapsedMs: 1000 })
  })

  test('total, before any text', () => {
    const { clock, deadlines } = setUp({ totalMs: 50 })
    clock.advance(60)
    expect(deadlines.expiry).toMatchObject({ code: 'timeout-total', limitMs: 50 })
  })
})

describe('a program that stood still', () => {
  /** A clock whose one timer fires when the test says so. */
  function standStill() {
    const clock = new ManualClock()
    let fire = () => {}
    const late = {
      now: () => clock.now(),
      setTimer: (_ms: number, timer: () => void) => {
        fire = timer
        return () => {}
      },
    }
    const deadlines = new Deadlines(late, LIMITS, () => {})
    deadlines.watch()
    const wakeAfter = (ms: number) => {
      clock.advance(ms)
      fire()
    }
    return { deadlines, wakeAfter }
  }

  test('reads what came meanwhile before a deadline passes', () => {
    const { deadlines, wakeAfter } = standStill()
    for (let i = 0; i < 3; i++) {
      wakeAfter(170)
      expect(deadlines.expiry).toBeUndefined()
      deadlines.textArrived()
      deadlines.waitForText()
      wakeAfter(1)
    }
    expect(deadlines.expiry).toBeUndefined()
  })

  test('is told the time that really elapsed, when nothing had come', () => {
    const { deadlines, wakeAfter } = standStill()
    wakeAfter(170)
    expect(deadlines.expiry).toBeUndefined()
    wakeAfter(10)
    expect(deadlines.expiry).toEqual({ code: 'timeout-first-text', limitMs: 100, elapsedMs: 180 })
  })
})

test('a reader that is busy with the text it got does not make the server idle', () => {
  const { clock, deadlines, text } = setUp()
  text()
  deadlines.textArrived()
  clock.advance(500)
  expect(deadlines.expiry).toBeUndefined()
  deadlines.waitForText()
  clock.advance(29)
  expect(deadlines.expiry).toBeUndefined()
  clock.advance(1)
  expect(deadlines.expiry).toMatchObject({ code: 'timeout-idle', elapsedMs: 30 })
})

test('there is one timer, set anew when it fires and not for every text', () => {
  const clock = new ManualClock()
  let timers = 0
  const counting = {
    now: () => clock.now(),
    setTimer: (ms: number, fire: () => void) => {
      timers++
      return clock.setTimer(ms, fire)
    },
  }
  const deadlines = new Deadlines(counting, { firstTextMs: 100, idleMs: 1000, totalMs: 60_000 }, () => {})
  deadlines.watch()
  for (let i = 0; i < 10_000; i++) {
    deadlines.textArrived()
    deadlines.waitForText()
    clock.advance(1)
    expect(clock.pending).toBe(1)
  }
  expect(timers).toBeLessThan(20)
  deadlines.stop()
  expect(clock.pending).toBe(0)
})

test('time counts from the making, also what passes before the timer is set', () => {
  const clock = new ManualClock()
  const deadlines = new Deadlines(clock, LIMITS, () => {})
  clock.advance(60)
  expect(clock.pending).toBe(0)
  deadlines.watch()
  clock.advance(40)
  expect(deadlines.expiry).toEqual({ code: 'timeout-first-text', limitMs: 100, elapsedMs: 100 })
})

test('after stop nothing expires, whatever is called', () => {
  const { clock, deadlines, text, expired } = setUp()
  deadlines.stop()
  deadlines.watch()
  text()
  clock.advance(10_000)
  expect(expired()).toBe(0)
  expect(clock.pending).toBe(0)
})

test('Infinity is no limit, and a limit beyond what timers can hold does not fire at once', () => {
  const { clock, deadlines } = setUp({ firstTextMs: 2 ** 40, totalMs: Number.POSITIVE_INFINITY })
  clock.advance(2 ** 33)
  expect(deadlines.expiry).toBeUndefined()
  clock.advance(2 ** 40)
  expect(deadlines.expiry).toMatchObject({ code: 'timeout-first-text' })

  const unlimited = setUp({ firstTextMs: Number.POSITIVE_INFINITY, totalMs: Number.POSITIVE_INFINITY })
  expect(unlimited.clock.pending).toBe(0)
  unlimited.text()
  expect(unlimited.clock.pending).toBe(1)
})
