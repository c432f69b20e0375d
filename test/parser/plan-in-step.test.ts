import { describe, expect, test, vi } from 'vitest'
import { mayEndWithStepsKey, planInStep } from '../../src/parser/plan-in-step.ts'
import { eventsOf, lineOf, MOVE, parserOf, plan, WAIT } from './skirmish.ts'

const COOK = [{ names: [{ key: 'agent', name: 'cook', quoted: true }], texts: [] }]

test.each([
  ['as asked for', '{"agent":"cook","steps":[]}', COOK],
  ['by a number', '{"agent":7,"steps":[]}', [{ names: [{ key: 'agent', name: '7', quoted: false }], texts: [] }]],
  ['a name in single quotes', "{'agent':'cook','steps':[]}", COOK],
  ['a key without quotes', '{"agent":"cook",steps:[]}', COOK],
  ['a key in smart quotes', '{"agent":"cook",“steps”:[]}', COOK],
  ['a key without its colon', '{"agent":"cook","steps" []}', COOK],
  ['a second list of steps', '{"agent":"cook","steps":null,"steps":[]}', COOK],
  ['steps alone', '{"steps":[]}', [{ names: [], texts: [] }]],
  ['an action', '{"act":"Say","steps":[]}', [undefined]],
  ['a comma in the key', '{"agent":"cook",",steps":[]}', [undefined]],
  ['a brace in the key', '{"agent":"cook","{steps":[]}', [undefined]],
  ['a word in the key', '{"agent":"cook","x steps":[]}', [undefined]],
  ['a longer key', '{"agent":"cook","missteps":[]}', [undefined]],
] as const)('%s', (_, text, [found]) => {
  expect(mayEndWithStepsKey(text.slice(0, -3))).toBe(true)
  expect(planInStep(text, new Set())).toEqual(found)
})

test('a text field is told with the names', () =>
  expect(planInStep('{"agent":"cook","say":"\\n","hm":"x","steps":[]}', new Set(['say']))?.texts).toEqual([
    ['say', '\\n'],
  ]))

describe.each([[',steps'], ['{steps'], ['[steps'], [' steps']])('%j is not the key of a list of steps', key => {
  const odd = plan('cook', WAIT).replace('steps', key)
  const whole = plan('смотритель', MOVE)

  test('where a step should stand', () => {
    const lines = eventsOf([`{"plans":[{"agent":"guard-7","steps":[${WAIT},${odd}]},${whole}]}`]).map(lineOf)
    expect(lines.slice(0, 3)).toEqual(['step guard-7 0 Wait', 'step-rejected guard-7 1', 'plan guard-7 1'])
    expect(lines).toContain('plan смотритель 1')
    expect(lines.filter(line => line.includes('cook'))).toEqual([])
  })

  test('nor in a plan of its own', () =>
    expect(eventsOf([`{"plans":[${odd},${whole}]}`]).map(lineOf)).toEqual([
      'rejected cook malformed',
      'step смотритель 0 MoveTo',
      'plan смотритель 1',
      'end complete 1 1',
    ]))
})

test('a step full of lists of steps is parsed a few times, not once for each of them', () => {
  const parse = vi.spyOn(JSON, 'parse')
  const parser = parserOf()
  parser.push(`{"plans":[{"agent":"cook","steps":[{"act":"Say",${'"x steps":[],'.repeat(1_000)}`)
  parser.end()
  const asked = parse.mock.calls.length
  parse.mockRestore()
  expect(asked).toBeLessThanOrEqual(4)
})
