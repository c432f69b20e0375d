import { describe, expect, test } from 'vitest'
import { BareReader } from '../../../bench/harness/bare-reader.ts'

const plans = [
  {
    agent: 'a',
    steps: [
      { act: 'Say', text: '},{"]' },
      { act: 'Go', to: { x: 1 } },
    ],
    say: 'hi \\"there [,] []',
  },
  { agent: 'b', steps: [{ act: 'Wait' }] },
  { agent: 'c', steps: [] },
]
const reply = JSON.stringify({ plans })

/** What the reader hands over, with every so many characters as one piece. */
function read(size: number, look: { readonly atSteps: boolean }): unknown[] {
  const seen: unknown[] = []
  const see = (value: unknown) => seen.push(value)
  const reader = new BareReader(look.atSteps ? see : undefined, see)
  for (let at = 0; at < reply.length; at += size) reader.push(reply.slice(at, at + size))
  return seen
}

describe.each([1, 2, 3, 7, 1000])('fed %d characters at a time, the floor that others are measured against', size => {
  test('does the whole job', () =>
    expect(read(size, { atSteps: true })).toEqual(plans.flatMap(plan => [...plan.steps, plan])))

  test('does half of the job, when it is to leave the steps out', () =>
    expect(read(size, { atSteps: false })).toEqual(plans))
})
