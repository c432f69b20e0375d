import { describe, expect, test, vi } from 'vitest'
import { openObject } from '../../src/parser/open-object.ts'
import { DEFAULT_LIMITS, type ParserLimits } from '../../src/parser/parser-policy.ts'
import type { PlanEvent } from '../../src/parser/plan-event.ts'
import { LONGEST_NAME } from '../../src/parser/plan-fault.ts'
import { PlanReporter } from '../../src/parser/plan-reporter.ts'
import { RAW_CHARS } from '../../src/parser/raw-chars.ts'
import { AGENTS, actions, type Field, lineOf, MOVE, type Options, type SkirmishStep, WAIT } from './skirmish.ts'

type Reporter = PlanReporter<SkirmishStep, Field>
type Call = (reporter: Reporter) => void

const FLY = '{"act":"Fly"}'
const ATTACK = '{"act":"Attack","target":"e1"}'
const LONG = 'x'.repeat(LONGEST_NAME)

function reporterOf(options: Options = {}, limits: Partial<ParserLimits> = {}, onLimit = vi.fn()): Reporter {
  return new PlanReporter({ actions, agents: AGENTS, ...options }, { ...DEFAULT_LIMITS, ...limits }, undefined, onLimit)
}

// What a reply's brackets turn out to hold, one call each.
const opened: Call = to => to.planOpened(1, true)
const stray: Call = to => to.strayStep('7', 10, 11)
const closed: Call = to => to.planClosed({ ...openObject(1, '{}'), hasSteps: true }, 99)
const cut: Call = to => to.planCut('{"agent', 99)
const hit: Call = to => to.hitLimit('too much', '{"agent', 50)

function named(name: string, key = 'agent'): Call {
  return to => to.named(key, name, true)
}

function step(text = WAIT, end = 20): Call {
  return to => to.step(text, 10, end, [])
}

function text(escaped: string, last = false): Call {
  return to => to.text('say', escaped, last)
}

function eventsOf(calls: readonly Call[], reporter = reporterOf()): readonly PlanEvent<SkirmishStep>[] {
  for (const call of calls) call(reporter)
  return reporter.drain()
}

const linesOf = (calls: readonly Call[], reporter?: Reporter) => eventsOf(calls, reporter).map(lineOf)

test.each<[string, Call[], Call, string[]]>([
  ['a step', [step()], named('cook'), ['step cook 0 Wait']],
  [
    'steps and texts in the order written',
    [step(), text('a'), text('\\u00e9', true), step(MOVE)],
    named('cook'),
    ['step cook 0 Wait', 'text cook say a', 'text cook say é', 'step cook 1 MoveTo'],
  ],
  [
    'what is refused, and nothing after it',
    [step(FLY), text('a'), step()],
    named('cook'),
    ['step-rejected cook 0', 'text cook say a'],
  ],
  ['nobody’s, to the end', [step(), named('ghost')], closed, ['rejected ghost unknown-agent']],
  ['one’s who has a plan', [named('x'), step()], named('guard-7'), []],
])('what waits for its agent is told when that is known: %s', (_, waiting, then, expected) => {
  const reporter = reporterOf()
  eventsOf([opened, named('guard-7'), closed], reporter)
  expect(linesOf([opened, ...waiting], reporter)).toEqual([])
  expect(linesOf([then], reporter)).toEqual(expected)
  expect(linesOf([], reporter)).toEqual([])
})

test('what there is to tell is told once, and where there is nothing no list is made', () => {
  const reporter = reporterOf()
  expect(linesOf([opened, named('cook'), step()], reporter)).toEqual(['step cook 0 Wait'])
  expect(linesOf([step(MOVE)], reporter)).toEqual(['step cook 1 MoveTo'])
  expect(reporter.drain()).toBe(reporterOf().drain())
})

describe('whom a plan is for', () => {
  test.each<[string, Call[], string]>([
    ['the awaited name, though a strange one came first', [named('p1', 'id'), named('cook')], 'plan cook 0'],
    ['or after it', [named('cook'), named('p1', 'id')], 'plan cook 0'],
    ['the same name twice', [named('cook'), named('cook', 'agent_id')], 'plan cook 0'],
    [
      'two names, whatever comes after them',
      [named('cook'), named('guard-7'), step(), stray],
      'rejected cook malformed',
    ],
    ['the first of strange names', [named('ghost'), named('p1', 'id')], 'rejected ghost unknown-agent'],
    ['no name', [], 'rejected - malformed'],
    ['a name too long to be told', [named(`${LONG}x`)], 'rejected - unknown-agent'],
    ['the longest that is told', [named(LONG)], `rejected ${LONG} unknown-agent`],
  ])('%s', (_, names, line) => expect(linesOf([opened, ...names, closed])).toEqual([line]))

  test('one who has a plan gets no second, and a number is taken for none of it', () => {
    const nextAttempt = vi.fn(() => 1)
    const reporter = reporterOf({ nextAttempt })
    const calls = [opened, named('cook'), closed, opened, named('cook'), step(), text('a', true), closed]
    expect(linesOf(calls, reporter)).toEqual(['plan cook 0', 'rejected cook duplicate-agent'])
    expect(nextAttempt.mock.calls).toEqual([['cook']])
    expect([reporter.rejected, reporter.agents.planned]).toEqual([1, 1])
  })
})

test.each<[string, Options, string[]]>([
  ['counted for each agent', {}, ['run/cook/1', 'run/guard-7/1', 'run/cook/2']],
  ['by whoever numbers them', { runId: 'r', nextAttempt: id => id.length }, ['r/cook/4', 'r/guard-7/7', 'r/cook/4']],
])('each attempt has an id: %s', (_, options, ids) => {
  const begun = ['cook', 'guard-7', 'cook'].flatMap(id => [opened, named(id), named(id, 'agent_id'), step(), cut])
  const events = eventsOf(begun, reporterOf(options))
  expect(events.flatMap(event => (event.type === 'step' ? [event.planId] : []))).toEqual(ids)
})

describe('a step that is refused', () => {
  test.each<[NonNullable<Options['onIllegalStep']>, string[]]>([
    ['truncate', ['step-rejected cook 1', 'plan cook 1']],
    ['reject', ['step-rejected cook 1', 'rejected cook invalid']],
    ['skip', ['step-rejected cook 1', 'step-rejected cook 1', 'step cook 1 MoveTo', 'plan cook 2']],
  ])('%s: one that is no object too', (onIllegalStep, expected) =>
    expect(
      linesOf([opened, named('cook'), step(), stray, step(FLY), step(MOVE), closed], reporterOf({ onIllegalStep })),
    ).toEqual(['step cook 0 Wait', ...expected]),
  )

  test('is why a plan of nothing else is refused: the first one', () => {
    const calls = [opened, named('cook'), stray, step(FLY), closed]
    const [, , rejected] = eventsOf(calls, reporterOf({ onIllegalStep: 'skip' }))
    expect(rejected).toMatchObject({ code: 'invalid', message: 'step 0: expected a step, an object' })
  })

  test('is quoted by its start, as is a plan', () => {
    const long = `{"act":"${'x'.repeat(2 * RAW_CHARS)}"}`
    const calls: Call[] = [opened, named('cook'), step(long), to => to.planCut(long, 99)]
    const raw = long.slice(0, RAW_CHARS)
    expect(eventsOf(calls)).toMatchObject([{ raw }, { raw }])
  })
})

test('a text that says nothing yet is not told, and one that was cut off leaves nothing to the next', () => {
  const calls = [text('\\u00', true), text('e9'), text('\\u00'), cut, opened, named('cook'), text('e9')]
  expect(linesOf([opened, named('cook'), ...calls])).toEqual([
    'text cook say e9',
    'rejected cook truncated',
    'text cook say e9',
  ])
})

describe('a limit', () => {
  test('of steps counts those too that are refused, are none or come after the end of their plan', () => {
    const onLimit = vi.fn()
    const calls = [opened, named('cook'), stray, step(FLY), step(WAIT, 30), step(WAIT, 40)]
    expect(linesOf(calls, reporterOf({}, { steps: 3 }, onLimit))).toEqual(['step-rejected cook 0'])
    expect(onLimit.mock.calls).toEqual([['steps', 40]])
  })

  test('refuses the open plan, and nothing is told after it', () => {
    const reporter = reporterOf()
    expect(linesOf([opened, named('cook'), hit], reporter)).toEqual(['rejected cook limit'])
    expect(reporter).toMatchObject({ limited: true, closed: true, planIsOpen: false, rejected: 1 })
    const open = [step(), stray, text('a', true), closed, cut]
    const after = [hit, ...open, opened, named('guard-7'), ...open]
    expect(linesOf(after, reporter)).toEqual([])
    expect(reporter.rejected).toBe(1)
  })

  test('where no plan is open is told at its place', () =>
    expect(eventsOf([hit])).toEqual([
      { type: 'rejected', code: 'limit', message: 'too much', raw: '{"agent', span: { start: 50, end: 50 } },
    ]))
})

describe('while the game’s own code is asked, nothing may be read', () => {
  const boom = (_: unknown): never => {
    throw new Error('boom')
  }
  test.each<[string, (look: () => number) => Options]>([
    ['for a number', look => ({ nextAttempt: look })],
    ['for a world', look => ({ world: () => ({ enemies: [`${look()}`] }) })],
    ['for a world, and throws', look => ({ world: () => boom(look()) })],
  ])('%s', (_, optionsOf) => {
    const seen: boolean[] = []
    const reporter: Reporter = reporterOf(optionsOf(() => seen.push(reporter.closed)))
    eventsOf([opened, named('cook'), step(ATTACK)], reporter)
    expect([...seen, reporter.closed]).toEqual([true, false])
    // At the end of a reply it is closed before.
    reporter.closed = true
    eventsOf([cut, opened, named('guard-7'), step(ATTACK)], reporter)
    expect([...seen, reporter.closed]).toEqual([true, true, true])
  })

  test('and may again when it threw', () => {
    const reporter = reporterOf({ nextAttempt: boom })
    expect(() => eventsOf([opened, named('cook')], reporter)).toThrow('boom')
    expect(reporter.closed).toBe(false)
  })
})

test('what belongs to no plan is passed over', () =>
  expect(linesOf([named('cook'), step(), stray, text('a', true), closed, cut])).toEqual([]))
