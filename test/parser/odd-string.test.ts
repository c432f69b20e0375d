import { describe, expect, test } from 'vitest'
import { OddString } from '../../src/parser/odd-string.ts'
import { document, eventsOf, MOVE, plan, WAIT } from './skirmish.ts'

const APOSTROPHE = 39
const RIGHT_SMART_QUOTE = 0x201d

/** Where the string ends, read in these pieces. */
function endOf(pieces: readonly string[], quote: number): { readonly end: number; readonly atNextPlan: boolean } {
  const string = new OddString()
  string.open(quote, 0, false)
  let offset = 0
  for (const piece of pieces) {
    const end = string.end(piece, 0, piece.length)
    if (end < piece.length) return { end: offset + end, atNextPlan: string.atNextPlan }
    offset += piece.length
  }
  return { end: -1, atNextPlan: false }
}

describe.each([
  ['a single quote', `go, {x: "y"}: now'`, APOSTROPHE, false],
  ['a backslash', `go\\`, APOSTROPHE, false],
  ['the next plan', 'go},{"agent":', APOSTROPHE, true],
  ['the next plan, with space in it', 'go, {\n  "agent_id" :', APOSTROPHE, true],
  ['an id, which may be anything', `go,{"id":7'`, APOSTROPHE, false],
  ['a key that is no agent', `go,{"x":'`, APOSTROPHE, false],
  ['a name without a key', `go,{"agent"'`, APOSTROPHE, false],
  ['an object that is no element', `go {"agent":'`, APOSTROPHE, false],
  ['space without end before the key', `go,${' '.repeat(50)}{"agent":'`, APOSTROPHE, false],
  ['a smart quote', 'don’t ”', RIGHT_SMART_QUOTE, false],
  ['a plain one', 'go,{"', RIGHT_SMART_QUOTE, false],
] as const)('%s', (_, text, quote, atNextPlan) => {
  test('is the end, wherever the text is cut', () => {
    expect(endOf([text], quote)).toEqual({ end: text.length - 1, atNextPlan })
    expect(endOf(text.split(''), quote)).toEqual({ end: text.length - 1, atNextPlan })
    for (let i = 0; i <= text.length; i++)
      expect(endOf([text.slice(0, i), text.slice(i)], quote)).toEqual({ end: text.length - 1, atNextPlan })
  })
})

test.each([
  ['in a note', `{"agent":"guard-7","steps":[${WAIT}],"say":'Hm, no}`],
  ['in a step', `{"agent":"guard-7","steps":[{"act":"Say","text":'Hm, no}]}`],
])('a text field that lost its single quote %s ends before the next plan, however it is cut', (_, damaged) => {
  const reply = document(damaged, plan('cook', MOVE))
  const events = eventsOf([reply], { textFields: ['say'], fields: true })
  expect(events.filter(event => event.type === 'plan').map(event => event.plan.agentId)).toEqual(['guard-7', 'cook'])
  expect(JSON.stringify(events)).toContain('added a missing quote')
  for (const size of [1, 2, 7]) {
    const pieces = reply.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
    expect(eventsOf(pieces, { textFields: ['say'], fields: true })).toEqual(events)
  }
})

test('inside a string that holds a document, only a quote ends it', () => {
  const string = new OddString()
  string.open(APOSTROPHE, 0, true)
  expect(string.end('go},{"agent":', 0, 13)).toBe(13)
})
