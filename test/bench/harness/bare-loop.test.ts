import { expect, test } from 'vitest'
import { bareLoop } from '../../../bench/harness/bare-loop.ts'

const plans = [
  {
    agent: 'a',
    steps: [
      { act: 'Say', text: '},{"]' },
      { act: 'Go', to: { x: 1 } },
    ],
    say: 'hi \\"there',
  },
  { agent: 'b', steps: [{ act: 'Wait' }] },
  { agent: 'c', steps: [] },
]
const reply = JSON.stringify({ plans })

test.each([1, 2, 3, 7, 1000])(
  'the floor that others are measured against does its work, %d characters at a time',
  size => {
    const seen: unknown[] = []
    const chunks = reply.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
    bareLoop(
      chunks,
      step => seen.push(step),
      plan => seen.push(plan),
    )
    expect(seen).toEqual(plans.flatMap(plan => [...plan.steps, plan]))
  },
)
