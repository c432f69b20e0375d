import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import { PlanParser } from '../../src/parser/plan-parser.ts'
import { AGENTS, eventsOf, lineOf, type Options, parserOf } from './skirmish.ts'

const COMPACT = { answer: 'compact' } as const
const read = (reply: string, options: Options = {}) => eventsOf([reply], { ...COMPACT, ...options })
const lines = (reply: string, options: Options = {}) => read(reply, options).map(lineOf)

const REPLY =
  'guard-7: MoveTo(3,4,run) Wait(2)\ncook: Say("off, and away :)") Patrol([[1,2],[3,4]])\nсмотритель: Wait(1.5)\n'

test('steps are those of the JSON answer', () => {
  const json = JSON.stringify({
    plans: [
      {
        agent: 'guard-7',
        steps: [
          { act: 'MoveTo', x: 3, y: 4, speed: 'run' },
          { act: 'Wait', seconds: 2 },
        ],
      },
      {
        agent: 'cook',
        steps: [
          { act: 'Say', text: 'off, and away :)' },
          {
            act: 'Patrol',
            waypoints: [
              { x: 1, y: 2 },
              { x: 3, y: 4 },
            ],
          },
        ],
      },
      { agent: 'смотритель', steps: [{ act: 'Wait', seconds: 1.5 }] },
    ],
  })
  const withoutSpans = (reply: string) => read(reply).map(({ ...event }) => ({ ...event, span: undefined }))
  expect(withoutSpans(REPLY)).toEqual(withoutSpans(json))
})

test('a step is told at its own parenthesis, a plan at the end of its line, and spans are raw', () => {
  const parser = parserOf(COMPACT)
  const seen: string[] = []
  for (let i = 0; i < REPLY.length; i++) {
    for (const event of parser.push(REPLY.charAt(i))) {
      seen.push(event.type)
      if (event.type !== 'step' && event.type !== 'plan') continue
      expect(event.span.end).toBe(event.type === 'step' ? i + 1 : i)
      expect(REPLY.slice(event.span.start)).toMatch(
        event.type === 'step' ? /^[A-Z]\w+\(/ : /^(guard-7|cook|смотритель):/,
      )
    }
  }
  expect(seen).toEqual(['step', 'step', 'plan', 'step', 'step', 'plan', 'step', 'plan'])
  expect(parser.satisfied).toBe(true)
})

const noise = fc.constantFrom(
  '',
  'Here are the plans: (in order)\n',
  '<think>\nguard-7: Wait(9)\n</think>\n',
  '```\n',
  'a < b <- c\n',
  '<|im_start|>',
  '\n\n',
  'Note that cook: is (maybe) hungry\n',
  '- ',
  '**',
)
const line = fc.constantFrom(
  'guard-7: MoveTo(3,4,run) Wait(2)\n',
  'guard-7: MoveTo(3,4,"run"), Wait(seconds=2)\r\n',
  'cook: Say("a \\" ) b\\n") Wait(1)\n',
  'cook: Wait(1\n',
  'cook: Say("lost\n',
  'cook: Wait(-1) Wait(2)\n',
  'смотритель: Patrol([[1,2],{"x":3,"y":4}])\n',
  'смотритель: Wait(1) and then Wait(2)\n',
  'ghost: Wait(1)\n',
  'cook: Dance(1)\n',
  'cook:\n  Wait(1)\n- Wait(2),\n',
  'guard-7: Wait(1),\n\n MoveTo(3,4)\n',
  'cook: Wait (1) ',
  'смотритель: Wait\nnobody: Wait(2)\n',
  '[cook: Wait(1)\n',
  '{"plans":[{"agent":"cook","steps":[{"act":"Wait","seconds":3}]}]}\n',
)
const reply = fc.array(fc.tuple(noise, line), { maxLength: 5 }).map(parts => parts.flat().join(''))

describe('however it is cut', () => {
  test.each([
    ['as it is', {}],
    ['strictly', { strict: true }],
    ['with tight limits', { limits: { steps: 1, elementChars: 30, depth: 2, whitespaceRun: 3 } }],
  ])('the events are the same, %s', (_, options: Options) =>
    fc.assert(
      fc.property(reply, fc.nat(), (reply, cut) => {
        const whole = read(reply, options)
        const at = cut % (reply.length + 1)
        expect(eventsOf([reply.slice(0, at), reply.slice(at)], { ...COMPACT, ...options })).toEqual(whole)
        expect(eventsOf(Array.from(reply), { ...COMPACT, ...options })).toEqual(whole)
      }),
      { numRuns: 300 },
    ),
  )

  test('a reply that ends anywhere keeps the steps before', () => {
    const steps = read(REPLY).filter(event => event.type === 'step')
    for (let at = 0; at <= REPLY.length; at++) {
      const kept = read(REPLY.slice(0, at)).filter(event => event.type === 'step')
      expect(kept).toEqual(steps.slice(0, kept.length))
      expect(read(REPLY.slice(0, at)).at(-1)?.type).toBe('end')
    }
  })
})

test('never throws, whatever it reads', () =>
  fc.assert(
    fc.property(fc.array(fc.oneof(line, noise, fc.string({ unit: 'binary' }))), parts => {
      expect(eventsOf(parts, COMPACT).at(-1)?.type).toBe('end')
    }),
  ))

test.each<readonly [string, string, readonly string[]]>([
  ['prose, thoughts and fences pass', 'Sure: here\n<think>cook: Wait(9)\n</think>```\ncook: Wait(1)\n```', ['cook']],
  ['a plan without a last line break', 'cook: Wait(1)', ['cook']],
  ['bullets and emphasis', '- **cook**: Wait(1)\n1. "guard-7": Wait(2)\n', ['cook', 'guard-7']],
  ['JSON all the same', '{"agent":"cook","steps":[{"act":"Wait","seconds":1}]}', ['cook']],
  ['a lost parenthesis costs its own line alone', 'cook: Wait(1\nguard-7: Wait(2)\n', ['guard-7']],
  ['so does a lost quote', 'cook: Say("hm\nguard-7: Wait(2)\n', ['guard-7']],
  ['a lost bracket is mended', 'cook: Patrol([[1,2],[3,4]) Wait(1)\nguard-7: Wait(2)\n', ['cook', 'guard-7']],
  ['what was refused may be repeated', 'cook: Wait(-1)\ncook: Wait(1)\n', ['cook']],
  ['a known agent in prose', 'cook: I would go (as asked)\ncook: Wait(1)', ['cook']],
])('%s', (_, reply, planned) => {
  const plans = read(reply).flatMap(event => (event.type === 'plan' ? [event.plan.agentId] : []))
  expect(plans).toEqual(planned)
})

test.each<readonly [string, string, string]>([
  ['cook: Wait(1) Dance(2)', 'step-rejected', 'act:'],
  ['cook: Wait(1)\n  Wait(2)\n', 'rejected', 'steps without an agent'],
  ['cook: Wait(1,2)', 'step-rejected', 'Wait takes 1 arguments at most'],
  ['cook: Wait(1', 'rejected', 'the reply ended inside the plan'],
  ['ghost: Wait(1)', 'rejected', 'no plan is awaited of "ghost"'],
  ['cook: Wait(1)\ncook: Wait(2)', 'rejected', 'cook has a plan already'],
])('%s: %s, %s', (reply, type, message) => {
  const event = read(reply).find(event => event.type === type)
  expect(JSON.stringify(event)).toContain(JSON.stringify(message).slice(1, -1))
})

test.each<readonly [string, Options['limits'], string]>([
  ['cook: Wait(1) Wait(1)', { steps: 1 }, 'limits.steps'],
  [`cook: Say("${'x'.repeat(99)}")`, { elementChars: 50 }, 'limits.elementChars'],
  ['cook: Patrol([[[[[1]]]]])', { depth: 3 }, 'limits.depth'],
  [`cook:${' '.repeat(99)}Wait(1)`, { whitespaceRun: 20 }, 'limits.whitespaceRun'],
  ['x'.repeat(99), { replyChars: 50 }, 'limits.replyChars'],
])('%s is over %o', (reply, limits, message) => {
  const events = read(reply, { limits: limits ?? {} })
  expect(JSON.stringify(events)).toContain(message)
  expect(events.at(-1)).toMatchObject({ type: 'end', status: 'limit' })
})

test('repairs are said, and strict makes none', () => {
  const reply = 'cook: Wait(seconds=1) then Wait(2)\n'
  const plan = read(reply).find(event => event.type === 'plan')
  expect(plan?.repairs).toEqual(['step 0: read seconds by its name', 'left out text between the steps'])
  expect(lines(reply, { strict: true }).some(line => line.startsWith('plan'))).toBe(false)
  expect(lines('{"plans":[]}', { strict: true })).toEqual(lines('', { strict: true }))
})

test.each([
  ['as it is', 'guard-7: Say(hm) Wait(2)\n'],
  ['with a blank before its first call', 'guard-7: Wait (2) Wait(3)\n'],
  ['over several lines', 'guard-7:\n  Wait(1)\n- Wait(2),\nThat is all (for now).\n'],
  ['that goes on', '- guard-7: Wait(1),\n\n  Wait(2)\n'],
  ['of actions alone', 'guard-7: Wait Wait\n'],
  ['that was cut', 'guard-7: Wait(1) Wait(2'],
  ['that was cut below its first line', 'guard-7: Wait(1),\n  Wa'],
])('a refused plan is quoted as it was written: %s', (_, second) => {
  const reply = `guard-7: Wait(1)\n${second}`
  const rejected = read(reply).find(event => event.type === 'rejected')
  expect(rejected?.raw).toBe(reply.slice(rejected?.span.start, rejected?.span.end))
  expect(rejected?.raw).toContain('guard-7:')
})

test.each(['__proto__', 'constructor', 'prototype'])('the key %s reaches no argument', key => {
  const [step] = read(`cook: Patrol([{"x":1,"y":2,"${key}":{"x":3}}])\n`)
  expect(step).toMatchObject({ step: { waypoints: [{ x: 1, y: 2 }] }, repairs: [`left out the key ${key}`] })
})

test('without the option, calls are prose', () => expect(eventsOf([REPLY]).map(({ type }) => type)).toEqual(['end']))

test('aliases name agents here too', () => {
  const reply = AGENTS.map((_, i) => `a${i}: Wait(1)\n`).join('')
  const aliases = new Map(AGENTS.map((agent, i) => [`a${i}`, agent]))
  const plans = read(reply, { aliases }).flatMap(event => (event.type === 'plan' ? [event.plan.agentId] : []))
  expect(plans).toEqual([...AGENTS])
})

describe('a reply cut inside the name of a call', () => {
  const actions = defineActions({
    Fire: { args: { target: z.string().optional() } },
    FireAll: { args: {} },
    Wait: { args: {} },
  })
  const events = (reply: string, agents = ['cook']) => {
    const parser = new PlanParser({ actions, agents, answer: 'compact' })
    return [...parser.push(reply), ...parser.end()]
  }

  test.each(['cook: Fire', 'cook: FireA', 'cook: Wait() Fire', 'cook: Wait() W', 'cook: Wait Fi'])(
    '%s: no half-made step, and the plan is asked again',
    reply => {
      const read = events(reply)
      expect(read.flatMap(event => (event.type === 'step' ? [event.step.act] : []))).toEqual(
        reply.includes('Wait') ? ['Wait'] : [],
      )
      expect(read.at(-1)).toMatchObject({ type: 'end', status: 'truncated' })
      expect(read.some(({ type }) => type === 'plan')).toBe(false)
    },
  )

  test.each(['cook: Wait', 'cook: Wait() FireAll', 'cook: Fire\n'])('%j is whole', reply =>
    expect(events(reply).at(-1)).toMatchObject({ type: 'end', status: 'complete' }),
  )

  test.each([
    ['"q"', '"q"'],
    ['1. x', '1. x'],
    ['*z*', '*z*'],
    ['cook', 'Agent "cook"'],
    ['cook', '- **Agent "cook"**'],
    ['Agent Smith', 'Agent Smith'],
  ])('the agent %s is found as %s', (agent, written) =>
    expect(events(`${written}: Wait()\n`, [agent]).some(({ type }) => type === 'plan')).toBe(true),
  )
})

describe('plans of several lines', () => {
  const planned = (reply: string, options: Options = {}) =>
    read(reply, options).flatMap(event =>
      event.type === 'plan' ? [`${event.plan.agentId} ${event.plan.steps.map(({ act }) => act).join(' ')}`] : [],
    )

  test.each<readonly [string, string, readonly string[]]>([
    [
      'a name alone, calls below it',
      'cook:\n  Wait(1)\n  Say(hm)\nguard-7: Wait(2)\n',
      ['cook Wait Say', 'guard-7 Wait'],
    ],
    [
      'names in a list, calls in a list',
      '**cook:**\n1. Wait(1)\n2. Wait(2)\n\n- guard-7:\n  * Wait(2)',
      ['cook Wait Wait', 'guard-7 Wait'],
    ],
    [
      'a comma that goes on',
      'cook: Wait(1),\n  Say(hm)\n  Wait(2)\nguard-7: Wait(2)',
      ['cook Wait Say Wait', 'guard-7 Wait'],
    ],
    ['a comma that does not', 'cook: Wait(1),\nguard-7: Wait(2)\n', ['cook Wait', 'guard-7 Wait']],
    ['another agent’s steps are not taken', 'cook:\nghost:\n  Wait(9)\nguard-7: Wait(2)', ['guard-7 Wait']],
    ['nor those below an agent that nobody knows', 'cook: Wait(1),\nghost: Wait(9)\n', ['cook Wait']],
    ['a list of names is no plan', 'cook:\nguard-7:\n\ncook: Wait(1)\n', ['cook Wait']],
    ['prose ends it', 'cook:\n  Wait(1)\nThen he waits (as asked).\nWait(2)\n', ['cook Wait']],
    [
      'JSON ends it',
      'cook:\n Wait(1)\n{"agent":"guard-7","steps":[{"act":"Wait","seconds":2}]}',
      ['cook Wait', 'guard-7 Wait'],
    ],
    ['a thought in the middle', 'cook:\n<think>Wait(9)\n</think>  Wait(1)\n', ['cook Wait']],
  ])('%s', (_, reply, expected) => expect(planned(reply)).toEqual(expected))

  test('are a repair, and strictly none', () => {
    const reply = 'cook:\n  Wait(1)\n'
    expect(read(reply).find(event => event.type === 'plan')?.repairs).toEqual(['read a plan of several lines'])
    expect(planned(reply, { strict: true })).toEqual([])
    expect(planned('cook: Wait(1),\n', { strict: true })).toEqual(['cook Wait'])
  })

  test('span from the name to the end of their last line', () => {
    const reply = 'cook:\n  Wait(1)\n\nguard-7: Wait(2)\n'
    const spans = read(reply).flatMap(event =>
      event.type === 'plan' ? [reply.slice(event.span.start, event.span.end)] : [],
    )
    expect(spans).toEqual(['cook:\n  Wait(1)', 'guard-7: Wait(2)'])
  })

  test('a plan of one line is told at its end, not later', () => {
    const parser = parserOf(COMPACT)
    expect(parser.push('cook: Wait(1)\n').map(({ type }) => type)).toEqual(['step', 'plan'])
  })
})

test.each<readonly [string, readonly string[]]>([
  ['cook: Fire ', []],
  ['cook: Fire \n', []],
  ['cook: Fire (orc)', ['left out a blank before (']],
  ['cook: Wait Fire (orc) \n', ['left out a blank before (']],
  ['cook:Fire (orc)', ['left out a blank before (']],
])('blanks after a name are nothing: %j', (reply, repairs) => {
  const actions = defineActions({ Fire: { args: { target: z.string().optional() } }, Wait: { args: {} } })
  const parser = new PlanParser({ actions, agents: ['cook'], answer: 'compact' })
  const plan = [...parser.push(reply), ...parser.end()].find(event => event.type === 'plan')
  expect(plan).toMatchObject({ plan: { agentId: 'cook' } })
  expect(plan?.repairs).toEqual(expect.arrayContaining([...repairs]))
})

describe('ids that begin like JSON or like a tag', () => {
  const agents = ['[7]', '{boss}', '<|cook|>', '[', '<b> x']
  const actions = defineActions({ Wait: { args: { seconds: z.number() } } })
  const events = (pieces: readonly string[], strict = false) => {
    const parser = new PlanParser({ actions, agents, answer: 'compact', strict })
    return [...pieces.flatMap(piece => [...parser.push(piece)]), ...parser.end()]
  }
  const planned = (pieces: readonly string[], strict = false) =>
    events(pieces, strict).flatMap(event => (event.type === 'plan' ? [event.plan.agentId] : []))

  test('are answered', () => {
    const reply = agents.map(agent => `${agent}: Wait(1)\n`).join('')
    expect(planned([reply])).toEqual(agents)
    expect(planned(Array.from(reply))).toEqual(agents)
    expect(planned([reply], true)).toEqual(agents)
  })

  test.each([
    '[{"agent":"[7]","steps":[{"act":"Wait","seconds":1}]}]',
    '{"agent":"[7]","steps":[{"act":"Wait","seconds":1}]}',
    '\n  {"plans":[{"agent":"[7]","steps":[{"act":"Wait","seconds":1}]}]}',
    '<|im_start|>[7]: Wait(1)',
    '<|co|>[7]: Wait(1)',
    '<think>\n[: Wait(1)\n</think>[7]: Wait(1)',
    '<b>\n[7]: Wait(1)',
  ])('and do not hide what else begins so: %j', reply => {
    expect(planned([reply])).toEqual(['[7]'])
    expect(events(Array.from(reply))).toEqual(events([reply]))
  })
})
