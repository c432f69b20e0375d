import { describe, expect, test } from 'vitest'
import { document, eventsOf, lineOf, MOVE, plan, WAIT } from './skirmish.ts'

const COOK = ['step cook 0 MoveTo', 'plan cook 1']

/** The lines of a reply, and the repairs that its first plan reports. */
function readingOf(reply: string) {
  const events = eventsOf([reply], { textFields: [] })
  expect(eventsOf(reply.split(''))).toEqual(events)
  const first = events.find(event => event.type === 'plan')
  return { lines: events.map(lineOf).slice(0, -1), repairs: first?.type === 'plan' ? first.repairs : [] }
}

describe('a damaged step is mended, and its neighbours stand', () => {
  test.each([
    ['a value without its closing quote', '{"act":"Wait,"seconds":1}', 'added a missing quote'],
    ['a key without its closing quote', '{"act:"Wait","seconds":1}', 'added a missing quote'],
    ['a value without its opening quote', '{"act":Wait","seconds":1}', 'added missing quotes'],
    ['a key without its opening quote', '{act":"Wait","seconds":1}', 'added missing quotes'],
    ['a missing comma', '{"act":"Wait" "seconds":1}', 'added a missing comma or colon'],
    ['a missing colon', '{"act":"Wait","seconds" 1}', 'added a missing comma or colon'],
    ['a missing brace before a bracket', '{"act":"Wait","seconds":1', 'added a missing }'],
    ['a trailing comma', '{"act":"Wait","seconds":1,}', 'left out an extra comma'],
    ['doubled braces', '{{"act":"Wait","seconds":1}}', 'left out an extra {'],
    ['doubled braces with space between', '{ {"act":"Wait","seconds":1}\n}', 'left out an extra {'],
    ['more braces', '{{{"act":"Wait","seconds":1}}}', 'left out an extra {'],
    ['a doubled opening brace alone', '{{"act":"Wait","seconds":1}', 'left out an extra {'],
    ['single quotes', "{'act':'Wait','seconds':1}", 'read single quotes'],
    ['a comment', '{"act":"Wait",/* {" */"seconds":1}', 'left out a comment'],
    ['a comment to the end of the line', '{"act":"Wait", // don\'t {\n"seconds":1}', 'left out a comment'],
    ['a token', '{"act":"Wait",<|im_end|>"seconds":1}', 'left out <|im_end|>'],
    ['a fence', '{"act":"Wait",```json\n"seconds":1}', 'left out a code fence'],
    ['thought', '{"act":"Wait",<think>"1}]</think>"seconds":1}', 'left out <think>'],
  ])('%s', (_, step, repair) => {
    const { lines, repairs } = readingOf(document(plan('guard-7', step), plan('cook', MOVE)))
    expect(lines).toEqual(['step guard-7 0 Wait', 'plan guard-7 1', ...COOK])
    expect(repairs).toContain(`step 0: ${repair}`)
  })
})

describe('a damaged plan is mended, and its neighbours stand', () => {
  test.each([
    ['no list bracket at its end', `{"agent":"guard-7","steps":[${WAIT}}`, 'added a missing ]'],
    ['no brace', `{"agent":"guard-7","steps":[${WAIT}]`, 'added a missing }'],
    ['neither', `{"agent":"guard-7","steps":[${WAIT}`, 'added a missing ]'],
    ['no bracket before its step', `{"agent":"guard-7","steps":${WAIT}}`, 'added a missing ['],
    ['no bracket before its step, but after', `{"agent":"guard-7","steps":${WAIT}],"x":1}`, 'added a missing ['],
    ['keys without quotes', `{agent:"guard-7",steps:[${WAIT}]}`, 'added missing quotes'],
    ['single quotes', `{'agent':'guard-7','steps':[${WAIT}]}`, 'read single quotes'],
    ['smart quotes', `{“agent”:“guard-7”,“steps”:[${WAIT}]}`, 'read smart quotes'],
    ['a name without its closing quote', `{"agent":"guard-7,"steps":[${WAIT}]}`, 'added a missing quote'],
    ['a name without its opening quote', `{"agent":guard-7","steps":[${WAIT}]}`, 'added missing quotes'],
    ['a key without its closing quote', `{"agent:"guard-7","steps":[${WAIT}]}`, 'added a missing quote'],
    ['a key without its opening quote', `{agent":"guard-7","steps":[${WAIT}]}`, 'added missing quotes'],
    ['no colon', `{"agent" "guard-7","steps" [${WAIT}]}`, 'added a missing comma or colon'],
    ['no comma', `{"agent":"guard-7" "steps":[${WAIT}] "x":1}`, 'added a missing comma or colon'],
    ['a note without its closing quote', `{"agent":"guard-7","steps":[${WAIT}],"say":"hi}`, 'added a missing quote'],
    ['an ellipsis among the steps', `{"agent":"guard-7","steps":[${WAIT}, ...]}`, 'left out text between the steps'],
    ['a trailing comma among the steps', `{"agent":"guard-7","steps":[${WAIT},]}`, 'left out an extra comma'],
    [
      'a second list of steps',
      `{"agent":"guard-7","steps":[${WAIT}],"steps":[${MOVE}]}`,
      'left out a second list of steps',
    ],
    ['Python literals', `{"agent":"guard-7","steps":[${WAIT}],"x":None}`, 'read None as null'],
  ])('%s', (_, damaged, repair) => {
    const { lines, repairs } = readingOf(document(damaged, plan('cook', MOVE)))
    expect(lines).toEqual(['step guard-7 0 Wait', 'plan guard-7 1', ...COOK])
    expect(repairs).toContain(repair)
  })

  test.each([
    ['NaN in a note', `{"agent":"guard-7","steps":[],"x":NaN}`],
    ['no steps', '{"agent":"guard-7"}'],
    ['steps that are no list', '{"agent":"guard-7","steps":"none"}'],
  ])('%s is beyond repair, and its neighbours stand', (_, damaged) =>
    expect(readingOf(document(damaged, plan('cook', MOVE))).lines).toEqual(['rejected guard-7 malformed', ...COOK]),
  )
})

test('a step may have a key that names an agent', () => {
  const attack = '{"agent":"cook","id":"x","act":"Say","text":"[steps"}'
  expect(readingOf(document(plan('guard-7', attack, WAIT))).lines).toEqual([
    'step guard-7 0 Say',
    'step guard-7 1 Wait',
    'plan guard-7 2',
  ])
})

test('a plan inside a note is a note', () => {
  const reply = document(`{"agent":"cook","steps":[],"later":[${plan('guard-7', WAIT)}],"id":"p"}`)
  expect(eventsOf([reply])[0]).toMatchObject({
    plan: { agentId: 'cook', notes: { later: [{ agent: 'guard-7', steps: [{ act: 'Wait' }] }] } },
  })
})

test('lost quotes are looked for so often, and no more', () => {
  const words = '"a,"b" '.repeat(5_000)
  const reply = document(plan('guard-7', `{"act":"Say","text":${words}}`), plan('cook', MOVE))
  expect(eventsOf([reply]).map(lineOf)).toContain('plan cook 1')
})

test('a step with doubled braces costs none of the steps after it', () => {
  const doubled = plan('guard-7', `{${WAIT}}`, MOVE, `{${WAIT}}`)
  const { lines, repairs } = readingOf(document(doubled, plan('cook', MOVE)))
  expect(lines).toEqual([
    'step guard-7 0 Wait',
    'step guard-7 1 MoveTo',
    'step guard-7 2 Wait',
    'plan guard-7 3',
    ...COOK,
  ])
  expect(repairs).toEqual(['step 0: left out an extra {', 'step 2: left out an extra {', 'left out an extra }'])
  expect(eventsOf([document(doubled)], { strict: true }).map(lineOf)).not.toContain('plan guard-7 3')
})

test('only so many lost quotes are put back in one reply', () => {
  const agents = Array.from({ length: 120 }, (_, i) => `a${i}`)
  const plans = agents.map(agent => plan(agent, '{"act":"Wait,"seconds":1}'))
  const mended = eventsOf([document(...plans)], { agents }).filter(
    event => event.type === 'step' && event.repairs.includes('added a missing quote'),
  )
  expect(mended).toHaveLength(100)
})

describe('a comment in a reply that is one line ends where JSON goes on', () => {
  const cook = plan('cook', MOVE)
  test.each([
    ['in a step', document(plan('guard-7', '{"act":"Wait", // rest a "bit" "seconds":1}'), cook)],
    ['after a step', document(plan('guard-7', `${WAIT} // rest`), cook)],
    ['between plans', document(plan('guard-7', WAIT), `// the cook's turn {now} ${cook}`)],
    ['more than one', `{"plans":[${plan('guard-7', `${WAIT} // rest`)}, // and {then} ${cook} // done ]}`],
  ])('%s', (_, reply) => expect(readingOf(reply).lines).toEqual(['step guard-7 0 Wait', 'plan guard-7 1', ...COOK]))

  test('that is a repair', () =>
    expect(readingOf(document(plan('guard-7', '{"act":"Wait", // rest "seconds":1}'))).repairs).toEqual([
      'step 0: left out a comment',
    ]))

  test('but where lines are, a step that was commented out stays out', () => {
    const { lines } = readingOf(`{\n"plans":[${cook}, // ${plan('guard-7', WAIT)}`)
    expect(lines).toEqual(COOK)
  })

  test('only so many times', () => {
    const agents = Array.from({ length: 60 }, (_, i) => `a${i}`)
    const reply = document(...agents.map(agent => `${plan(agent)} // x `))
    expect(eventsOf([reply], { agents }).filter(event => event.type === 'plan').length).toBeLessThan(30)
  })
})
