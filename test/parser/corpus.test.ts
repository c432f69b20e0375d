import { describe, expect, test } from 'vitest'
import { buildCorpus, corpusLineOf, readCorpus } from './corpus.ts'
import type { CorpusEntry } from './corpus-quirks.ts'
import { eventsOf, parserOf } from './skirmish.ts'

const CORPUS = readCorpus()

/** Every event of a reply that comes in these pieces, as one text. */
function readingOf(pieces: readonly string[], { options }: CorpusEntry): string {
  const parser = parserOf(options)
  const lines: string[] = []
  for (const piece of pieces) for (const event of parser.push(piece)) lines.push(corpusLineOf(event))
  for (const event of parser.end()) lines.push(corpusLineOf(event))
  return lines.join('\n')
}

test('the corpus is what its sources say, and each reply has a name of its own', () => {
  expect(CORPUS).toEqual(buildCorpus())
  expect(CORPUS.length).toBeGreaterThanOrEqual(150)
  expect(new Set(CORPUS.map(({ name, position }) => `${name}, ${position}`)).size).toBe(CORPUS.length)
})

describe.each(['before', 'first', 'middle', 'last', 'after', 'whole'] as const)('%s', place => {
  test.each(CORPUS.filter(({ position }) => position === place))('$name', entry => {
    const { reply, expected } = entry
    const whole = readingOf([reply], entry)
    expect(whole.split('\n')).toEqual(expected)
    expect(readingOf(reply.split(''), entry), 'in characters').toBe(whole)
    for (let i = 1; i < reply.length; i++) {
      const cut = readingOf([reply.slice(0, i), reply.slice(i)], entry)
      if (cut !== whole) expect(cut, `cut at ${i}`).toBe(whole)
    }
  })
})

test('with fields, every other event is the same, and so is each field however a reply is cut', () => {
  let told = 0
  for (const entry of CORPUS) {
    const { reply, name } = entry
    const options = { ...entry.options, fields: true }
    const whole = eventsOf([reply], options)
    const fields = whole.filter(event => event.type === 'field')
    told += fields.length
    const rest = whole.filter(event => event.type !== 'field')
    expect(rest.map(corpusLineOf), name).toEqual(entry.expected)
    for (const size of [1, 2, 5, 11]) {
      const pieces = reply.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
      expect(eventsOf(pieces, options), `${name}, in pieces of ${size}`).toEqual(whole)
    }
  }
  expect(told).toBeGreaterThan(5 * CORPUS.length)
})
