import { expect, test } from 'vitest'
import { eventsOf, lineOf, type Options } from './skirmish.ts'

/** The shortest replies that `scripts/fuzz-parser.ts` found, each of which broke a promise once. */
const FOUND: readonly (readonly [promise: string, reply: string, options: Options, lines: readonly string[]])[] = [
  [
    'space before a tag, in a string that may hold a document, is no part of what is quoted',
    '[{steps:[{]{arguments:"\n<',
    {},
    ['rejected - malformed', 'rejected - truncated', 'end truncated 0 2'],
  ],
  [
    'a limit counts from where the plan started, also when a key tells so late',
    '{agent":":""gh:"ghost",',
    { limits: { elementChars: 22 } },
    ['rejected : limit', 'end limit 0 1'],
  ],
  [
    'a cut after a backslash loses nothing',
    '{"agent":"cook","steps":[{"act":"Say","text":"\\n"\n{"act":"Wait","seconds":1}]}',
    {},
    ['step cook 0 Say', 'step cook 1 Wait', 'plan cook 2', 'end complete 1 0'],
  ],
  [
    'a bracket that is left out after a string is no part of it when its quote is looked for',
    '{steps:[{t:"{"[agent":"cook","steps":[{"act":"Wait","seconds":1}],"":""}',
    {},
    ['rejected - truncated', 'end truncated 0 1'],
  ],
]

test.each(FOUND)('%s', (_, reply, options, lines) => {
  const whole = eventsOf([reply], options)
  expect(whole.map(lineOf)).toEqual(lines)
  expect(eventsOf(reply.split(''), options)).toEqual(whole)
  for (let i = 1; i < reply.length; i++)
    expect(eventsOf([reply.slice(0, i), reply.slice(i)], options), `cut at ${i}`).toEqual(whole)
})

/** What each of them left out or changed, and did not say. */
const UNSAID: readonly (readonly [what: string, reply: string])[] = [
  ['a second value for the steps', '{"agent":"cook","steps":[],"steps":""}'],
  ['a stray closer in a name without its quotes', '{d,"{"age]nt":"cook","steps":[]}'],
  ['odd space between steps', '{"agent":"cook","steps":[\u00a0{"act":"Wait","seconds":1}]}'],
  ['odd space after steps', '{"agent":"cook","steps":[{"act":"Wait","seconds":1}\ufeff]}'],
  ['a step of nobody before the steps', '{"id":"cook",{act"}"steps":[],"":[]}'],
  [
    'an escape that is none, in arguments',
    '{arguments:"{\\"agent\\":\\"cook\\",\\"steps\\":[],\\"x\\":\\"\\\\\\\ude00\\"}"}',
  ],
  ['a comment where a plan stands for a step', '{steps:[{"agent"//\n:"cook","steps":[]}]}'],
  ['a key that looks like that of the steps', '{steps:[{"agent":"cook","“steps":[{"act":"Wait","seconds":1}]}'],
]

test.each(UNSAID)('%s is said', (_, reply) => {
  for (const event of eventsOf([reply])) if (event.type === 'plan') expect(event.repairs).not.toEqual([])
  expect(eventsOf([reply], { strict: true }).map(({ type }) => type)).not.toContain('plan')
  expect(eventsOf(reply.split(''))).toEqual(eventsOf([reply]))
})
