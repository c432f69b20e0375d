import { describe, expect, test } from 'vitest'
import { buildCorpus, corpusLineOf, readCorpus } from './corpus.ts'
import type { CorpusEntry } from './corpus-quirks.ts'
import { parserOf } from './skirmish.ts'

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
