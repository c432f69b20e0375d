import { AGENTS } from './skirmish.ts'

/** Where a quirk stands, seen from the plans of a reply. */
export type Position = 'before' | 'first' | 'middle' | 'last' | 'after' | 'whole'

/** One noisy reply and every event it must give, a line each: see `corpusLineOf`. */
export interface CorpusEntry {
  readonly name: string
  readonly position: Position
  /** `clean`: the lines of the undamaged document, which the quirk must not change. `hand`: written down, line by line. */
  readonly origin: 'clean' | 'hand'
  readonly options?: { readonly coerce?: true; readonly strict?: true; readonly agents?: readonly string[] }
  readonly reply: string
  readonly expected: readonly string[]
}

const MOVE = '{"act":"MoveTo","x":3,"y":-4}'
const WAIT = '{"act":"Wait","seconds":2}'
const NOTES = '{"say":"On my way."}'
/** The plan that gets damaged; `@` is its agent. */
const VICTIM = `{"agent":"@","steps":[${MOVE},${WAIT}],"say":"On my way."}`
const [S0, S1, PLAN] = [`step @ 0 ${MOVE}`, `step @ 1 ${WAIT}`, `plan @ 2 ${NOTES}`] as const
const CLEAN = [S0, S1, PLAN]
const FIRST_MENDED = [`${S0} repaired`, S1, `${PLAN} repaired`]
const SECOND_MENDED = [S0, `${S1} repaired`, `${PLAN} repaired`]
const PLAN_MENDED = [S0, S1, `${PLAN} repaired`]
const ALL_MENDED = [`${S0} repaired`, `${S1} repaired`, `${PLAN} repaired`]
const FIRST_REFUSED = ['step-rejected @ 0', 'rejected @ invalid']
const SECOND_REFUSED = [S0, 'step-rejected @ 1', `plan @ 1 ${NOTES}`]
const NO_PLAN = ['rejected @ malformed']

interface Bystander {
  readonly agent: string
  readonly text: string
  readonly lines: readonly string[]
}

function bystander(agent: string, steps: readonly string[], notes: string): Bystander {
  const text = `{"agent":"${agent}","steps":[${steps.join(',')}]${notes === '{}' ? '' : `,${notes.slice(1, -1)}`}}`
  const lines = [...steps.map((step, i) => `step ${agent} ${i} ${step}`), `plan ${agent} ${steps.length} ${notes}`]
  return { agent, text, lines }
}

/** Plans of different shapes, so that nothing can be taken from the neighbour unseen. */
const BYSTANDERS = [
  bystander(AGENTS[0], ['{"act":"Say","text":"it\'s {hot}, [now]: \\"go\\""}', '{"act":"Wait","seconds":1.5}'], '{}'),
  bystander(
    AGENTS[1],
    ['{"act":"Patrol","waypoints":[{"x":1,"y":2},{"x":3,"y":4}]}'],
    '{"say":"</think> ``` }]}","mood":{"joy":[1,{}]}}',
  ),
  bystander(AGENTS[2], ['{"act":"MoveTo","x":0,"y":7,"speed":"run"}', '{"act":"Wait","seconds":3}'], '{"say":"да"}'),
] as const

const linesOf = (plans: readonly Bystander[]) => plans.flatMap(({ lines }) => lines)
const wrap = (plans: readonly string[]) => `{"plans":[${plans.join(',')}]}`

/** What stands around plans and must change nothing. */
const NOISES: readonly (readonly [name: string, noise: string])[] = [
  ['friendly prose', "Sure! Here's the plan you've asked for: "],
  ['prose with brackets', 'Using [3] and [as asked] (see [x, y]), '],
  ['prose with quotes', 'The "best" plan, or so they say: '],
  ['a note about the JSON', 'Note: The JSON above is valid, isn’t it? '],
  ['a markdown heading', '\n## Plans\n\n- **next**: '],
  ['a code fence', '```json\n'],
  ['a code fence in capitals', '```JSON\r\n'],
  ['a fence of another language', '```python\n'],
  ['a closed fence', '```\n```\n'],
  ['thought', '<think>I could go [left] or {"right". \'</think>'],
  ['thought in capitals with line breaks', '\n<THINK>\nHmm…\n</THINK>\n'],
  ['nested thought', '<think>a <think>{"b"</think> "c</think>'],
  ['an orphan end of thought', '</think>\n'],
  ['a ghost plan in thought', `<think>{"plans":[${VICTIM.replace('@', AGENTS[1])}]}</think>`],
  ['a scratch pad', '<scratch_pad>Goal: {hold}\nActions: ["wait"]</scratch_pad>'],
  ['a ghost plan in a scratchpad', `<scratchpad>${VICTIM.replace('@', AGENTS[0])}</scratchpad>`],
  ['an opened tool call', '<tool_call>\n'],
  ['a closed tool call that holds nothing', '<tool_call></tool_call>'],
  ['another wrapper, opened only', '<function_calls>\n'],
  ['special tokens', '<|im_end|></s><dummy32000><|eot_id|><|end_of_text|>'],
  ['a tool response', `<tool_response>{"plans":[${VICTIM.replace('@', AGENTS[2])}]}</tool_response>`],
  ['a byte order mark', '\ufeff'],
  ['an ellipsis', '... '],
  ['typographic quotes', '“Ready?” — ‘aye’ '],
  ['a comparison', '2 < 3 > 1 & a<b '],
  ['white space', ' \r\n\t\n  '],
  ['odd space', '\u00a0\u200b\u2028'],
  ['emoji and letters of every size', '👩‍🚀 é 世界 '],
]

type Damage = readonly [name: string, from: string | RegExp, to: string, expected: readonly string[]]

/** What models do to one plan, as a replacement in it; and what must come out of it, written by hand. */
const DAMAGES: readonly Damage[] = [
  ['a step in single quotes', MOVE, "{'act':'MoveTo','x':3,'y':-4}", FIRST_MENDED],
  ['a Python dict', /"/g, "'", ALL_MENDED],
  ['a step in smart quotes', MOVE, '{“act”:“MoveTo”,“x”:3,“y”:-4}', FIRST_MENDED],
  ['everything in smart quotes', /"([^"]*)"/g, '“$1”', ALL_MENDED],
  ['unquoted keys in a step', MOVE, '{act:"MoveTo",x:3,y:-4}', FIRST_MENDED],
  ['unquoted keys of the plan', /"(agent|steps|say)":/g, '$1:', PLAN_MENDED],
  ['an unquoted value', '"MoveTo"', 'MoveTo', FIRST_MENDED],
  ['a trailing comma in a step', '-4}', '-4,}', FIRST_MENDED],
  ['a trailing comma among the steps', '2}]', '2},]', PLAN_MENDED],
  ['a trailing comma in the plan', '."}', '.",}', PLAN_MENDED],
  ['a leading comma in a step', '{"act":"Wait"', '{,"act":"Wait"', SECOND_MENDED],
  ['a leading comma among the steps', '"steps":[', '"steps":[,', PLAN_MENDED],
  ['a double comma in a step', '3,', '3,,', FIRST_MENDED],
  ['a double comma between steps', '-4},', '-4},,', PLAN_MENDED],
  ['a missing comma in a step', '"MoveTo",', '"MoveTo" ', FIRST_MENDED],
  ['a missing comma after a number', '3,"y"', '3 "y"', FIRST_MENDED],
  ['a missing comma between steps', '-4},', '-4}\n', PLAN_MENDED],
  ['a missing comma in the plan', '"@",', '"@" ', PLAN_MENDED],
  ['a missing colon in a step', '"seconds":', '"seconds" ', SECOND_MENDED],
  ['a missing colon before the steps', '"steps":', '"steps"', PLAN_MENDED],
  ['a value without its closing quote', '"MoveTo",', '"MoveTo,', FIRST_MENDED],
  ['a value without its opening quote', ':"MoveTo"', ':MoveTo"', FIRST_MENDED],
  ['a key without its closing quote', '"act":"MoveTo"', '"act:"MoveTo"', FIRST_MENDED],
  ['a key of a number without its closing quote', '"x":', '"x:', FIRST_MENDED],
  ['a key without its opening quote', '"x":', 'x":', FIRST_MENDED],
  ['a step without its closing brace', '-4},', '-4,', FIRST_MENDED],
  ['a last step without its closing brace', '2}]', '2]', SECOND_MENDED],
  ['a plan without its closing brace', /}$/, '', PLAN_MENDED],
  ['steps without their opening bracket', '"steps":[', '"steps":', PLAN_MENDED],
  ['steps without their closing bracket', '],"say":"On my way."}', '}', [S0, S1, 'plan @ 2 {} repaired']],
  ['a stray closer after a step', '-4},', '-4}},', [S0, 'plan @ 1 {} repaired', 'rejected - malformed']],
  ['a raw line break in a string', 'On my way', 'On\nmy way', [S0, S1, 'plan @ 2 {"say":"On\\nmy way."} repaired']],
  [
    'a raw tab in a step',
    '"Wait","seconds":2',
    '"Say","text":"a\tb"',
    [S0, 'step @ 1 {"act":"Say","text":"a\\tb"} repaired', `${PLAN} repaired`],
  ],
  ['an escaped apostrophe', 'On my way.', "I\\'m off", [S0, S1, 'plan @ 2 {"say":"I\'m off"} repaired']],
  ['an escape that is none', 'On my way.', '\\x41 \\d', [S0, S1, 'plan @ 2 {"say":"\\\\x41 \\\\d"} repaired']],
  [
    'good escapes beside a bad one',
    'On my way.',
    'a\\n\\x\\\\y\\u0041',
    [S0, S1, 'plan @ 2 {"say":"a\\n\\\\x\\\\yA"} repaired'],
  ],
  [
    'a Python dict with an apostrophe in its text',
    /.*/,
    "{'agent':'@','steps':[{'act':'MoveTo','x':3,'y':-4},{'act':'Wait','seconds':2}],'say':'I'm off.'}",
    [`${S0} repaired`, `${S1} repaired`, 'plan @ 2 {"say":"I\'m off."} repaired'],
  ],
  ['a stray quote before the plan', /^/, '"', CLEAN],
  ['a stray quote after the plan', /$/, '"', CLEAN],
  [
    'unescaped inner quotes',
    'On my way.',
    'I said "no" to it.',
    [S0, S1, 'plan @ 2 {"say":"I said \\"no\\" to it."} repaired'],
  ],
  ['an ellipsis between steps', '-4},', '-4}, ..., ', PLAN_MENDED],
  ['an ellipsis after the steps', '2}]', '2}, ...]', PLAN_MENDED],
  ['an ellipsis in a step', '-4}', '-4, ...}', FIRST_MENDED],
  [
    'Python literals in the notes',
    '"On my way."',
    '[None,True,False]',
    [S0, S1, 'plan @ 2 {"say":[null,true,false]} repaired'],
  ],
  ['NaN in a step', '-4', 'NaN', FIRST_REFUSED],
  ['Infinity in a later step', ':2}', ':Infinity}', SECOND_REFUSED],
  ['NaN in the notes', '"On my way."', 'NaN', [S0, S1, ...NO_PLAN]],
  ['a number that is none', '3,', '03,', FIRST_REFUSED],
  ['a number too large', '3,', '1e999,', FIRST_REFUSED],
  ['a number as a string', ':2}', ':"2"}', SECOND_REFUSED],
  ['an action in another case', '"Wait"', '"wait"', SECOND_REFUSED],
  ['an unknown action', '"MoveTo"', '"Fly"', FIRST_REFUSED],
  ['a step without its action', '"act":"Wait",', '', SECOND_REFUSED],
  ['a missing argument', '"x":3,', '', FIRST_REFUSED],
  ['an unknown argument', ':2}', ':2,"why":"tired"}', CLEAN],
  ['a step that is a string', WAIT, '"Wait"', SECOND_REFUSED],
  ['a step that is null', WAIT, 'null', SECOND_REFUSED],
  ['a step inside a list', WAIT, `[${WAIT}]`, SECOND_REFUSED],
  ['agent_id', '"agent"', '"agent_id"', CLEAN],
  ['agentId', '"agent"', '"agentId"', CLEAN],
  ['id', '"agent"', '"id"', CLEAN],
  ['a plan_id', '{"agent"', '{"plan_id":"batch-p1","agent"', CLEAN],
  ['the agent after the steps', /"agent":"@",(.*)}$/, '$1,"agent":"@"}', CLEAN],
  ['an unknown agent', '"@"', '"ghost"', ['rejected ghost unknown-agent']],
  ['no agent', '"agent":"@",', '', ['rejected - malformed']],
  ['another key for the steps', '"steps"', '"actions"', NO_PLAN],
  ['steps that are null', /\[.*]/, 'null', NO_PLAN],
  ['steps that are a string', /\[.*]/, '"go"', NO_PLAN],
  ['one step instead of a list', /\[.*]/, MOVE, [S0, `plan @ 1 ${NOTES} repaired`]],
  ['no steps at all', /\[.*]/, '[]', [`plan @ 0 ${NOTES}`]],
  ['steps twice', /}$/, `,"steps":[${WAIT}]}`, PLAN_MENDED],
  ['a comment to the end of a line', '-4},', '-4}, // then rest {"\n', PLAN_MENDED],
  ['a block comment in a step', '"x":3', '/* east, "not" west} */"x":3', FIRST_MENDED],
  ['a Python comment', '-4},', '-4}, # then rest\n', PLAN_MENDED],
  ['thought between steps', '-4},', '-4},<think>or {"act":"Wait","seconds":99}?</think>', PLAN_MENDED],
  ['thought inside a step', '3,', '3,<think>north?"</think>', FIRST_MENDED],
  ['a special token between steps', '-4},', '-4},<|im_end|>', PLAN_MENDED],
  ['a fence between steps', '-4},', '-4},\n```json\n', PLAN_MENDED],
  ['prose between steps', '-4},', '-4}, and then ', PLAN_MENDED],
  [
    'tags and fences inside a string',
    'On my way.',
    '<think> ``` </think> <|im_end|> ]}',
    [S0, S1, 'plan @ 2 {"say":"<think> ``` </think> <|im_end|> ]}"}'],
  ],
  [
    'brackets inside a string',
    'On my way.',
    '},{\\"agent\\":\\"x\\",[',
    [S0, S1, 'plan @ 2 {"say":"},{\\"agent\\":\\"x\\",["}'],
  ],
  [
    'a plan inside a note',
    '"On my way."',
    '{"agent":"ghost","steps":[]}',
    [S0, S1, 'plan @ 2 {"say":{"agent":"ghost","steps":[]}}'],
  ],
  ['a key twice', '"x":3', '"x":9,"x":3', CLEAN],
  ['a __proto__ key', '"x":3', '"__proto__":{"y":9},"x":3', FIRST_MENDED],
  ['a lone surrogate', 'On my way.', '\\ud83d', [S0, S1, 'plan @ 2 {"say":"\\ud83d"}']],
  [
    'numbers of every size',
    '"On my way."',
    '[1.50,-0,2e3,9007199254740993]',
    [S0, S1, 'plan @ 2 {"say":[1.5,0,2000,9007199254740992]}'],
  ],
  ['line breaks and spaces everywhere', /([{}[\],:])(?=["{\]])/g, '$1\r\n\t ', CLEAN],
  ['the plan twice', /$/, `,${VICTIM}`, [...CLEAN, 'rejected @ duplicate-agent']],
  ['the plan twice, the first one bad', /^/, `${VICTIM.replace('MoveTo', 'Fly')},`, [...FIRST_REFUSED, ...CLEAN]],
]

const POSITIONS = ['first', 'middle', 'last'] as const

export function endOf(lines: readonly string[], agents: number): string {
  const plans = lines.filter(line => line.startsWith('plan ')).length
  const rejected = lines.filter(line => line.startsWith('rejected ')).length
  return `end complete ${Math.min(plans, agents)} ${rejected}`
}

function noisyReplies(name: string, noise: string): CorpusEntry[] {
  const texts = BYSTANDERS.map(({ text }) => text)
  const expected = [...linesOf(BYSTANDERS), 'end complete 3 0']
  const at = (index: number) => wrap(texts.map((text, i) => (i === index ? noise + text : text)))
  const replies = [
    ['before', noise + wrap(texts)],
    ['first', at(0)],
    ['middle', at(1)],
    ['last', at(2)],
    ['after', wrap(texts) + noise],
  ] as const
  return replies.map(([position, reply]) => ({ name, position, origin: 'clean', reply, expected }))
}

function damagedReplies([name, from, to, expected]: Damage, options?: CorpusEntry['options']): CorpusEntry[] {
  const damaged = VICTIM.replace(from, to)
  if (damaged === VICTIM) throw new Error(`${name}: damages nothing`)
  return POSITIONS.map((position, place): CorpusEntry => {
    const agent = AGENTS[place] ?? ''
    const texts = BYSTANDERS.map(({ text }, i) => (i === place ? damaged.replaceAll('@', agent) : text))
    const lines = BYSTANDERS.flatMap((one, i) =>
      i === place ? expected.map(line => line.replaceAll('@', agent)) : one.lines,
    )
    const all = [...lines, endOf(lines, 3)]
    const origin = expected === CLEAN ? 'clean' : 'hand'
    return {
      name,
      position,
      origin,
      ...(options && { options }),
      reply: wrap(texts),
      expected: all,
    }
  })
}

/** Damages that `coerce` mends. */
const COERCED: readonly Damage[] = [
  ['a number as a string, coerced', ':2}', ':"2"}', SECOND_MENDED],
  ['an action in another case, coerced', '"Wait"', '"wait"', SECOND_MENDED],
  ['both, coerced', '"MoveTo","x":3', '"MOVETO","x":"3"', FIRST_MENDED],
]

export function quirkEntries(): CorpusEntry[] {
  return [
    ...NOISES.flatMap(([name, noise]) => noisyReplies(name, noise)),
    ...DAMAGES.flatMap(damage => damagedReplies(damage)),
    ...COERCED.flatMap(damage => damagedReplies(damage, { coerce: true })),
  ]
}

/** The plans that nothing happens to, for replies written by hand. */
export const PLANS = BYSTANDERS
