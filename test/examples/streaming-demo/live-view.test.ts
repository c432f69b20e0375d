import { expect, test } from 'vitest'
import { agentLine } from '../../../examples/streaming-demo/agent-line.ts'
import { liveView } from '../../../examples/streaming-demo/live-view.ts'
import { PLAIN, terminalOf } from '../../../examples/streaming-demo/terminal.ts'
import { printable, stepText } from '../../../examples/streaming-demo/wording.ts'
import { outcome } from './recorded-runs.ts'

const ESC = '\x1b'
const UP = new RegExp(`${ESC}\\[\\d+A`, 'g')
const ANY_CODE = new RegExp(`${ESC}\\[[?\\d]*[A-Za-z]`, 'g')

const firstStep = { atMs: 1020, step: { act: 'MoveTo', x: 3, y: 4, speed: 'run' } } as const

function shown(redraws: boolean, detailed = true, rows = 40): string {
  const parts: string[] = []
  const terminal = { write: (part: string) => void parts.push(part), columns: 80, rows, redraws, ink: PLAIN }
  const view = liveView({ title: 'Pair 1 of 3', agentIds: ['Ash', 'Bryn'], terminal, detailed })
  const streaming = view.sent('streaming')
  const blocking = view.sent('blocking')
  streaming.firstChunk(460)
  streaming.firstStep('Ash', firstStep.step, firstStep.atMs)
  streaming.plan(outcome('Ash', 'model', 'Cover me!'), 1460)
  streaming.plan(outcome('Bryn', 'heuristic'), 2000)
  view.done('streaming', 2000)
  blocking.firstChunk(11_000)
  view.done('blocking', 11_000)
  view.close()
  return parts.join('')
}

test('without a window every event is a line', () => {
  expect(shown(false)).toMatchInlineSnapshot(`
    "
    Pair 1 of 3
        0.00 s  streaming: sent
        0.00 s  blocking: sent
        0.46 s  streaming: >> first chunk <<
        1.02 s  Ash      first step  MoveTo 3 4 run
        1.46 s  Ash      plan        2 steps  “Cover me!”
        2.00 s  Bryn     plan        2 steps, by heuristic
       11.00 s  blocking: the whole reply, for all 2 at once
    "
  `)
})

test('later pairs are told by their ends alone', () => {
  expect(shown(false, false)).toMatchInlineSnapshot(`
    "
    Pair 1 of 3
      streaming: 2 plans after 2.00 s
      blocking: 2 plans after 11.00 s
    "
  `)
})

test('on a window the lines are redrawn in place', () => {
  const frames = shown(true).split(UP)
  const last = frames.at(-1)?.replaceAll(ANY_CODE, '')
  expect(frames.length).toBeGreaterThan(5)
  expect(last).toMatchInlineSnapshot(`
    "
    Pair 1 of 3
      streaming: first chunk at 0.46 s
      Ash      ██████ MoveTo 3 4 run          1.02 s   2 steps  1.46 s  “Cover me!”
      Bryn     ██████ heuristic: 2 steps  2.00 s
      blocking:  the whole reply at 11.00 s, for all 2 at once
    "
  `)
})

test('a window too low for all lines gets a line for each event', () => {
  expect(shown(true, true, 6)).toBe(shown(false))
})

test('every redraw goes up by as many lines as it drew, and the cursor comes back', () => {
  const text = shown(true)
  expect(new Set(text.match(UP))).toEqual(new Set([`${ESC}[6A`]))
  expect(text.endsWith(`${ESC}[?25h`)).toBe(true)
})

test.each([
  ['waiting', { agentId: 'Ash' }],
  ['first step', { agentId: 'Ash', firstStep }],
  ['planned', { agentId: 'Ash', firstStep, plan: { atMs: 1460, outcome: outcome('Ash', 'model', 'Go!') } }],
  ['asked again', { agentId: 'Ash', firstStep, plan: { atMs: 1460, outcome: outcome('Ash', 're-ask') } }],
  ['fallen back', { agentId: 'Ash', plan: { atMs: 1460, outcome: outcome('Ash', 'emergency') } }],
])('a line of an agent: %s', (_, agent) => {
  const line = agentLine(agent, 80, PLAIN)
  expect(line).toMatchSnapshot()
  for (const width of [20, 40, 60]) expect(agentLine(agent, width, PLAIN).length).toBeLessThanOrEqual(width)
})

test('what a model wrote cannot command the terminal', () => {
  expect(printable('a\x1b[2Jb\u009b1mc\u202ed\ne')).toBe('a[2Jb1mcd e')
  expect(stepText({ act: 'UseItem', item_name: '\x1b]0;gotcha\x07' })).toBe('UseItem ]0;gotcha')
})

test.each([
  ['no window', {}, {}, false, false],
  ['a window', { isTTY: true }, {}, true, true],
  ['a window and NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, true, false],
  ['a dumb window', { isTTY: true }, { TERM: 'dumb' }, false, false],
])('on %s', (_, stream, env, redraws, coloured) => {
  // Only what the terminal reads of a stream.
  const terminal = terminalOf(stream as NodeJS.WriteStream, env)
  expect(terminal.redraws).toBe(redraws)
  expect(terminal.ink.bold('x') !== 'x').toBe(coloured)
})
