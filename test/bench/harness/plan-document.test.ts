import { describe, expect, test } from 'vitest'
import { actions, noisy, type PlanDocument, planDocument } from '../../../bench/harness/plan-document.ts'

const clean = planDocument(10)

test('the document is valid JSON, and its elements are what stands in it', () => {
  const { plans } = JSON.parse(clean.text)
  expect(clean.elements.filter(element => element.type === 'plan').map(element => element.value)).toEqual(plans)
})

test('every step is one of the actions', () => {
  const steps = clean.elements.filter(element => element.type === 'step')
  expect(steps.length).toBeGreaterThan(30)
  for (const { value } of steps) expect(actions.step.safeParse(value).error).toBeUndefined()
})

test('the strings hold what misleads a reader that counts braces, and what takes more than a byte', () => {
  const text = planDocument(100).text
  for (const part of ['{not json}', '[x], }', '\\"', '\\\\', '\\n', '\\u', 'é', '敵', '🐉', '\u200d'])
    expect(text).toContain(part)
})

describe.each<[string, PlanDocument]>([
  ['the clean reply', clean],
  ['the noisy reply', noisy(clean)],
])('%s', (_, { text, chunks, elements }) => {
  test('is cut into pieces of one to six code points', () => {
    expect(chunks.join('')).toBe(text)
    const sizes = chunks.map(chunk => [...chunk].length)
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([1, 6])
    expect(chunks.every(chunk => chunk.isWellFormed())).toBe(true)
  })

  test('has a closing brace right before the end of each element', () =>
    expect(new Set(elements.map(({ end }) => text[end - 1]))).toEqual(new Set('}')))
})

test('the same count gives the same document', () => expect(planDocument(10)).toEqual(clean))
