import { expect, test } from 'vitest'
import { planEventStream } from '../../src/parser/plan-event-stream.ts'
import { actions, document, lineOf, plan, WAIT } from './skirmish.ts'

const OPTIONS = { actions, agents: ['cook', 'guard-7'] }

async function linesThrough(source: ReadableStream<string>): Promise<string[]> {
  const lines: string[] = []
  for await (const event of source.pipeThrough(planEventStream(OPTIONS))) lines.push(lineOf(event))
  return lines
}

test('events of a stream that ends by itself', async () => {
  const source = new ReadableStream<string>({
    start: controller => {
      for (const char of document(plan('cook', WAIT))) controller.enqueue(char)
      controller.close()
    },
  })
  expect(await linesThrough(source)).toEqual(['step cook 0 Wait', 'plan cook 1', 'end complete 1 0'])
})

test('a stream that goes on is cancelled once every awaited agent has a plan', async () => {
  let cancelled = false
  const source = new ReadableStream<string>({
    pull: controller => controller.enqueue(document(plan('cook'), plan('guard-7'))),
    cancel: () => {
      cancelled = true
    },
  })
  expect(await linesThrough(source)).toEqual(['plan cook 0', 'plan guard-7 0', 'end complete 2 0'])
  expect(cancelled).toBe(true)
})
