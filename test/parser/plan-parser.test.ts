import { describe, expect, test } from 'vitest'
import { document, eventsOf, lineOf, linesOf, MOVE, parserOf, plan, WAIT } from './skirmish.ts'

/** The number of characters read when each event came, of a reply fed one by one. */
function arrivals(reply: string): [string, number][] {
  const parser = parserOf()
  return [...reply].flatMap((char, i) => parser.push(char).map((event): [string, number] => [lineOf(event), i + 1]))
}

describe('the asked-for document', () => {
  test('each step and plan comes in the push that carries its closing brace, the last one included', () => {
    const reply = document(plan('guard-7', WAIT, MOVE), plan('cook', WAIT), plan('смотритель'))
    const past = (text: string, from = 0) => reply.indexOf(text, from) + text.length
    const cook = reply.indexOf('"cook"')
    expect(arrivals(reply)).toEqual([
      ['step guard-7 0 Wait', past(WAIT)],
      ['step guard-7 1 MoveTo', past(MOVE)],
      ['plan guard-7 2', past(`${MOVE}]}`)],
      ['step cook 0 Wait', past(WAIT, cook)],
      ['plan cook 1', past(`${WAIT}]}`, cook)],
      ['plan смотритель 0', past('"steps":[]}', cook)],
    ])
  })

  test('a plan carries its id, its steps and its notes', () => {
    const reply = document(
      `{"agent":"cook","plan_id":"batch-p1","steps":[${WAIT}],"say":"\\u00e9 {x}]","mood":{"joy":[1,2.5e3]}}`,
    )
    expect(eventsOf([reply], { runId: 'r1', nextAttempt: () => 3 })).toEqual([
      {
        type: 'step',
        planId: 'r1/cook/3',
        agentId: 'cook',
        index: 0,
        step: { act: 'Wait', seconds: 1 },
        span: { start: reply.indexOf(WAIT), end: reply.indexOf(WAIT) + WAIT.length },
        repairs: [],
      },
      {
        type: 'plan',
        plan: {
          planId: 'r1/cook/3',
          agentId: 'cook',
          steps: [{ act: 'Wait', seconds: 1 }],
          notes: { say: 'é {x}]', mood: { joy: [1, 2500] } },
        },
        span: { start: 10, end: reply.length - 2 },
        repairs: [],
      },
      { type: 'end', status: 'complete', plans: 1, rejected: 0 },
    ])
  })

  test('push and end after end are a usage error', () => {
    const parser = parserOf()
    parser.end()
    expect(() => parser.push('x')).toThrow('push() after end()')
    expect(() => parser.end()).toThrow('end() after end()')
  })

  test('it is satisfied with the last awaited plan', () => {
    const parser = parserOf({ agents: ['cook', 'guard-7'] })
    parser.push(`{"plans":[${plan('cook', WAIT)},`)
    expect(parser.satisfied).toBe(false)
    parser.push(plan('guard-7', MOVE))
    expect(parser.satisfied).toBe(true)
  })

  test('a reply without a plan is empty', () => expect(linesOf('Sorry, I cannot.')).toEqual(['end empty 0 0']))
})
