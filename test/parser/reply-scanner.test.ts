import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { JsonReader } from '../../src/parser/json-reader.ts'
import { PlanReporter } from '../../src/parser/plan-reporter.ts'
import { AGENTS, document, eventsOf, lineOf, linesOf, MOVE, type Options, plan, WAIT } from './skirmish.ts'

const SAY = '{"act":"Say","text":"he said \\"go\\" },{ ] [ <tool_call> ``` \\u00e9 \\ud83d\\ude00 世界 👩‍🚀"}'
const PATROL = '{"act":"Patrol","waypoints":[{"x":1,"y":2},{"x":3,"y":4}]}'
const RICH = document(
  `{"agent":"guard-7","steps":[${SAY} , ${PATROL}],"say":"¡ya!\\n\\t\\\\ {x}]\\ud83d\\ude00"}`,
  plan('cook'),
  `{ "agent_id" : "смотритель" , "steps" : [ ${MOVE} ,\n\t${WAIT} ] }`,
)
const OPTIONS: Options = { textFields: ['say'] }

describe('the same events however the reply is cut', () => {
  const whole = eventsOf([RICH], OPTIONS)

  test('the whole reply gives every step and plan', () =>
    expect(whole.map(lineOf)).toEqual([
      'step guard-7 0 Say',
      'step guard-7 1 Patrol',
      'text guard-7 say ¡ya!\n\t\\ {x}]😀',
      'plan guard-7 2',
      'plan cook 0',
      'step смотритель 0 MoveTo',
      'step смотритель 1 Wait',
      'plan смотритель 2',
      'end complete 3 0',
    ]))

  test('cut in characters', () => expect(eventsOf(RICH.split(''), OPTIONS)).toEqual(whole))

  test('cut in two, anywhere', () => {
    for (let i = 0; i <= RICH.length; i++)
      expect(eventsOf([RICH.slice(0, i), RICH.slice(i)], OPTIONS), `at ${i}`).toEqual(whole)
  })

  test('cut in three, anywhere', () => {
    const reply = `<think>{</think>[{"id":"cook","steps":[{"act":"Say","text":"\\u00e9\\"😀"},${WAIT}],"say":"a\\n"}]`
    const expected = JSON.stringify(eventsOf([reply], OPTIONS))
    for (let i = 0; i <= reply.length; i++)
      for (let j = i; j <= reply.length; j++) {
        const events = eventsOf([reply.slice(0, i), reply.slice(i, j), reply.slice(j)], OPTIONS)
        if (JSON.stringify(events) !== expected) expect(events, `at ${i} and ${j}`).toEqual(JSON.parse(expected))
      }
  })

  const NOISE = [
    '<think>',
    '</think>',
    '<tool_call>',
    '<|im_end|>',
    '```json\n',
    "don't",
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
  ].concat([
    '"',
    "'",
    '\\',
    '\n',
    '“',
    '”',
    'NaN',
    'None',
    '// x\n',
    '/* y */',
    '...',
    '"steps":[',
    '{"agent":"cook",',
    '`',
    '<',
    '\ud83d',
  ])
  const SHAPES: readonly ((...plans: readonly string[]) => string)[] = [
    document,
    (...plans) => `Sure! \`\`\`json\n[${plans.join(', ')}]\n\`\`\``,
    (...plans) => plans.join('\n'),
    (...plans) => plans.map(one => `<tool_call>{"name":"plan","arguments":${one}}</tool_call>`).join(''),
    (...plans) => plans.map(one => `<tool_call>{"name":"plan","arguments":${JSON.stringify(one)}}`).join('\n'),
  ]
  const noisyReply = fc
    .record({
      shape: fc.constantFrom(...SHAPES),
      plans: fc.array(
        fc.record({
          agent: fc.constantFrom(...AGENTS, 'ghost'),
          steps: fc.array(fc.constantFrom(WAIT, MOVE, SAY, PATROL, '{"act":"Fly"}'), { maxLength: 3 }),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      noise: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom('', ...NOISE)), {
        maxLength: 3,
      }),
    })
    .map(({ shape, plans, noise }) => {
      let reply = shape(...plans.map(({ agent, steps }) => plan(agent, ...steps)))
      for (const [where, text] of noise) {
        const at = Math.floor(where * reply.length)
        // Nothing to add means something to lose.
        reply = reply.slice(0, at) + text + reply.slice(text === '' ? at + 2 : at)
      }
      return reply
    })

  test('random replies with random noise, at random cuts', () => {
    fc.assert(
      fc.property(noisyReply, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (reply, sizes) => {
        const pieces: string[] = []
        for (let i = 0, n = 0; i < reply.length; n++) {
          const size = sizes[n % sizes.length] ?? 1
          pieces.push(reply.slice(i, i + size))
          i += size
        }
        expect(eventsOf(pieces, OPTIONS)).toEqual(eventsOf([reply], OPTIONS))
      }),
      { numRuns: 10_000 },
    )
  }, 60_000)
})

describe('noise around and between plans leaves all of them standing', () => {
  const NOISE = [
    ['prose', 'Here is the next one (see [3]): '],
    ['prose with an apostrophe', "I don't know, it's fine; "],
    ['a fence', '```json\n'],
    ['a fence in capitals', '```JSON\n'],
    ['a fence without a language', '```\n'],
    ['thought', '<think>I should {move}. "</think>'],
    ['thought in capitals', '<THINK>hm</THINK>'],
    ['nested thought', '<think>a <think>b</think> {"x" </think>'],
    ['the end of thought alone', '</think>'],
    ['a ghost plan in thought', `<think>${plan('guard-7', '{"act":"Wait","seconds":99}')}</think>`],
    ['a scratch pad', `<scratch_pad>Goal: [${plan('cook', '{"act":"Wait","seconds":99}')}</scratch_pad>`],
    ['a scratchpad', '<scratchpad>"</scratchpad>'],
    ['a tool call tag', '<tool_call>\n'],
    ['special tokens', '<|im_end|></s><|eot_id|>'],
    ['a byte order mark', '\ufeff'],
    ['an ellipsis', '...'],
    ['a stray closer', ']}'],
    ['less than', '3 < 4, a <b '],
    ['a tag with attributes', '<b class=x>'],
    ['line breaks', '\r\n\r\n\t'],
  ] as const
  const clean = [plan('guard-7', WAIT), plan('cook', MOVE, WAIT), plan('смотритель', MOVE)]
  const expected = linesOf(document(...clean)).filter(line => !line.startsWith('end'))

  describe.each(NOISE)('%s', (_, noise) => {
    const [first = '', second = '', third = ''] = clean
    test.each([
      ['before the document', noise + document(...clean)],
      ['after the document', document(...clean) + noise],
      ['before the first plan', `{"plans":[${noise}${clean.join(',')}]}`],
      ['before a plan in the middle', `{"plans":[${first},${noise}${second},${third}]}`],
      ['before the last plan', `{"plans":[${first},${second},${noise}${third}]}`],
      ['after a plan', `{"plans":[${first}${noise},${second},${third}]}`],
      ['between lines', clean.join(`\n${noise}`)],
      ['between tool calls', clean.map(one => `<tool_call>{"name":"plan","arguments":${one}}</tool_call>`).join(noise)],
    ])('%s', (_, reply) => {
      const lines = linesOf(reply).filter(line => !line.startsWith('end'))
      expect(lines).toEqual(expected)
      expect(eventsOf(reply.split(''))).toEqual(eventsOf([reply]))
    })
  })
})

describe('what is hidden is no plan', () => {
  test.each([
    ['an unclosed thought', `<think>${document(plan('cook', WAIT))}`],
    ['a thought that holds the end of another', `<think>a<scratch_pad>b</scratch_pad>${plan('cook', WAIT)}</think>`],
    ['a thought inside a thought', `<think>a<think>b</think>${plan('cook', WAIT)}</think>`],
    ['a schema', `<schema>${document(plan('cook', WAIT))}</schema>`],
    [
      'the echo of a schema',
      '{"type":"object","properties":{"plans":{"type":"array","items":{"properties":{"agent":{"type":"string"},"steps":{"type":"array","items":{}}}}}}}',
    ],
  ])('%s', (_, reply) => expect(linesOf(reply).map(line => line.split(' ')[0])).toEqual(['end']))

  test('a tag inside a string is text', () => {
    const [step] = eventsOf([plan('cook', '{"act":"Say","text":"<think>"}')])
    expect(step).toMatchObject({ step: { text: '<think>' } })
  })
})

test.each([
  ['a key', '{\\"age'],
  ['a name', '{\\"agent\\":\\"coo'],
  ['thought', '<think>{'],
  ['a step', '{\\"agent\\":\\"guard-7\\",\\"steps\\":[{\\"act\\":\\"Wa'],
])('arguments that end inside %s end there', (_, text) => {
  const reply = `<tool_call>{"name":"submit","arguments":"${text}"}</tool_call>{"note":"x"}${plan('cook', WAIT)}`
  expect(linesOf(reply)).toContain('plan cook 1')
  expect(eventsOf(reply.split(''))).toEqual(eventsOf([reply]))
})

describe('limits', () => {
  const open = '{"plans":[{"agent":"cook","steps":['
  test.each([
    ['replyChars', { replyChars: 50 }, 'x'.repeat(51), 'rejected - limit'],
    ['elementChars', { elementChars: 100 }, `${open}{"act":"Say","text":"${'x'.repeat(200)}`, 'rejected cook limit'],
    ['depth', { depth: 6 }, `${open}{"act":"Say","text":[[`, 'rejected cook limit'],
    ['depth in prose', {}, '['.repeat(100_000), 'rejected - limit'],
    ['steps', { steps: 1 }, `${open}${WAIT},${WAIT}`, 'rejected cook limit'],
    ['whitespaceRun', { whitespaceRun: 20 }, `${open}${' '.repeat(21)}`, 'rejected cook limit'],
    ['whitespaceRun before any bracket', {}, '\n'.repeat(5_000), 'rejected - limit'],
    [
      'a string of ten million characters',
      {},
      `${open}{"act":"Say","text":"${'x'.repeat(10_000_000)}"}]}]}`,
      'rejected cook limit',
    ],
    ['100,000 elements', {}, `{"plans":[${'{"agent":"x","steps":[]},'.repeat(100_000)}`, 'rejected x limit'],
  ])('%s ends in a rejection and satisfies', (_, limits, reply, line) => {
    const lines = linesOf(reply, { limits })
    expect(lines.filter(one => one.endsWith('limit'))).toEqual([line])
    expect(lines.at(-1)).toMatch(/^end limit 0 \d+$/)
  })

  test.each([
    ['replyChars', { replyChars: 200 }],
    ['elementChars', { elementChars: 90 }],
    ['whitespaceRun', { whitespaceRun: 1 }],
  ])('%s is hit at the same character however the reply is cut', (_, limits) => {
    const options = { ...OPTIONS, limits }
    expect(eventsOf(RICH.split(''), options)).toEqual(eventsOf([RICH], options))
    expect(eventsOf([RICH], options).at(-1)).toMatchObject({ status: 'limit' })
  })

  const escaped = `{"agent":"cook","steps":[${WAIT}],"say":"a \\"b\\" \\u00e9"}`
  test.each([
    ['a document', document(escaped)],
    ['one in a string', `{"arguments":${JSON.stringify(escaped)}}`],
  ])('and at any character that it may fall on, those of an escape as well: %s', (_, reply) => {
    for (let replyChars = 1; replyChars < reply.length; replyChars++) {
      const options = { limits: { replyChars }, fields: true }
      const whole = eventsOf([reply], options)
      expect(eventsOf(reply.split(''), options), `${replyChars}`).toEqual(whole)
      expect(whole.slice(-2).map(lineOf), `${replyChars}`).toEqual([
        expect.stringMatching(/^rejected (?:-|cook) limit$/),
        expect.stringMatching(/^end limit/),
      ])
    }
  })
})

test('a piece that ends in a backslash is read on like any other', () => {
  const readOdd = vi.spyOn(JsonReader.prototype, 'readOdd')
  eventsOf(document(`{"agent":"cook","steps":[${SAY}]}`).split(''))
  expect(readOdd).not.toHaveBeenCalled()
  eventsOf([`{"agent":'cook'}`])
  expect(readOdd).toHaveBeenCalled()
  readOdd.mockRestore()
})

test('only steps with a key as long as those that are forbidden are looked through for them', () => {
  const told = vi.spyOn(PlanReporter.prototype, 'step')
  const steps = [WAIT, PATROL, '{"act":"Say","text":"a longer text: x"}', '{"act":"Say","long enough":1}', MOVE]
  eventsOf(document(plan('cook', ...steps)).split(''))
  expect(told.mock.calls.map(([text, , , , hasLongKey]) => [text, hasLongKey])).toEqual(
    steps.map(text => [text, /"[^"]{9,}":/.test(text)]),
  )
  told.mockRestore()
})

test('each character is looked at once, in one huge string too', () => {
  const original = String.prototype.charCodeAt
  let looks = 0
  String.prototype.charCodeAt = function (this: string, index) {
    looks++
    return original.call(this, index)
  }
  const looksFor = (plans: number) => {
    const text = 'word '.repeat(4_000)
    const reply = document(...Array.from({ length: plans }, () => `{"agent":"cook","steps":[${WAIT}],"say":"${text}"}`))
    looks = 0
    eventsOf(reply.split(''))
    return looks / reply.length
  }
  try {
    const [few, many] = [looksFor(4), looksFor(16)]
    expect(few).toBeGreaterThan(0.5)
    expect(few).toBeLessThan(1.1)
    expect(many).toBeLessThan(few * 1.05)
  } finally {
    String.prototype.charCodeAt = original
  }
})
