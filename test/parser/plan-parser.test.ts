import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import { PlanParser } from '../../src/parser/plan-parser.ts'
import { scalarsOf } from './scalars-of.ts'
import { AGENTS, document, eventsOf, lineOf, linesOf, MOVE, type Options, parserOf, plan, WAIT } from './skirmish.ts'

const FLY = '{"act":"Fly"}'

/** The number of characters read when each event came, of a reply fed one by one. */
function arrivals(reply: string, options: Options = {}): [string, number][] {
  const parser = parserOf(options)
  return reply
    .split('')
    .flatMap((char, i) => parser.push(char).map((event): [string, number] => [lineOf(event), i + 1]))
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

  test.each([0, 1, 3, 40])('a plan of %i steps', count => {
    const steps = Array.from({ length: count }, (_, i) => `{"act":"MoveTo","x":${i},"y":0}`)
    const [...events] = eventsOf([document(plan('cook', ...steps))])
    expect(events.filter(event => event.type === 'step').map(event => event.index)).toEqual(steps.map((_, i) => i))
    expect(events.at(-2)).toMatchObject({ plan: { steps: steps.map(step => JSON.parse(step)) } })
  })

  test('a plan carries its id, its steps and its notes', () => {
    const notes = `"say":"\\u00e9 {x}]","mood":{"joy":[1,2.5e3,-0,1e400,{"":null}],"\\ud800":9007199254740993}`
    const reply = document(`{"agent":"cook","plan_id":"batch-p1","steps":[${WAIT}],${notes}}`)
    const start = reply.indexOf(WAIT)
    expect(eventsOf([reply], { runId: 'r1', nextAttempt: () => 3 })).toEqual([
      {
        type: 'step',
        planId: 'r1/cook/3',
        agentId: 'cook',
        index: 0,
        step: { act: 'Wait', seconds: 1 },
        span: { start, end: start + WAIT.length },
        repairs: [],
      },
      {
        type: 'plan',
        plan: {
          planId: 'r1/cook/3',
          agentId: 'cook',
          steps: [{ act: 'Wait', seconds: 1 }],
          notes: JSON.parse(`{${notes}}`),
        },
        span: { start: 10, end: reply.length - 2 },
        repairs: [],
      },
      { type: 'end', status: 'complete', plans: 1, rejected: 0 },
    ])
  })

  test('each attempt of an agent has an id of its own', () => {
    const ids = eventsOf([document(plan('cook', FLY), plan('cook', FLY), plan('guard-7', WAIT), plan('cook', WAIT))])
      .map(event => (event.type === 'plan' ? event.plan.planId : 'planId' in event ? event.planId : ''))
      .filter(id => id !== '')
    expect([...new Set(ids)]).toEqual(['run/cook/1', 'run/cook/2', 'run/guard-7/1', 'run/cook/3'])
  })
})

describe('accepted shapes', () => {
  const one = plan('guard-7', WAIT)
  const two = plan('cook', MOVE)
  const call = (args: string) => `<tool_call>\n{"name":"submit","arguments":${args}}\n</tool_call>\n`
  test.each([
    ['a bare array', `[${one},${two}]`],
    ['one object after the other', one + two],
    ['lines', `${one}\n${two}\n`],
    ['a tool call for each agent', call(one) + call(two)],
    ['tool calls that are not closed', (call(one) + call(two)).replaceAll('</tool_call>', '')],
    [
      'tool calls with the arguments first',
      `<tool_call>{"arguments":${one},"name":"x"}<tool_call>{"arguments":${two},"name":"x"}`,
    ],
    ['one tool call with all plans', call(document(one, two))],
    ['arguments as a string', call(JSON.stringify(one)) + call(JSON.stringify(two))],
    ['all plans in one string', call(JSON.stringify(document(one, two)))],
    ['parameters, and an id of the call', `{"id":"call_1","function":{"parameters":${JSON.stringify(one)}}}${two}`],
    ['agent_id and agentId', `[${one.replace('"agent"', '"agent_id"')},${two.replace('"agent"', '"agentId"')}]`],
    ['id', `[${one.replace('"agent"', '"id"')},${two.replace('"agent"', '"id"')}]`],
    ['an id of the plan beside the agent', `[{"id":"p1",${one.slice(1)},${two.slice(0, -1)},"id":"p2"}]`],
    ['plans in a wrapper', `{"result":{"list":[${one},${two}]}}`],
    ['a mixture', `Sure: ${one} and then\n\`\`\`json\n${call(JSON.stringify(`[${two}]`))}`],
    ['pretty-printed', JSON.stringify(JSON.parse(document(one, two)), null, 2)],
  ])('%s', (_, reply) => {
    const lines = ['step guard-7 0 Wait', 'plan guard-7 1', 'step cook 0 MoveTo', 'plan cook 1', 'end complete 2 0']
    expect(linesOf(reply, { agents: ['guard-7', 'cook'] })).toEqual(lines)
    expect(eventsOf(reply.split(''))).toEqual(eventsOf([reply]))
  })

  test('spans inside a string are raw offsets, and steps come at their raw closing brace', () => {
    const reply = call(JSON.stringify(plan('cook', WAIT, MOVE)))
    const ends = eventsOf([reply]).flatMap(event => ('span' in event ? [event.span.end] : []))
    expect(ends).toEqual([reply.indexOf('1},') + 2, reply.indexOf('-2}') + 3, reply.indexOf(']}') + 2])
    expect(arrivals(reply).map(([, at]) => at)).toEqual(ends)
  })

  test.each([
    ['a bare array', `[${one}]`, 'rejected guard-7 malformed'],
    ['a line', one, 'rejected guard-7 malformed'],
    ['another key for the agent', document(one.replace('agent', 'agent_id')), 'rejected - malformed'],
    ['a number for an agent', document('{"agent":7,"steps":[]}'), 'rejected - malformed'],
    ['single quotes', document(one.replaceAll('"', "'")), 'rejected guard-7 invalid'],
    ['a missing bracket', `{"plans":[{"agent":"guard-7","steps":[${WAIT}}]}`, 'rejected guard-7 malformed'],
    ['a forbidden key', document(`{"agent":"guard-7","steps":[],"constructor":1}`), 'rejected guard-7 malformed'],
  ])('strict refuses %s', (_, reply, line) =>
    expect(
      linesOf(reply, { strict: true }).filter(one => one.startsWith('rejected') || one.startsWith('plan')),
    ).toEqual([line]),
  )

  test('strict takes what was asked for, with prose around it', () => {
    const lines = linesOf(`<think>{</think>Sure:\n\`\`\`json\n${document(one, two)}\n\`\`\``, { strict: true })
    expect(lines.filter(line => line.startsWith('plan'))).toEqual(['plan guard-7 1', 'plan cook 1'])
  })
})

describe('the rules that are easy to get wrong', () => {
  test.each([
    ['1: brackets without our keys are prose', `{as asked} [3] {"a":[1]} ${plan('cook')}`, ['plan cook 0']],
    [
      '2: a plan that lost its brackets ends where the next one starts',
      `{"plans":[{"agent":"guard-7","steps":[${WAIT},${plan('cook', WAIT)}]}`,
      ['step guard-7 0 Wait', 'plan guard-7 1', 'step cook 0 Wait', 'plan cook 1'],
    ],
    [
      '2: one that lost its brace alone, too',
      `{"plans":[{"agent":"guard-7","steps":[${WAIT}],${plan('cook', WAIT)}]}`,
      ['step guard-7 0 Wait', 'plan guard-7 1', 'step cook 0 Wait', 'plan cook 1'],
    ],
    [
      '2: and one that lost its list bracket',
      document(`{"agent":"guard-7","steps":[${WAIT}}`, plan('cook', WAIT)),
      ['step guard-7 0 Wait', 'plan guard-7 1', 'step cook 0 Wait', 'plan cook 1'],
    ],
    [
      '2: a step that lost its brace',
      document(plan('guard-7', '{"act":"Wait","seconds":1', MOVE), plan('cook', '{"act":"Wait","seconds":1')),
      ['step guard-7 0 Wait', 'step guard-7 1 MoveTo', 'plan guard-7 2', 'step cook 0 Wait', 'plan cook 1'],
    ],
    [
      '2: a stray ]} never ends the reply',
      `{"plans":[${plan('guard-7')}]}]},${plan('cook')}]}`,
      ['plan guard-7 0', 'plan cook 0'],
    ],
    ["3: don't opens no string", `I don't {x} ${plan('cook')} isn't`, ['plan cook 0']],
    [
      '4: the first accepted plan wins, and a rejected agent stays awaited',
      document(plan('cook', FLY), plan('cook', MOVE), plan('cook', WAIT)),
      [
        'step-rejected cook 0',
        'rejected cook invalid',
        'step cook 0 MoveTo',
        'plan cook 1',
        'rejected cook duplicate-agent',
      ],
    ],
    [
      '5: an illegal step ends the plan before it',
      document(plan('cook', WAIT, FLY, MOVE)),
      ['step cook 0 Wait', 'step-rejected cook 1', 'plan cook 1'],
    ],
    [
      '5: an illegal first step rejects it',
      document(plan('cook', FLY, MOVE)),
      ['step-rejected cook 0', 'rejected cook invalid'],
    ],
    ['5: no steps are a plan', document(plan('cook')), ['plan cook 0']],
    [
      '6: steps wait for an agent that is named after them',
      document(`{"steps":[${WAIT},${MOVE}],"agent":"cook"}`, plan('guard-7', WAIT)),
      ['step cook 0 Wait', 'step cook 1 MoveTo', 'plan cook 2', 'step guard-7 0 Wait', 'plan guard-7 1'],
    ],
    ['7: steps without an agent are one rejection', `[${WAIT},${MOVE}]`, ['rejected - malformed']],
    [
      '7: in a list too',
      document(`{"steps":[${WAIT},${MOVE}]}`, plan('cook')),
      ['rejected - malformed', 'plan cook 0'],
    ],
    ['an unknown agent', document(plan('ghost', WAIT), plan('cook')), ['rejected ghost unknown-agent', 'plan cook 0']],
    ['an element that is no plan', document('{"x":1}', plan('cook')), ['rejected - malformed', 'plan cook 0']],
    [
      'a plan without steps',
      document('{"agent":"cook"}', plan('guard-7')),
      ['rejected cook malformed', 'plan guard-7 0'],
    ],
    [
      'a plan of two agents',
      document(`{"agent":"cook","steps":[],"agent_id":"guard-7"}`, plan('cook')),
      ['rejected cook malformed', 'plan cook 0'],
    ],
  ])('%s', (_, reply, expected) => {
    expect(linesOf(reply).slice(0, -1)).toEqual(expected)
    expect(eventsOf(reply.split(''))).toEqual(eventsOf([reply]))
  })

  test('8: push and end after end are a usage error', () => {
    const parser = parserOf()
    parser.end()
    expect(() => parser.push('x')).toThrow('push() after end()')
    expect(() => parser.end()).toThrow('end() after end()')
  })
})

describe('a reply that is cut', () => {
  const reply = document(
    plan('guard-7', WAIT, MOVE),
    `{"agent":"cook","steps":[${WAIT}],"say":"hi"}`,
    plan('смотритель', WAIT),
  )
  const whole = eventsOf([reply])

  test('keeps what was complete and reports the rest, wherever it is cut', () => {
    for (let i = 0; i < reply.length; i++) {
      const events = eventsOf([reply.slice(0, i)])
      const complete = whole.filter(event => 'span' in event && event.span.end <= i)
      const rest = events.slice(complete.length)
      expect(events.slice(0, complete.length), `at ${i}`).toEqual(complete)
      expect(rest.slice(0, -1).map(event => (event.type === 'rejected' ? event.code : event.type))).toEqual(
        rest.length === 2 ? ['truncated'] : [],
      )
      expect(rest.at(-1)).toMatchObject({ type: 'end' })
    }
  })

  test.each([
    ['inside a plan', reply.slice(0, reply.indexOf(MOVE)), ['rejected guard-7 truncated', 'end truncated 0 1']],
    ['inside a name', '{"plans":[{"agent":"gua', ['rejected - truncated', 'end truncated 0 1']],
    ['between plans', `{"plans":[${plan('cook')},`, ['plan cook 0', 'end truncated 1 0']],
    ['after the last awaited plan', reply.slice(0, -2), ['plan смотритель 1', 'end complete 3 0']],
    ['before anything', 'Sure', ['end empty 0 0']],
    ['with steps that wait for their agent', `{"steps":[${WAIT},`, ['rejected - truncated', 'end truncated 0 1']],
  ])('%s', (_, cut, last) => expect(linesOf(cut).slice(-last.length)).toEqual(last))
})

describe('options', () => {
  test.each([
    ['truncate', ['step cook 0 Wait', 'step-rejected cook 1', 'plan cook 1']],
    ['reject', ['step cook 0 Wait', 'step-rejected cook 1', 'rejected cook invalid']],
    ['skip', ['step cook 0 Wait', 'step-rejected cook 1', 'step cook 1 MoveTo', 'plan cook 2']],
  ] as const)('onIllegalStep %s', (onIllegalStep, expected) =>
    expect(linesOf(document(plan('cook', WAIT, FLY, MOVE)), { onIllegalStep }).slice(0, -1)).toEqual(expected),
  )

  test('an alias names its agent before any id does', () => {
    const aliases = new Map([
      ['a1', 'guard-7'],
      ['cook', 'смотритель'],
    ])
    const lines = linesOf(document(plan('a1', WAIT), plan('cook', WAIT)), { aliases })
    expect(lines.filter(line => line.startsWith('plan'))).toEqual(['plan guard-7 1', 'plan смотритель 1'])
  })

  test('valid is asked about the agent’s own world', () => {
    const asked: string[] = []
    const world = (agentId: string) => {
      asked.push(agentId)
      return { enemies: agentId === 'cook' ? ['e1'] : [] }
    }
    const attack = '{"act":"Attack","target":"e1"}'
    const events = eventsOf([document(plan('cook', attack), plan('guard-7', attack))], { world })
    expect(events.map(lineOf).slice(0, 3)).toEqual(['step cook 0 Attack', 'plan cook 1', 'step-rejected guard-7 0'])
    expect(events[2]).toMatchObject({ reason: 'no enemy e1', raw: attack })
    expect(asked).toEqual(['cook', 'guard-7'])
  })

  test('text fields stream while they are written, before and after the agent is known', () => {
    const reply = document(`{"say":"first","agent":"cook","steps":[],"reasoning":"a\\u00e9\\n😀"}`)
    const parser = parserOf({ textFields: ['say', 'reasoning'] })
    const seen = reply
      .split('')
      .flatMap(char => parser.push(char))
      .map(lineOf)
    expect(seen[0]).toBe('text cook say first')
    expect(
      seen
        .slice(1, -1)
        .map(line => line.replace('text cook reasoning ', ''))
        .join(''),
    ).toBe('aé\n😀')
    expect(seen.at(-1)).toBe('plan cook 0')
  })

  test('a text that ends with the string around its document is told to its end, and leaves nothing to the next one', () => {
    const said = (agent: string, text: string) => `{"agent":"${agent}","steps":[],"say":"${text}`
    const cut = JSON.stringify(said('cook', 'to g'))
    const options = { textFields: ['say'], aliases: new Map([['g1', 'guard-7']]) }
    const lines = linesOf(`{"name":"x","arguments":${cut}}\n${said('guard-7', '1 go"}')}`, options)
    expect(lines.slice(0, -1)).toEqual(['text cook say to g', 'plan cook 0', 'text guard-7 say 1 go', 'plan guard-7 0'])
  })

  test('nothing is said about the text of a plan that is not awaited', () =>
    expect(linesOf(document(`{"agent":"ghost","steps":[],"say":"boo"}`), { textFields: ['say'] }).slice(0, -1)).toEqual(
      ['rejected ghost unknown-agent'],
    ))

  test('however much of a step had to be repaired, nothing throws', () => {
    const actions = defineActions({ A: { args: { n: z.array(z.number()) } } })
    const limits = { elementChars: 1e9, replyChars: 1e9 }
    const parser = new PlanParser({ actions, agents: ['x'], coerce: true, limits })
    const count = 200_000
    const events = parser.push(document(plan('x', `{"act":"A","n":[${Array(count).fill('"1"').join(',')}]}`)))
    expect(events.map(event => 'repairs' in event && event.repairs.length)).toEqual([count, count])
  })

  test('a limit that is no limit is refused', () =>
    expect(() => parserOf({ limits: { depth: Number.NaN } })).toThrow('limits.depth must be above 0'))
})

describe('the game’s own code', () => {
  const boom = () => {
    throw new Error('boom')
  }
  test('a refinement that throws harms its own step alone', () => {
    const actions = defineActions({ A: { args: { n: z.int().refine(n => n !== 2 || boom()) } } })
    const parser = new PlanParser({ actions, agents: ['x'], onIllegalStep: 'skip' })
    const events = parser.push(document(plan('x', '{"act":"A","n":1}', '{"act":"A","n":2}', '{"act":"A","n":3}')))
    expect(events.map(event => event.type)).toEqual(['step', 'step-rejected', 'step', 'plan'])
    expect(events[1]).toMatchObject({ reason: 'validation threw: boom' })
  })

  test('a world that throws refuses the step', () => {
    const events = eventsOf([document(plan('cook', WAIT))], { world: boom })
    expect(events[0]).toMatchObject({ type: 'step-rejected', reason: 'validation threw: boom' })
  })

  test('a rule must not feed the parser', () => {
    const parser: PlanParser<{ readonly act: 'A' }, object> = new PlanParser({
      actions: defineActions({ A: { args: {}, valid: () => parser.push('x').length === 0 || 'fed' } }),
      agents: ['x'],
      world: () => ({}),
    })
    expect(parser.push(plan('x', '{"act":"A"}'))[0]).toMatchObject({
      type: 'step-rejected',
      reason: expect.stringContaining('push()'),
    })
  })

  test('a rule must not end the reply, which goes on', () => {
    const parser: PlanParser<{ readonly act: 'A' }, object> = new PlanParser({
      actions: defineActions({ A: { args: {}, valid: () => parser.end().length === 0 || 'ended' } }),
      agents: ['x', 'y'],
      world: () => ({}),
    })
    expect(parser.push(plan('x', '{"act":"A"}'))[0]).toMatchObject({
      type: 'step-rejected',
      reason: expect.stringContaining('end()'),
    })
    expect(parser.push(plan('y')).map(event => event.type)).toEqual(['plan'])
    expect(parser.end().map(event => event.type)).toEqual(['end'])
    expect(() => parser.push(plan('y'))).toThrow('push() after end()')
  })

  test.each([
    ['feed the parser', 'push()', (parser: ReturnType<typeof parserOf>) => parser.push(plan('guard-7', MOVE))],
    ['end the reply', 'end()', (parser: ReturnType<typeof parserOf>) => parser.end()],
  ])('whoever numbers the plans must not %s either, and may be asked again', (_, call, feedOrEnd) => {
    const refused = vi.fn()
    const parser: ReturnType<typeof parserOf> = parserOf({
      nextAttempt: () => {
        try {
          feedOrEnd(parser)
        } catch (error) {
          refused(error)
        }
        return 5
      },
    })
    const events = parser.push(document(plan('cook', WAIT), plan('guard-7', MOVE)))
    expect(refused).toHaveBeenCalledTimes(2)
    expect(refused).toHaveBeenCalledWith(expect.objectContaining({ message: expect.stringContaining(call) }))
    expect(events.filter(event => event.type === 'plan').map(({ plan }) => plan.planId)).toEqual([
      'run/cook/5',
      'run/guard-7/5',
    ])
    expect(parser.end().map(event => event.type)).toEqual(['end'])
  })

  test('a reply is over though a rule was asked while it ended', () => {
    const parser = parserOf({ answer: 'compact', world: () => ({ enemies: [] }), nextAttempt: () => 1 })
    expect(parser.push('cook: Wait(1)\nguard-7: Wait Wait')).toHaveLength(2)
    expect(parser.end().map(event => event.type)).toEqual(['step-rejected', 'rejected', 'end'])
    expect(() => parser.push('x')).toThrow('push() after end()')
  })

  const deep = document(plan('cook', '{"act":"Wait","a":[[[[1]]]]}'), plan('guard-7', MOVE))
  const calls = 'cook: Wait([[[1]]])\nguard-7: Wait(1)\n'
  test.each<[string, string, Options, string[]]>([
    [
      'JSON',
      deep,
      { fields: true, limits: { depth: 7 } },
      ['field cook agent "cook"', 'field cook steps.0.act "Wait"', 'rejected cook limit'],
    ],
    ['calls', calls, { answer: 'compact', limits: { depth: 2 } }, ['rejected cook limit']],
    ['JSON in place of calls', deep, { answer: 'compact', limits: { depth: 7 } }, ['rejected cook limit']],
  ])(
    'in the rest of a piece in which a limit was hit, nobody is asked and nothing is told: %s',
    (_, reply, options, lines) => {
      const nextAttempt = vi.fn(() => 1)
      expect(linesOf(reply, { ...options, nextAttempt })).toEqual([...lines, 'end limit 0 1'])
      expect(nextAttempt.mock.calls).toEqual([['cook']])
    },
  )

  test('the steps of a plan that is refused anyway are counted as well', () =>
    expect(linesOf(plan('cook') + plan('cook', WAIT, WAIT) + plan('guard-7'), { limits: { steps: 1 } })).toEqual([
      'plan cook 0',
      'rejected cook limit',
      'end limit 1 1',
    ]))

  test('a value that names nobody makes no plan, and an id that was copied makes no note', () => {
    expect(linesOf('{"agent":null} {"agent":true,"x":1}')).toEqual(['end empty 0 0'])
    const [read] = eventsOf(['{"agent":"cook","steps":[],"plan_id":1,"planId":"p","say":"go"}'])
    expect(read).toMatchObject({ plan: { notes: { say: 'go' } } })
    expect(JSON.stringify(read)).not.toContain('"p"')
  })

  test('after a limit the reply may be ended, and nothing else', () => {
    const parser = parserOf({ limits: { steps: 1 } })
    parser.push(document(plan('cook', WAIT, MOVE)))
    expect(parser.push(plan('guard-7', MOVE))).toEqual([])
    expect(parser.end()).toEqual([{ type: 'end', status: 'limit', plans: 0, rejected: 1 }])
    expect(() => parser.end()).toThrow('end() after end()')
    expect(() => parser.push('x')).toThrow('push() after end()')
  })
})

test('a refused plan is quoted as it was written, and so is one that was cut off', () => {
  const spaced = `{ "agent" : "cook" , "steps" : [ ${FLY} ,\n ${WAIT} ] , "say" : "x" }`
  const reply = document(plan('ghost', WAIT, MOVE), spaced, `{"agent":"guard-7","steps":[${WAIT},{"act`).slice(0, -2)
  for (const event of eventsOf([reply]))
    if (event.type === 'rejected') expect(event.raw).toBe(reply.slice(event.span.start, event.span.end))
  expect(linesOf(reply).at(-1)).toBe('end truncated 0 3')
})

test.each<[string, string, Options]>([
  ['JSON, in a step', document(plan('cook', WAIT, MOVE)), { limits: { elementChars: plan('cook', WAIT).length } }],
  ['JSON, after a step', document(plan('cook', WAIT, MOVE)), { limits: { steps: 1 } }],
  ['calls', 'cook: Wait(1) Say("a b") Wait(2)\n', { limits: { steps: 1 }, answer: 'compact' }],
  ['JSON in place of calls', document(plan('cook', WAIT, MOVE)), { limits: { steps: 1 }, answer: 'compact' }],
])('a plan that went over a limit is quoted up to there: %s', (_, reply, options) => {
  const rejected = eventsOf([reply], options).find(event => event.type === 'rejected')
  const { start, end } = rejected?.span ?? { start: 0, end: 0 }
  expect(rejected).toMatchObject({ code: 'limit', raw: reply.slice(start, end) })
  expect(rejected?.raw).toContain('Wait')
})

test('a number may be the name of an agent, and that is said', () => {
  const [event] = eventsOf([document('{"agent":7,"steps":[]}')], { agents: ['7'] })
  expect(event).toMatchObject({ plan: { agentId: '7' }, repairs: ['read the number 7 as the name of an agent'] })
})

test('it is satisfied with the last awaited plan', () => {
  const parser = parserOf({ agents: ['cook', 'guard-7'] })
  parser.push(`{"plans":[${plan('cook', WAIT)},`)
  expect(parser.satisfied).toBe(false)
  parser.push(plan('guard-7', MOVE))
  expect(parser.satisfied).toBe(true)
})

test('ids that are prefixes or numbers of each other are never confused', () => {
  const agents = ['0', '1', '10', 'guard', 'guard 7', '👾']
  const lines = linesOf(document(...agents.toReversed().map(agent => plan(agent))), { agents })
  expect(lines.slice(0, -1)).toEqual(agents.toReversed().map(agent => `plan ${agent} 0`))
  expect(AGENTS).not.toContain('0')
})

test.each(['__proto__', 'constructor', 'prototype', '\\u005f_proto__'])(
  'the key %s reaches neither steps nor notes',
  key => {
    const lure = `"${key}":{"act":"Wait","seconds":1,"polluted":true}`
    const events = eventsOf([
      document(plan('cook', `{${lure}}`), `{"agent":"guard-7","steps":[],${lure},"x":[{${lure},"y":1}]}`),
    ])
    expect(events.map(lineOf).slice(0, 3)).toEqual(['step-rejected cook 0', 'rejected cook invalid', 'plan guard-7 0'])
    const notes = events[2]?.type === 'plan' ? events[2].plan.notes : undefined
    expect(notes).toEqual({ x: [{ y: 1 }] })
    expect(JSON.stringify(events[2])).toContain('left out the key')
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  },
)

test('nor does one that lost its closing quote', () => {
  const steps = [`{"act":"Wait","__proto__:"v","seconds":1}`, `{"act":"Wait","prototype:"v","seconds":1}`]
  const events = eventsOf([document(plan('cook', ...steps))])
  expect(events.slice(0, 2)).toMatchObject([
    {
      type: 'step',
      step: { act: 'Wait', seconds: 1 },
      repairs: ['added a missing quote', 'left out the key __proto__'],
    },
    {
      type: 'step',
      step: { act: 'Wait', seconds: 1 },
      repairs: ['added a missing quote', 'left out the key prototype'],
    },
  ])
})

describe('fields: the scalars of a plan that is still open', () => {
  const fields: Options = { fields: true }
  const fieldLines = (reply: string, options: Options = {}) =>
    linesOf(reply, { ...fields, ...options }).filter(line => !line.startsWith('end'))

  test('each comes with its last character, a number with the one after it, and the agent once it is known', () => {
    const reply = document(`{"agent":"cook","goal":"soup","steps":[${MOVE}],"hot":true,"hp":12.5}`)
    const past = (text: string) => reply.indexOf(text) + text.length
    expect(arrivals(reply, fields)).toEqual([
      ['field cook agent "cook"', past('"cook",')],
      ['field cook goal "soup"', past('"soup"')],
      ['field cook steps.0.act "MoveTo"', past('"MoveTo"')],
      ['field cook steps.0.x 1', past('"x":1,')],
      ['field cook steps.0.y -2', past('-2}')],
      ['step cook 0 MoveTo', past('-2}')],
      ['field cook hot true', past('true')],
      ['field cook hp 12.5', past('12.5}')],
      ['plan cook 1', past('12.5}')],
    ])
  })

  test('none come unless they are asked for', () =>
    expect(linesOf(document(plan('cook', WAIT)))).toEqual(['step cook 0 Wait', 'plan cook 1', 'end complete 1 0']))

  const ONE = ['field cook steps.0.act "Wait"', 'field cook steps.0.seconds 1', 'step cook 0 Wait']
  test.each([
    [
      'without an agent as long as none was named',
      `{"steps":[${WAIT}],"goal":"soup","agent":"cook","hp":1}`,
      [
        ...ONE.slice(0, 2).map(line => line.replace('cook', '-')),
        'field - goal "soup"',
        'field - agent "cook"',
        'step cook 0 Wait',
        'field cook hp 1',
        'plan cook 1',
      ],
    ],
    ['not of prose, wrappers and thought', `{x} [3] <think>${plan('cook', MOVE)}</think> {"id":7,"a":{"b":1}}`, []],
    ['not of whom nothing is awaited', document(plan('ghost', WAIT)), ['rejected ghost unknown-agent']],
    [
      'not of an agent that has its plan',
      document(plan('cook', WAIT), plan('cook', MOVE)),
      ['field cook agent "cook"', ...ONE, 'plan cook 1', 'rejected cook duplicate-agent'],
    ],
    [
      'of a document inside a string',
      `{"arguments":${JSON.stringify(plan('cook', WAIT))}}`,
      ['field cook agent "cook"', ...ONE, 'plan cook 1'],
    ],
    [
      'around noise',
      `{"agent":"cook",<think>"x":1}</think>"steps":[/* 7 */${WAIT}<|im_end|>]}`,
      ['field cook agent "cook"', ...ONE, 'plan cook 1'],
    ],
    [
      'past brackets that were lost',
      `{"plans":[{"agent":"cook","steps":[{"act":"Wait","seconds":1],"hp":2,${plan('guard-7')}]}`,
      [
        'field cook agent "cook"',
        ...ONE,
        'field cook hp 2',
        'plan cook 1',
        'field guard-7 agent "guard-7"',
        'plan guard-7 0',
      ],
    ],
    [
      'past a bracket that never came',
      `{"agent":"cook","steps":${WAIT}}`,
      ['field cook agent "cook"', ...ONE, 'plan cook 1'],
    ],
    [
      'past the end of steps that have no brackets',
      `{"agent":"cook","steps":${WAIT},"hp":2}`,
      ['field cook agent "cook"', ...ONE, 'field cook hp 2', 'plan cook 1'],
    ],
    [
      'up to where it is no JSON, and again in the next plan',
      document(`{"agent":"cook","hp":1,'mood':"x","steps":[${WAIT}]}`, plan('guard-7')),
      [
        'field cook agent "cook"',
        'field cook hp 1',
        'step cook 0 Wait',
        'plan cook 1',
        'field guard-7 agent "guard-7"',
        'plan guard-7 0',
      ],
    ],
    [
      'also where a step is refused',
      document(plan('cook', FLY)),
      ['field cook agent "cook"', 'field cook steps.0.act "Fly"', 'step-rejected cook 0', 'rejected cook invalid'],
    ],
    [
      'not under keys that reach behind a plan',
      document(`{"agent":"cook","__proto__":{"x":1},"a":{"constructor":[1]},"steps":[]}`),
      ['field cook agent "cook"', 'plan cook 0'],
    ],
  ])('%s', (_, reply, expected) => {
    expect(fieldLines(reply)).toEqual(expected)
    expect(eventsOf(reply.split(''), fields)).toEqual(eventsOf([reply], fields))
  })

  test('of a plan that the reply cut off, what was complete came already, and half a number never does', () => {
    const cut = '{"plans":[{"agent":"cook","goal":"soup","steps":[{"act":"MoveTo","x":12,"y":3'
    const parser = parserOf(fields)
    expect(parser.push(cut).map(lineOf)).toEqual([
      'field cook agent "cook"',
      'field cook goal "soup"',
      'field cook steps.0.act "MoveTo"',
      'field cook steps.0.x 12',
    ])
    const [rejected, end] = parser.end()
    expect(rejected).toMatchObject({ type: 'rejected', agentId: 'cook', code: 'truncated', raw: cut.slice(10) })
    expect(end).toMatchObject({ type: 'end', status: 'truncated' })
  })

  test('a text comes before the field that it is', () =>
    expect(fieldLines(`{"agent":"cook","hp":1,"say":"hi","steps":[]}`, { textFields: ['say'] })).toEqual([
      'field cook agent "cook"',
      'field cook hp 1',
      'text cook say hi',
      'field cook say "hi"',
      'plan cook 0',
    ]))

  test('a limit ends them', () => {
    const reply = document(plan('cook', WAIT, MOVE), plan('guard-7', WAIT))
    const limits = { elementChars: `${plan('cook', WAIT)}${MOVE}`.indexOf('"y"') }
    expect(fieldLines(reply, { limits })).toEqual([
      'field cook agent "cook"',
      ...ONE,
      'field cook steps.1.act "MoveTo"',
      'field cook steps.1.x 1',
      'rejected cook limit',
    ])
  })

  test('in any plan, they are its scalars, and change no other event', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
    const notes = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 })
    fc.assert(
      fc.property(notes, notes, sizes, (before, after, sizes) => {
        const written = { ...before, agent: 'cook', ...after, steps: [JSON.parse(MOVE), JSON.parse(WAIT)] }
        fc.pre(!Object.keys(written).some(key => /^(?:act|id|agent_id|agentId|plans|arguments|parameters)$/.test(key)))
        const element = JSON.stringify(written)
        const reply = document(element)
        const pieces: string[] = []
        for (let at = 0, i = 0; at < reply.length; i++) {
          const size = sizes[i % sizes.length] ?? 1
          pieces.push(reply.slice(at, at + size))
          at += size
        }
        const events = eventsOf(pieces, fields)
        const found = events.flatMap(event => (event.type === 'field' ? [[event.path, event.value]] : []))
        expect(found).toEqual(scalarsOf(JSON.parse(element)).map(({ path, value }) => [path, value]))
        expect(events.filter(event => event.type !== 'field')).toEqual(eventsOf([reply]))
      }),
    )
  })
})

test('a plan that is known to be one only past its limit ends at the same place however it is cut', () => {
  const reply = '{"agent":"смотритель""e'
  const options = { limits: { elementChars: 21 } }
  const events = eventsOf([reply], options)
  expect(events[0]).toMatchObject({ type: 'rejected', code: 'limit' })
  expect(eventsOf(reply.split(''), options)).toEqual(events)
})
