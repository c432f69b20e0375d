import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CircuitBreaker, type CircuitPass } from '../../src/llm/circuit-breaker.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'

const BOOM = new Error('boom')

function circuit(failuresToOpen = 3, openMs = 100) {
  const clock = new ManualClock()
  return { clock, breaker: new CircuitBreaker(clock, { failuresToOpen, openMs }) }
}

function enter(breaker: CircuitBreaker): CircuitPass {
  const entry = breaker.enter()
  if ('refusal' in entry) throw new Error('refused')
  return entry.pass
}

function open(failuresToOpen = 3) {
  const { clock, breaker } = circuit(failuresToOpen)
  for (let i = 0; i < failuresToOpen; i++) enter(breaker).failed(BOOM)
  return { clock, breaker }
}

test('so many failures in a row open it, and a success in between starts the count anew', () => {
  const { breaker } = circuit()
  enter(breaker).failed(BOOM)
  enter(breaker).failed(BOOM)
  enter(breaker).succeeded()
  enter(breaker).failed(BOOM)
  enter(breaker).failed(BOOM)
  expect(breaker.state).toBe('closed')
  enter(breaker).failed(BOOM)
  expect(breaker.state).toBe('open')
  expect(breaker.enter()).toEqual({ refusal: { failures: 3, cause: BOOM, retryAfterMs: 100 } })
})

test('after its time one call may try, and only one', () => {
  const { clock, breaker } = open()
  clock.advance(99)
  expect(breaker.enter()).toMatchObject({ refusal: { retryAfterMs: 1 } })
  clock.advance(1)
  expect(breaker.state).toBe('half-open')
  const probe = enter(breaker)
  expect(breaker.enter()).toEqual({ refusal: { failures: 3, cause: BOOM } })
  probe.succeeded()
  expect(breaker.state).toBe('closed')
  enter(breaker)
  enter(breaker)
})

test('a probe that fails opens it for the whole time again', () => {
  const { clock, breaker } = open()
  clock.advance(100)
  enter(breaker).failed(new Error('again'))
  expect(breaker.state).toBe('open')
  expect(breaker.enter()).toMatchObject({ refusal: { failures: 4, retryAfterMs: 100 } })
})

test('a probe that tells nothing leaves its place to the next call', () => {
  const { clock, breaker } = open()
  clock.advance(100)
  enter(breaker).withdrawn()
  enter(breaker).succeeded()
  expect(breaker.state).toBe('closed')
})

test('the first sign of life closes it on trial: one more failure opens it', () => {
  const { clock, breaker } = open()
  clock.advance(100)
  const probe = enter(breaker)
  probe.answered()
  expect(breaker.state).toBe('closed')
  enter(breaker)
  probe.failed(BOOM)
  expect(breaker.state).toBe('open')
})

test('only a whole reply ends the trial', () => {
  const { clock, breaker } = open()
  clock.advance(100)
  const probe = enter(breaker)
  probe.answered()
  probe.succeeded()
  enter(breaker).failed(BOOM)
  expect(breaker.state).toBe('closed')
})

test('what began before the circuit changed counts for nothing, and an end counts once', () => {
  const { clock, breaker } = circuit(2)
  const [early, late, one, two] = [enter(breaker), enter(breaker), enter(breaker), enter(breaker)]
  one.failed(BOOM)
  one.failed(BOOM)
  expect(breaker.state).toBe('closed')
  two.failed(BOOM)
  expect(breaker.state).toBe('open')
  early.succeeded()
  expect(breaker.state).toBe('open')
  clock.advance(100)
  const probe = enter(breaker)
  late.answered()
  late.failed(BOOM)
  expect(breaker.state).toBe('half-open')
  probe.succeeded()
  expect(breaker.state).toBe('closed')
})

test('at no time do two calls try a half-open circuit, and it can always close again', () =>
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('enter', 'answer', 'fail', 'withdraw', 'succeed', 'wait'), { maxLength: 200 }),
      acts => {
        const { clock, breaker } = circuit(2, 50)
        const passes: CircuitPass[] = []
        let probes = 0
        for (const act of acts) {
          if (act === 'wait') clock.advance(30)
          if (act === 'enter') {
            const halfOpen = breaker.state === 'half-open'
            const entry = breaker.enter()
            if ('refusal' in entry) continue
            if (halfOpen) probes++
            expect(probes).toBeLessThanOrEqual(1)
            passes.push(entry.pass)
          }
          const pass = passes.at(-1)
          if (act === 'answer') pass?.answered()
          if (act === 'fail') passes.pop()?.failed(BOOM)
          if (act === 'withdraw') passes.pop()?.withdrawn()
          if (act === 'succeed') passes.pop()?.succeeded()
          // The latest call is the probe, if there is one.
          if (['answer', 'fail', 'withdraw', 'succeed'].includes(act)) probes = 0
        }
        for (const pass of passes) pass.withdrawn()
        clock.advance(50)
        enter(breaker).succeeded()
        expect(breaker.state).toBe('closed')
      },
    ),
  ))

test.each([[{ failuresToOpen: 0 }], [{ failuresToOpen: 1.5 }], [{ openMs: 0 }], [{ openMs: Infinity }]])(
  '%j is refused',
  options => expect(() => new CircuitBreaker(new ManualClock(), options)).toThrow(RangeError),
)
