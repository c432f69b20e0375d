import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import type { PlanEvent } from '../../src/parser/plan-event.ts'
import { PlanParser } from '../../src/parser/plan-parser.ts'

/** An action that takes anything, so that what comes out is what was read. */
const actions = defineActions({ Keep: { args: { value: z.unknown() } } })
type Events = readonly PlanEvent<Parameters<typeof actions.check>[0]>[]

const BEFORE = '{"agent":"before","steps":[{"act":"Keep","value":1}]}'
const AFTER = '{"agent":"after","steps":[{"act":"Keep","value":"2"}]}'
const inNotes = (json: string) => `{"plans":[${BEFORE},{"agent":"x","steps":[],"note":${json}},${AFTER}]}`
const inStep = (json: string) => `{"plans":[${BEFORE},{"agent":"x","steps":[{"act":"Keep","value":${json}}]},${AFTER}]}`

function read(pieces: readonly string[], strict = false): Events {
  const parser = new PlanParser({ actions, agents: ['before', 'x', 'after'], strict })
  return [...pieces.flatMap(piece => [...parser.push(piece)]), ...parser.end()]
}

function planOf(events: Events, agent: string) {
  return events.flatMap(event => (event.type === 'plan' && event.plan.agentId === agent ? [event] : []))[0]
}

/** The value and the repairs, read from a note and from a step. */
function readingsOf(json: string, strict = false) {
  const note = planOf(read([inNotes(json)], strict), 'x')
  const step = planOf(read([inStep(json)], strict), 'x')
  return {
    note: note && { value: note.plan.notes.note, repairs: note.repairs },
    step: step?.plan.steps[0] && { value: step.plan.steps[0].value, repairs: step.repairs },
  }
}

/** The note and the step come out alike, but for which step a repair was in. */
const bare = (repairs: readonly string[]) => repairs.map(repair => repair.replace('step 0: ', ''))

const NUMBERS =
  '0 -0 1 -1 10 1.0 1.50 0.1 -0.0 0e0 0E+0 0e-5 1e2 1E2 1e+2 1E-2 1.5e300 -1.5E-300 5e-324 1e-400 2.2250738585072014e-308 1.7976931348623157e308 1e400 -1e400 9007199254740991 9007199254740993 -9007199254740993 12345678901234567890123456789 0.1000000000000000055511151231257827 123456789012345678e-17 100000000000000000000000 1e-7'.split(
    ' ',
  )
const STRINGS = [
  '""',
  '" "',
  '"a"',
  '"\\""',
  '"\\\\"',
  '"\\\\\\""',
  '"\\/"',
  '"/"',
  '"\\b\\f\\n\\r\\t"',
  '"\\u0041"',
  '"\\u00e9\\u00E9"',
  '"\\u0000"',
  '"\\u001f"',
  '"\\u007f"',
  '"\u007f"',
  '"\\u2028\\u2029"',
  '"\u2028\u2029"',
  '"\\ufeff"',
  '"\ufeff"',
  '"\\uFFFF\\uFFFE"',
  '"\\ud83d\\ude00"',
  '"😀"',
  '"\\ud83d"',
  '"\\ude00"',
  '"\\ude00\\ud83d"',
  '"\\ud83d\\ud83d\\ude00"',
  '"\\ud83dx"',
  '"\ud83d"',
  '"\ude00\ud83d"',
  '"\\\\u0041"',
  '"👩‍🚀 é 世界 \u200b"',
  '"\\u005C\\u0022"',
  '"it\'s"',
  '"“smart”"',
  '"`"',
  '"```json"',
  '"</think><think>"',
  '"<tool_call>"',
  '"<|im_end|>"',
  '"//"',
  '"/* */"',
  '"{"',
  '"}]}"',
  '"],"',
  '",:"',
  '"NaN"',
  '"None"',
  '"true"',
  '"0x1"',
  '"\\"},{\\"agent\\":\\"after\\""',
]
const STRUCTURES = [
  'null',
  'true',
  'false',
  '[]',
  '{}',
  '[[]]',
  '[{}]',
  '{"":{}}',
  '{"":""}',
  '{"a":{}}',
  '[1,"2",null,true,[],{}]',
  '[null,false]',
  '{"a":1,"a":2}',
  '{"a":1,"a":{"a":[3]}}',
  '{"a":1,"\\u0061":2}',
  '{"\\u0000":0}',
  '{"\\ud800":"\\udfff"}',
  '{"a\\"b":1}',
  '{" ":1}',
  '{"2":0,"1":0,"a":0,"-1":0}',
  '{"toString":1,"hasOwnProperty":2,"valueOf":3,"length":4}',
  '{"proto":1,"__proto":2,"_proto__":3,"Constructor":4}',
  '{"act":"Keep","value":1}',
  '{"agent":"after","steps":[]}',
  '{"id":"before"}',
  '{"plans":[{"agent":"after","steps":[]}]}',
  '{"arguments":"{\\"agent\\":\\"after\\",\\"steps\\":[]}"}',
  '[{"steps":[{"act":"Keep"}]}]',
]
const SPACES = [' ', '\t', '\n', '\r', '\r\n', ' \t\r\n ', '\n'.repeat(50)]

describe('valid JSON comes out as JSON.parse reads it, in notes and in steps', () => {
  const spaced = SPACES.flatMap(space =>
    [`[1,2]`, '{"a":[true]}', '7'].map(json => json.replace(/[^a-z"]/g, `${space}$&${space}`)),
  )
  test.each([...NUMBERS, ...STRINGS, ...STRUCTURES, ...spaced].map(json => [json]))('%j', json => {
    const value: unknown = JSON.parse(json)
    for (const strict of [false, true]) {
      const expected = { value, repairs: [] }
      const { note, step } = readingsOf(json, strict)
      expect(note).toStrictEqual(expected)
      expect(step).toStrictEqual(expected)
      expect(JSON.stringify([note?.value, step?.value])).toBe(JSON.stringify([value, value]))
    }
  })

  test('lone surrogates do not leak into what follows', () => {
    const events = read(inNotes('["\\ud83d","\\ude00",{"\\ud83d":"\\ude00"}]').split(''))
    expect(planOf(events, 'x')?.plan.notes).toStrictEqual({ note: ['\ud83d', '\ude00', { '\ud83d': '\ude00' }] })
  })

  test('nested as deep as the limit, and no deeper', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    const objects = (depth: number) => `${'{"a":'.repeat(depth)}0${'}'.repeat(depth)}`
    for (const json of [nested(29), objects(29)])
      expect(planOf(read([inNotes(json)]), 'x')?.plan.notes).toStrictEqual({ note: JSON.parse(json) })
    for (const json of [nested(27), objects(27)])
      expect(planOf(read([inStep(json)]), 'x')?.plan.steps).toStrictEqual([{ act: 'Keep', value: JSON.parse(json) }])
    for (const reply of [inNotes(nested(30)), inNotes(objects(30)), inStep(nested(28)), inStep(objects(28))])
      expect(read([reply]).at(-2)).toMatchObject({ type: 'rejected', agentId: 'x', code: 'limit' })
  })

  const json = fc.oneof(
    fc.json({ maxDepth: 6, noUnicodeString: false }),
    fc.jsonValue({ maxDepth: 6 }).map(value => JSON.stringify(value, null, 2)),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => `[${Object.is(number, -0) ? '-0' : number}]`),
  )
  test('any value, at any cuts', () => {
    fc.assert(
      fc.property(json, fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }), (text, sizes) => {
        fc.pre(!/__proto__|constructor|prototype/.test(text))
        const value: unknown = JSON.parse(text)
        for (const reply of [inNotes(text), inStep(text)]) {
          const event = planOf(read(cutInto(reply, sizes)), 'x')
          expect(event?.repairs).toEqual([])
          const [step] = event?.plan.steps ?? []
          expect(step ? step.value : event?.plan.notes.note).toStrictEqual(value)
        }
      }),
      { numRuns: 2_000 },
    )
  }, 60_000)
})

describe('keys that reach behind an object are left out, and that is said', () => {
  test.each([
    ['{"__proto__":{"polluted":1},"a":1}', { a: 1 }, ['left out the key __proto__']],
    ['{"\\u005f_proto__":1}', {}, ['left out the key __proto__']],
    ['{"a":[{"constructor":{"prototype":{"polluted":1}}}]}', { a: [{}] }, ['left out the key constructor']],
    [
      '{"prototype":1,"a":{"b":{"__proto__":[]}}}',
      { a: { b: {} } },
      ['left out the key prototype', 'left out the key __proto__'],
    ],
    ['{"__proto__":1,"__proto__":2}', {}, ['left out the key __proto__']],
    ['[{"__proto__":null}]', [{}], ['left out the key __proto__']],
    [
      '[{"__proto__":1,"a":{"constructor":1}},{"constructor":2,"__proto__":3}]',
      [{ a: {} }, {}],
      ['left out the key __proto__', 'left out the key constructor'],
    ],
  ])('%s', (json, value, repairs) => {
    const { note, step } = readingsOf(json)
    expect(note).toStrictEqual({ value, repairs })
    expect({ value: step?.value, repairs: bare(step?.repairs ?? []) }).toStrictEqual({ value, repairs })
    expect(readingsOf(json, true)).toEqual({ note: undefined, step: undefined })
    expect('polluted' in {}).toBe(false)
  })

  test('beside and inside any others, however they are written, at any cuts', () => {
    const key = fc.constantFrom(
      '"__proto__"',
      '"constructor"',
      '"prototype"',
      '"\\u005f_proto__"',
      '"prototyp\\u0065"',
      '"a"',
      '"long enough"',
    )
    const space = fc.constantFrom('', '', ' ', '\n')
    const { json } = fc.letrec<{ json: string; object: string; list: string }>(tie => ({
      json: fc.oneof({ depthSize: 'small' }, fc.constantFrom('1', '"x"', '":"', 'null'), tie('object'), tie('list')),
      object: fc
        .array(fc.tuple(key, space, tie('json')), { maxLength: 3 })
        .map(members => `{${members.map(([name, gap, value]) => `${name}${gap}:${gap}${value}`).join()}}`),
      list: fc.array(tie('json'), { maxLength: 3 }).map(items => `[${items.join()}]`),
    }))
    fc.assert(
      fc.property(json, fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }), (text, sizes) => {
        const step = planOf(read(cutInto(inStep(text), sizes)), 'x')?.plan.steps[0]
        expect(step).toStrictEqual({ act: 'Keep', value: withoutForbidden(JSON.parse(text)) })
      }),
      { numRuns: 3_000 },
    )
  }, 60_000)
})

function withoutForbidden(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withoutForbidden)
  const kept = Object.entries(value).filter(([key]) => !['__proto__', 'constructor', 'prototype'].includes(key))
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutForbidden(inner)]))
}

/** The pieces have these sizes, in turns. */
function cutInto(reply: string, sizes: readonly number[]): string[] {
  const pieces: string[] = []
  for (let at = 0, n = 0; at < reply.length; n++) {
    const size = sizes[n % sizes.length] ?? 1
    pieces.push(reply.slice(at, at + size))
    at += size
  }
  return pieces
}

const BAD_NUMBERS =
  '01 -01 00 -00 1. -1. .5 -.5 +1 +0.5 +Infinity 0x1 0xFF 0X1 0b101 0o17 1e 1E 1e+ 1e- 1.e1 1.5e .e1 -e1 1_000 1,000.5. 1.2.3 1..2 1e1.5 --1 -+1 ++1 - + . e1 1ee2 1e2e3 0.1.2 NaN -NaN nan Infinity -Infinity infinity inf 1f 1n 10L 1a 0e 0.e1 0.3. ١ ½ ∞'.split(
    ' ',
  )
const BAD_WORDS =
  'True False None TRUE FALSE NULL Null nul nulll tru truee fals undefined void foo foo() new$ #1 @x $ % ^ & * ~ ! ? ; | \\ \\u0041 a.b a-b 1px 2024-01-01 12:30'.split(
    ' ',
  )
const BAD_STRINGS = [
  "'a'",
  "'it''s'",
  '“a”',
  '‘a’',
  '`a`',
  '"a\tb"',
  '"a\nb"',
  '"a\rb"',
  '"\u0000"',
  '"\u001f"',
  '"\\x41"',
  '"\\a"',
  '"\\\'"',
  '"\\0"',
  '"\\u"',
  '"\\u1"',
  '"\\u12"',
  '"\\u123"',
  '"\\u12g4"',
  '"\\U0041"',
  '"\\u{41}"',
  '"\\ud83d\\u"',
  '"\\ud83d\\ude0"',
  '"\\ "',
  '"\\\n"',
  '"a" "b"',
  '"a""b"',
  '"a"b',
  'a"b"',
  '"a" + "b"',
  '"he said "hi" to me"',
  '"""a"""',
  'b"a"',
  'u"a"',
  '"a",,"b"',
]
const BAD_STRUCTURES = [
  '',
  ' ',
  ',',
  ',1',
  ':1',
  '1,,',
  '1 2',
  'true false',
  '[1,]',
  '[,1]',
  '[,]',
  '[1,,2]',
  '[1 2]',
  '["a" "b"]',
  '["a":1]',
  '[1:2]',
  '[1;2]',
  '[true false]',
  '[...]',
  '[1,...]',
  '[1, ..., 9]',
  '[NaN]',
  '[1,Infinity]',
  '[undefined]',
  '[a]',
  '[01]',
  '[1.]',
  '[.5]',
  "['a']",
  '{"a":1,}',
  '{,"a":1}',
  '{,}',
  '{"a":1,,"b":2}',
  '{"a"}',
  '{"a":}',
  '{"a",1}',
  '{"a" 1}',
  '{"a":1 "b":2}',
  '{:1}',
  '{a:1}',
  '{1:1}',
  '{null:1}',
  '{true:false}',
  '{[1]:1}',
  '{{"a":1}}',
  "{'a':1}",
  '{“a”:1}',
  '{"a"=1}',
  '{"a"=>1}',
  '{"a"::1}',
  '{"a":"b":"c"}',
  '{"a":1;"b":2}',
  '{"a":.5}',
  '{"a":0x1}',
  '{...}',
  '{"a":1,...}',
  '1//x\n',
  '1/*x*/',
  '/*x*/1',
  '[1,/*x*/2]',
  '{"a":1//x\n}',
  '1 # x\n',
  '\ufeff1',
  '1\ufeff',
  '[\ufeff1]',
  '\u00a01',
  '[1,\u00a02]',
  '\u20281',
  '\u200b1',
  '[1,\u200b2]',
  '\f1',
  '\v1',
  '(1)',
  '(1,2)',
  '<x>1</x>',
  '1<x>',
  '<think>a</think>1',
  '```json\n1\n```',
  '1```',
  '[1,2}',
  '{"a":[1}',
  '[{"a":1]',
  '[[1]',
  '[1',
  '{"a":1',
  '{"a":[',
]

const INVALID = [...BAD_NUMBERS, ...BAD_WORDS, ...BAD_STRINGS, ...BAD_STRUCTURES]

test('every invalid value is refused by JSON.parse, and listed once', () => {
  expect(new Set(INVALID).size).toBe(INVALID.length)
  for (const json of INVALID) expect(() => JSON.parse(json), json).toThrow()
})

describe.each([
  ['notes', inNotes],
  ['steps', inStep],
] as const)('invalid JSON in %s is refused or listed as repaired, and stays where it is', (_, around) => {
  test.each(INVALID.map(json => [json]))('%j', json => {
    const events = read([around(json)])
    const plan = planOf(events, 'x')
    if (plan) {
      const refused = events.some(event => event.type === 'step-rejected' && event.agentId === 'x')
      expect(plan.repairs.length > 0 || refused, 'repaired or refused').toBe(true)
    }
    expect(planOf(events, 'before')?.plan.steps).toEqual([{ act: 'Keep', value: 1 }])
    expect(planOf(events, 'after')).toMatchObject({ plan: { steps: [{ act: 'Keep', value: '2' }] }, repairs: [] })
    expect(read(around(json).split(''))).toEqual(events)
  })

  test.each(INVALID.map(json => [json]))('strict refuses %j', json => {
    const events = read([around(json)], true)
    const steps = events.filter(event => event.type === 'step' && event.agentId === 'x')
    expect([planOf(events, 'x'), ...steps]).toEqual([undefined])
  })
})

/** The closers that follow make valid JSON of it, in which that plan is part of the note: it comes out as `JSON.parse` reads it. */
test('a note that lost exactly what closes the list of plans has the next plan inside', () => {
  const events = read([inNotes('[1,{"b":2')])
  expect(planOf(events, 'x')?.plan.notes).toEqual({ note: [1, { b: 2 }, JSON.parse(AFTER)] })
  expect(planOf(events, 'after')).toBeUndefined()
  expect(events.at(-1)).toMatchObject({ status: 'truncated', plans: 2 })
})
