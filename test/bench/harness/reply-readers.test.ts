import { describe, expect, test } from 'vitest'
import { actions, noisy, planDocument } from '../../../bench/harness/plan-document.ts'
import {
  acceptingActions,
  fidelityOf,
  type ReadReply,
  readBare,
  readPlansAsWritten,
} from '../../../bench/harness/reply-readers.ts'

const reply = planDocument(10)
const { agents } = reply

describe('who is timed does the job', () => {
  test.each<[string, ReadReply]>([
    ['the floor', readBare],
    ['the parser', readPlansAsWritten(acceptingActions, agents)],
    ['the parser with zod', readPlansAsWritten(actions, agents)],
  ])('%s', async (_, read) => expect(await fidelityOf(read, reply)).toEqual({ late: 0, wrong: 0 }))

  test('the parser with zod, on the noisy reply', async () =>
    expect(await fidelityOf(readPlansAsWritten(actions, agents), noisy(reply))).toEqual({ late: 0, wrong: 0 }))
})

/** The floor, but for what the table says. */
function spoilt(spoil: (value: unknown, index: number) => readonly unknown[]): ReadReply {
  return (chunks, onStep, onPlan) => {
    let seen = 0
    readBare(
      chunks,
      value => {
        for (const item of spoil(value, seen++)) onStep(item)
      },
      onPlan,
    )
  }
}

test.each<[string, (value: unknown, index: number) => readonly unknown[]]>([
  ['a lost step', (value, i) => (i === 5 ? [] : [value])],
  ['a step twice', (value, i) => (i === 5 ? [value, value] : [value])],
  ['a step that is not as written', (value, i) => [i === 5 ? {} : value]],
])('%s is one wrong element', async (_, spoil) =>
  expect(await fidelityOf(spoilt(spoil), reply)).toEqual({ late: 0, wrong: 1 }),
)

test('an element that comes with the next character is one character late', async () => {
  const late: ReadReply = (chunks, onStep, onPlan) => {
    const ready: (() => void)[] = []
    const one = function* () {
      for (const chunk of chunks) {
        for (const hand of ready.splice(0)) hand()
        yield chunk
      }
    }
    readBare(
      one(),
      value => ready.push(() => onStep(value)),
      value => ready.push(() => onPlan(value)),
    )
  }
  expect(await fidelityOf(late, reply)).toEqual({ late: 1, wrong: 0 })
})
