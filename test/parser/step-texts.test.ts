import { expect, test } from 'vitest'
import { RAW_CHARS } from '../../src/parser/raw-chars.ts'
import { StepTexts } from '../../src/parser/step-texts.ts'

function texts(...added: string[]): StepTexts {
  const list = new StepTexts()
  for (const text of added) list.add(text)
  return list
}

test('what was added comes in its order', () => {
  expect(texts('{1}', ',', '{2}').joined()).toBe('{1},{2}')
  expect(texts().joined()).toBe('')
})

test('of the plan before nothing is left, though it had more steps', () => {
  const list = texts('{1}', ',', '{2}')
  list.clear()
  list.add('{3}')
  expect(list.joined()).toBe('{3}')
})

test('nothing is added once there is more than a report holds, until the next plan', () => {
  const list = texts('x'.repeat(RAW_CHARS), 'late')
  expect(list.joined()).toHaveLength(RAW_CHARS)
  list.clear()
  list.add('next')
  expect(list.joined()).toBe('next')
})
