import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import { AliasWords, renameWords } from '../../src/parser/alias-words.ts'
import { PlanParser } from '../../src/parser/plan-parser.ts'

const aliases = new Map([
  ['g17', 'goblin-archer-0017'],
  ['c1', 'captain-of-the-guard-1'],
  ['1', 'one-of-the-guards'],
])

test.each([
  ['kill g17!', 'kill goblin-archer-0017!'],
  ['g17', 'goblin-archer-0017'],
  ['“g17’s dead.” c1: g17...', '“goblin-archer-0017’s dead.” captain-of-the-guard-1: goblin-archer-0017...'],
  ['(g17/c1)', '(g17/c1)'],
  ['g17-b, ag17, g171, g17_x, G17', 'g17-b, ag17, g171, g17_x, G17'],
  ['ég17, g17é', 'ég17, g17é'],
  ['1 of us', '1 of us'],
  ['g17😀', 'goblin-archer-0017😀'],
])('%s', (text, expected) => expect(renameWords(text, aliases)).toBe(expected))

test('the same however it is cut, and at once where no name may follow', () => {
  const words = fc.constantFrom('g17', 'c1', 'g', '17', '1', '.', '-', ' ', 'é', '😀', 'x'.repeat(30), '\n')
  fc.assert(
    fc.property(fc.array(words), fc.array(fc.nat(9)), (parts, cuts) => {
      const text = parts.join('')
      const reader = new AliasWords(aliases)
      let read = ''
      let rest = text
      for (const cut of cuts) {
        read += reader.read(rest.slice(0, cut), false)
        rest = rest.slice(cut)
      }
      expect(read + reader.read(rest, true)).toBe(renameWords(text, aliases))
    }),
  )
  const reader = new AliasWords(aliases)
  expect([reader.read('run, ', false), reader.read('g1', false), reader.read('7 ', false)]).toEqual([
    'run, ',
    '',
    'goblin-archer-0017 ',
  ])
})

test('a text field, streamed and in the notes, names the game’s ids; other notes stay', () => {
  const actions = defineActions({ Wait: { args: { seconds: z.number() } } })
  const reply =
    '{"plans":[{"agent":"c1","steps":[{"act":"Wait","seconds":1}],"say":"kill \\u00677, g\\u00317","why":"g17"}]}'
  for (const size of [1, 7, reply.length]) {
    const parser = new PlanParser({ actions, agents: ['captain-of-the-guard-1'], aliases, textFields: ['say'] })
    const pieces = Array.from({ length: Math.ceil(reply.length / size) }, (_, i) =>
      reply.slice(i * size, (i + 1) * size),
    )
    const events = [...pieces.flatMap(piece => [...parser.push(piece)]), ...parser.end()]
    const say = 'kill g7, goblin-archer-0017'
    expect(events.flatMap(event => (event.type === 'text' ? [event.delta] : [])).join('')).toBe(say)
    expect(events.find(event => event.type === 'plan')).toMatchObject({ plan: { notes: { say, why: 'g17' } } })
  }
})
