import { expect, test } from 'vitest'
import { parsePlans } from '../../src/parser/parse-plans.ts'
import { actions, document, lineOf, plan, WAIT } from './skirmish.ts'

const OPTIONS = { actions, agents: ['cook', 'guard-7'] }

/** A stream as a client gives it, which notes when it is left. */
async function* textOf(pieces: readonly string[], left: string[]): AsyncGenerator<string> {
  try {
    yield* pieces
  } finally {
    left.push('left')
  }
}

test('events as the text arrives, the last one being the end', async () => {
  const lines: string[] = []
  for await (const event of parsePlans(textOf(document(plan('cook', WAIT)).split(''), []), OPTIONS))
    lines.push(lineOf(event))
  expect(lines).toEqual(['step cook 0 Wait', 'plan cook 1', 'end complete 1 0'])
})

test('the stream is left once every awaited agent has a plan', async () => {
  const left: string[] = []
  const endless = [
    document(plan('cook'), plan('guard-7')),
    ...Array<string>(1_000).fill('and so on '),
    document(plan('ghost')),
  ]
  const lines: string[] = []
  for await (const event of parsePlans(textOf(endless, left), OPTIONS)) lines.push(lineOf(event))
  expect(lines).toEqual(['plan cook 0', 'plan guard-7 0', 'end complete 2 0'])
  expect(left).toEqual(['left'])
})

test('a broken stream is thrown as it is, after what was complete', async () => {
  const broken = new Error('socket')
  async function* text(): AsyncGenerator<string> {
    yield `{"plans":[${plan('cook')},`
    throw broken
  }
  const lines: string[] = []
  const reading = async () => {
    for await (const event of parsePlans(text(), OPTIONS)) lines.push(lineOf(event))
  }
  await expect(reading()).rejects.toBe(broken)
  expect(lines).toEqual(['plan cook 0'])
})

test('chunks of a chat completion, as openai-node streams them', async () => {
  const contents = [undefined, ...document(plan('cook', WAIT)).split(''), null]
  async function* chunks() {
    for (const content of contents) yield { choices: [{ delta: { content } }] }
    yield { choices: [] }
  }
  async function* text() {
    for await (const { choices } of chunks()) yield choices[0]?.delta.content ?? ''
  }
  const lines: string[] = []
  for await (const event of parsePlans(text(), OPTIONS)) lines.push(lineOf(event))
  expect(lines).toEqual(['step cook 0 Wait', 'plan cook 1', 'end complete 1 0'])
})
