import { type CorpusEntry, endOf, PLANS } from './corpus-quirks.ts'

const [{ text: GUARD, lines: GUARD_LINES }, { text: COOK, lines: COOK_LINES }, { text: KEEPER, lines: KEEPER_LINES }] =
  PLANS
const ALL = [...GUARD_LINES, ...COOK_LINES, ...KEEPER_LINES]
const DOCUMENT = `{"plans":[${GUARD},${COOK},${KEEPER}]}`
const call = (args: string) => `<tool_call>\n{"name":"submit_plan","arguments":${args}}\n</tool_call>`
const python = (text: string) => `<tool_call>\n{'arguments': ${text}, 'name': 'submit_plan'}\n</tool_call>`
const WAIT = '{"act":"Wait","seconds":1}'
const SMALL = `{"agent":"cook","steps":[${WAIT}]}`
const SMALL_LINES = [`step cook 0 ${WAIT}`, 'plan cook 1 {}']
const SCHEMA =
  '{"type":"object","properties":{"plans":{"type":"array","items":{"properties":{"agent":{"enum":["cook"]},"steps":{"type":"array","items":{"anyOf":[{"properties":{"act":{"const":"Wait"}}}]}}}}}}}'

type Whole = readonly [name: string, reply: string, lines: readonly string[], options?: CorpusEntry['options']]

/** Everything as it should be, in another wrapping. */
const SHAPES: readonly Whole[] = [
  ['a bare array', `[${GUARD},${COOK},${KEEPER}]`, ALL],
  ['objects one after the other', GUARD + COOK + KEEPER, ALL],
  ['lines', `${GUARD}\n${COOK}\n${KEEPER}\n`, ALL],
  ['lines with carriage returns and commas', `${GUARD},\r\n${COOK},\r\n${KEEPER}\r\n`, ALL],
  ['a numbered list', `1. ${GUARD}\n2. ${COOK}\n3. ${KEEPER}`, ALL],
  ['a fence for each', [GUARD, COOK, KEEPER].map(text => `\`\`\`json\n${text}\n\`\`\`\n`).join('and\n'), ALL],
  ['a fence that is never closed', `\`\`\`json\n${DOCUMENT}`, ALL],
  ['a tool call for each', call(GUARD) + call(COOK) + call(KEEPER), ALL],
  ['tool calls that are never closed', (call(GUARD) + call(COOK) + call(KEEPER)).replaceAll('</tool_call>', ''), ALL],
  [
    'tool calls without their opening tag',
    (call(GUARD) + call(COOK) + call(KEEPER)).replaceAll('<tool_call>', ''),
    ALL,
  ],
  ['one tool call', call(DOCUMENT), ALL],
  ['several calls in one block', `<tool_call>${GUARD}\n${COOK}\n${KEEPER}</tool_call>`, ALL],
  [
    'a list of calls',
    `<tool_call>[${[GUARD, COOK, KEEPER].map(text => `{"name":"x","arguments":${text}}`).join()}]`,
    ALL,
  ],
  ['a tag glued to text', `Sure<tool_call>${DOCUMENT}</tool_call>Done`, ALL],
  ['arguments as a string', call(JSON.stringify(DOCUMENT)), ALL],
  ['arguments as a string, for each', [GUARD, COOK, KEEPER].map(text => call(JSON.stringify(text))).join('\n'), ALL],
  ['parameters', call(DOCUMENT).replace('arguments', 'parameters'), ALL],
  [
    'the shape of another API',
    `{"tool_calls":[{"id":"c1","type":"function","function":{"name":"x","arguments":${JSON.stringify(DOCUMENT)}}}]}`,
    ALL,
  ],
  [
    'a scratch pad, then the call',
    `<scratch_pad>\nGoal: plan\nActions: [${SMALL}]\nObservation: None\nReflection: ok\n</scratch_pad>\n${call(DOCUMENT)}`,
    ALL,
  ],
  [
    'thought, prose, fence, prose',
    `<think>${SMALL}</think>\nHere you are:\n\`\`\`json\n${DOCUMENT}\n\`\`\`\nNote: The JSON is {valid}.`,
    ALL,
  ],
  ['pretty-printed', JSON.stringify(JSON.parse(DOCUMENT), null, 2), ALL],
  ['a mixture', `${GUARD}\n\`\`\`\n[${COOK}]\n\`\`\`\n${call(JSON.stringify(KEEPER))}`, ALL],
  ['plans in a wrapper of its own', `{"result":{"data":${DOCUMENT}}}`, ALL],
  ['strict, in a fence', `Sure:\n\`\`\`json\n${DOCUMENT}\n\`\`\``, ALL, { strict: true }],
  ['the end of the sequence, then more', `${DOCUMENT}<|im_end|>\n<|im_start|>user\nThanks! [ok]`, ALL],
]

/** Written by hand, line by line. */
const WHOLE: readonly Whole[] = [
  ['one plan for one agent', SMALL, [...SMALL_LINES, 'end complete 1 0'], { agents: ['cook'] }],
  [
    'a Python dict in a tool call',
    python(SMALL.replaceAll('"', "'")),
    [`step cook 0 ${WAIT} repaired`, 'plan cook 1 {} repaired', 'end complete 1 0'],
  ],
  [
    'the same object three times, with comments',
    `${SMALL}\nor, once more:\n${SMALL}\nthat is\n${SMALL}`,
    [...SMALL_LINES, 'rejected cook duplicate-agent', 'rejected cook duplicate-agent', 'end complete 1 2'],
  ],
  [
    'a loop',
    `{"plans":[${`${SMALL},`.repeat(6)}`,
    [...SMALL_LINES, ...Array<string>(5).fill('rejected cook duplicate-agent'), 'end truncated 1 5'],
  ],
  ['the echo of the schema, then the answer', `${SCHEMA}\n${SMALL}`, [...SMALL_LINES, 'end complete 1 0']],
  ['the echo of the schema alone', SCHEMA, ['end empty 0 0']],
  ['the schema in its tags', `<schema>\n${SCHEMA}${SMALL}\n</schema>`, ['end empty 0 0']],
  ['nothing', '', ['end empty 0 0']],
  ['white space alone', ' \n\n\t', ['end empty 0 0']],
  ['the end of the sequence alone', '<|im_end|>', ['end empty 0 0']],
  ['a refusal', "I'm sorry, but I can't do that.", ['end empty 0 0']],
  ['an empty document', '{"plans":[]}', ['end empty 0 0']],
  ['an empty object', '{}', ['end empty 0 0']],
  ['an answer inside thought that never ends', `<think>So: ${SMALL}`, ['end empty 0 0']],
  ['steps without an agent', `[${WAIT},${WAIT}]`, ['rejected - malformed', 'end complete 0 1']],
  ['a list of strings', '{"plans":["cook: wait"]}', ['end empty 0 0']],
  [
    'the user’s turn, written by the model',
    `${SMALL}<|im_end|>\n<|im_start|>user\nPlan again for {cook}`,
    [...SMALL_LINES, 'end complete 1 0'],
  ],
  [
    'XML-unsafe text in an argument',
    call('{"agent":"cook","steps":[{"act":"Say","text":"a < b && c > d </tool_call>"}]}'),
    ['step cook 0 {"act":"Say","text":"a < b && c > d </tool_call>"}', 'plan cook 1 {}', 'end complete 1 0'],
  ],
  [
    'cut inside a key',
    `{"plans":[${SMALL},{"agent":"guard-7","ste`,
    [...SMALL_LINES, 'rejected guard-7 truncated', 'end truncated 1 1'],
  ],
  [
    'cut inside a name',
    `{"plans":[${SMALL},{"agent":"gua`,
    [...SMALL_LINES, 'rejected - truncated', 'end truncated 1 1'],
  ],
  [
    'cut inside a step',
    `{"plans":[${SMALL},{"agent":"guard-7","steps":[${WAIT},{"act":"Wai`,
    [...SMALL_LINES, `step guard-7 0 ${WAIT}`, 'rejected guard-7 truncated', 'end truncated 1 1'],
  ],
  [
    'cut inside a number',
    `{"plans":[{"agent":"cook","steps":[{"act":"Wait","seconds":1`,
    ['rejected cook truncated', 'end truncated 0 1'],
  ],
  ['cut between plans', `{"plans":[${SMALL},`, [...SMALL_LINES, 'end truncated 1 0']],
  [
    'cut inside an escape',
    '{"plans":[{"agent":"cook","steps":[],"say":"\\u00',
    ['rejected cook truncated', 'end truncated 0 1'],
  ],
  [
    'cut inside arguments that are a string',
    call(JSON.stringify(DOCUMENT)).slice(0, 165),
    [
      `step guard-7 0 {"act":"Say","text":"it's {hot}, [now]: \\"go\\""}`,
      'rejected guard-7 truncated',
      'end truncated 0 1',
    ],
  ],
  [
    'steps and plan without closing brackets',
    `{"plans":[${SMALL.slice(0, -2)},${GUARD}]}`,
    [`step cook 0 ${WAIT}`, 'plan cook 1 {} repaired', ...GUARD_LINES, 'end complete 2 0'],
  ],
  [
    'the same at the end, where the brackets of the document close the plan',
    `{"plans":[${GUARD},${SMALL.slice(0, -2)}]}`,
    [...GUARD_LINES, ...SMALL_LINES, 'end truncated 2 0'],
  ],
  [
    'braces in the prose between plans are elements that are none',
    `{"plans":[${GUARD}, {as asked} ${SMALL}]}`,
    [...GUARD_LINES, 'rejected - malformed', ...SMALL_LINES, 'end complete 2 1'],
  ],
  ['braces in the prose around the document', `{as asked} ${SMALL} {x: 1}`, [...SMALL_LINES, 'end complete 1 0']],
  [
    'arguments as a string with an escape that is none',
    call('"{\\"agent\\":\\"cook\\",\\"steps\\":[],\\"say\\":\\"\\\\\\é\\"}"'),
    ['plan cook 0 {"say":"\\\\é"} repaired', 'end complete 1 0'],
  ],
  [
    'a comment in a plan that stands where a step should',
    `{"plans":[{"agent":"guard-7","steps":[${WAIT},{"agent"/* x */:"cook","steps":[${WAIT}]}]}`,
    [
      `step guard-7 0 ${WAIT}`,
      'plan guard-7 1 {} repaired',
      `step cook 0 ${WAIT}`,
      'plan cook 1 {} repaired',
      'end complete 2 0',
    ],
  ],
  ...[',steps', '{steps'].map(
    (key): Whole => [
      `a plan without steps, but with the key ${key}, that stands where a step should`,
      `{"plans":[{"agent":"guard-7","steps":[${WAIT},{"agent":"cook","${key}":[${WAIT}]}]},${KEEPER}]}`,
      [`step guard-7 0 ${WAIT}`, 'step-rejected guard-7 1', 'plan guard-7 1 {}', ...KEEPER_LINES, 'end complete 2 0'],
    ],
  ),
  [
    // All brackets fit: this is JSON in which the plan is part of the note, and its steps could not be called back.
    "a note that lost its bracket, its plan's and the next, in a document that ends with just these",
    `{"plans":[${SMALL},{"agent":"guard-7","steps":[],"mood":[1,2,${KEEPER}]}`,
    [...SMALL_LINES, `plan guard-7 0 {"mood":[1,2,${KEEPER}]}`, 'end truncated 2 0'],
  ],
  ['cut inside a tag', `${SMALL}<tool_ca`, [...SMALL_LINES, 'end complete 1 0']],
  ['cut after the last awaited plan', `{"plans":[${SMALL}`, [...SMALL_LINES, 'end complete 1 0'], { agents: ['cook'] }],
  [
    'white space without end',
    `{"plans":[${SMALL},${' '.repeat(2_001)}`,
    [...SMALL_LINES, 'rejected - limit', 'end limit 1 1'],
  ],
  [
    'brackets without end',
    `{"plans":[${SMALL},${'['.repeat(40)}`,
    [...SMALL_LINES, 'rejected - limit', 'end limit 1 1'],
  ],
  ['strict refuses a tool call', call(SMALL), ['rejected cook malformed', 'end complete 0 1'], { strict: true }],
  [
    'strict refuses a trailing comma',
    `{"plans":[${SMALL.replace('1}]', '1},]')}]}`,
    [`step cook 0 ${WAIT}`, 'rejected cook malformed', 'end complete 0 1'],
    { strict: true },
  ],
]

const OPEN = `{"agent":"guard-7","steps":[${WAIT}]`
const OPEN_STEP = `step guard-7 0 ${WAIT}`
const around = (damaged: string) => `{"plans":[${SMALL},${damaged},${KEEPER}]}`

/** A plan that breaks off, or gets a quote too many, right before the next one. */
const BROKEN_OFF: readonly Whole[] = [
  ['in a string', `${OPEN},"say":"On my`, [OPEN_STEP, 'plan guard-7 1 {"say":"On my"} repaired']],
  ['at the start of a string', `${OPEN},"say":"`, [OPEN_STEP, 'plan guard-7 1 {"say":""} repaired']],
  ['in a key', `${OPEN},"sa`, [OPEN_STEP, 'rejected guard-7 malformed']],
  ['in the name', '{"agent":"', ['rejected  unknown-agent']],
  [
    'in a step',
    `${OPEN.slice(0, -1)},{"act":"Wai`,
    [OPEN_STEP, 'step-rejected guard-7 1', 'plan guard-7 1 {} repaired'],
  ],
  [
    'at the start of a step',
    `${OPEN.slice(0, -1)},{"`,
    [OPEN_STEP, 'step-rejected guard-7 1', 'plan guard-7 1 {} repaired'],
  ],
  ['with a quote too many', `${OPEN},"say":"Hm.""}`, [OPEN_STEP, 'rejected guard-7 malformed']],
  [
    'in a string in single quotes',
    `${OPEN},"say":'On my way}`,
    [OPEN_STEP, 'plan guard-7 1 {"say":"On my way"} repaired'],
  ],
  [
    'in a string in smart quotes',
    `${OPEN},"say":“On my way}`,
    [OPEN_STEP, 'plan guard-7 1 {"say":"On my way"} repaired'],
  ],
  [
    'in a name with an apostrophe before it',
    `{"agent":'"guard-7","steps":[${WAIT}]}`,
    ['rejected "guard-7","steps":[{"act":"Wait","seconds":1 unknown-agent'],
  ],
  [
    'with a bracket for its closing brace',
    `${OPEN},"say":"Hm."[`,
    [OPEN_STEP, 'plan guard-7 1 {"say":"Hm."} repaired'],
  ],
  [
    'with a bracket for the brace of a step',
    `${OPEN.slice(0, -2)}[`,
    [OPEN_STEP.replace(/$/, ' repaired'), 'plan guard-7 1 {} repaired'],
  ],
]

export function wholeEntries(): CorpusEntry[] {
  const entry = (origin: CorpusEntry['origin'], [name, reply, expected, options]: Whole): CorpusEntry => ({
    name,
    position: 'whole',
    origin,
    ...(options && { options }),
    reply,
    expected,
  })
  return [
    ...SHAPES.map(([name, reply, lines, options]) =>
      entry('clean', [name, reply, [...lines, 'end complete 3 0'], options]),
    ),
    ...WHOLE.map(whole => entry('hand', whole)),
    ...BROKEN_OFF.map(([name, damaged, lines]) =>
      entry('hand', [
        `a plan that breaks off ${name}, before the next one`,
        around(damaged),
        [...SMALL_LINES, ...lines, ...KEEPER_LINES, endOf([...SMALL_LINES, ...lines, ...KEEPER_LINES], 3)],
      ]),
    ),
  ]
}
