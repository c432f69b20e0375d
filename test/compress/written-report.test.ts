import { expect, test } from 'vitest'
import { WrittenReport } from '../../src/compress/written-report.ts'

const facts = {
  prompt: 'hold the gate',
  prefixChars: 4,
  tokens: { prefix: 1, shared: 2, agents: 3, exact: false },
  aliases: new Map(),
  dropped: [],
  leftOut: [],
  withinBudget: true,
}

test('the baseline is counted when it is first read, once, and is in the report as JSON', () => {
  let counts = 0
  const report = new WrittenReport(facts, () => {
    counts += 1
    return 42
  })
  expect(counts).toBe(0)
  expect([report.baselineTokens, report.baselineTokens, counts]).toEqual([42, 42, 1])
  expect(report.ratio).toBe(7) // 42 to 1 + 2 + 3
  expect(JSON.parse(JSON.stringify(report))).toMatchObject({ prompt: facts.prompt, baselineTokens: 42, ratio: 7 })
})
