import { expect, test } from 'vitest'
import { PlanTicket } from '../../src/batch/plan-ticket.ts'
import { type PromptJob, PromptQueue, type Question } from '../../src/batch/prompt-queue.ts'
import { villagers, type World } from './village.ts'

type TestJob = PromptJob<never, World>

function questions(count: number): Question<never, World>[] {
  return villagers(count).map(request => ({ request, ticket: new PlanTicket<never, World>(request, 0) }))
}

const inWords = ({ tier, questions }: TestJob) => `${tier} ${questions.map(({ ticket }) => ticket.agentId).join('+')}`

function* jobsOf(queue: PromptQueue<never, World>): Generator<string> {
  for (let job = queue.next(); job; job = queue.next()) yield inWords(job)
}

test.each([
  [5, 2, ['model a0+a1', 'model a2+a3', 'model a4']],
  [4, 2, ['model a0+a1', 'model a2+a3']],
  [2, 10, ['model a0+a1']],
  [0, 3, []],
])('%i agents, %i per prompt', (agents, perPrompt, expected) => {
  const queue = new PromptQueue<never, World>(perPrompt)
  queue.add('model', questions(agents))
  expect([...jobsOf(queue)]).toEqual(expected)
})

test('those asked again come after those asked for the first time', () => {
  const queue = new PromptQueue<never, World>(2)
  queue.add('model', questions(3))
  const first = queue.next()
  queue.add('re-ask', first?.questions ?? [])
  expect([...jobsOf(queue)]).toEqual(['model a2', 're-ask a0+a1'])
})

test('who has a plan by now is left out, and a prompt for nobody is none', () => {
  const queue = new PromptQueue<never, World>(2)
  const all = questions(5)
  queue.add('model', all)
  for (const agent of [0, 2, 3]) all[agent]?.ticket.claim()
  expect([...jobsOf(queue)]).toEqual(['model a1', 'model a4'])
})

test('what was put back is next, whole or as halves', () => {
  const queue = new PromptQueue<never, World>(3)
  queue.add('model', questions(4))
  const job = queue.next()
  if (!job) throw new Error('there is a job')
  queue.putBack(job)
  expect(queue.next()).toEqual(job)
  queue.halve(job)
  expect([...jobsOf(queue)]).toEqual(['model a0', 'model a1+a2', 'model a3'])
})
