import { expect, test } from 'vitest'
import { compare } from '../../../examples/streaming-demo/comparison.ts'
import { htmlReport } from '../../../examples/streaming-demo/html-report.ts'
import { jsonReport } from '../../../examples/streaming-demo/json-report.ts'
import type { Setting } from '../../../examples/streaming-demo/report-text.ts'
import { PLAIN } from '../../../examples/streaming-demo/terminal.ts'
import { interruptedLines, terminalReport } from '../../../examples/streaming-demo/terminal-report.ts'
import { waterfall } from '../../../examples/streaming-demo/waterfall.ts'
import { outcome, recordedPair } from './recorded-runs.ts'

const pair = recordedPair()
const comparison = compare({ pairs: [pair], cold: { ...pair.streaming, firstChunkMs: 4400, tokens: {} } })
const setting: Setting = {
  simulated: true,
  profile: 'rtx-3060',
  model: 'hermes',
  agents: 2,
  runs: 1,
  seed: 7,
  interrupted: false,
}
const terminal = { write() {}, columns: 60, rows: 40, redraws: false, ink: PLAIN }

test('the report in a terminal', () => {
  expect(terminalReport(setting, comparison, terminal)).toMatchInlineSnapshot(`
    [
      "",
      "Waterfall of the first run, SIMULATED   · waiting   ▒ first step known   █ plan complete",
      "           0 s         2 s         4 s         6 s",
      "  Ash      ······▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒█████████████████████████",
      "  Bryn     ······························▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒█",
      "  blocking ················································█",
      "",
      "SIMULATED rtx-3060 · 2 agents · medians of 1 pair · seed 7",
      "           1st chunk  1st step  1st plan  last plan   total  chunks     tokens",
      "blocking      8.00 s    8.00 s    8.00 s     8.00 s  8.00 s       1  600 + 500",
      "streaming     0.40 s    1.00 s    4.00 s     7.90 s  7.90 s     490  600 + 499",
      "sooner         20.0×      8.0×      2.0×",
      "from cold     4.40 s    1.00 s    4.00 s     7.90 s  7.90 s     490      – + –",
      "",
      "The first step was out after 10.0 % of the reply.",
      "The streamed text is the blocking reply up to its last plan: the 2 characters after that were never waited for. The plans are identical.",
      "Sooner: the first chunk is compared with the whole blocking reply, as a blocking caller has nothing before that.",
      "Tokens: read anew (the rest of the prompt was cached) + written. From cold: streaming, with the model still to be loaded.",
    ]
  `)
})

test('an interrupted run in a terminal', () => {
  const [ash] = pair.streaming.agents
  const cut = {
    ...pair.streaming,
    totalMs: 4500,
    agents: [...(ash ? [ash] : []), { agentId: 'Bryn', plan: { atMs: 4500, outcome: outcome('Bryn', 'heuristic') } }],
    outcomes: [outcome('Ash'), outcome('Bryn', 'heuristic')],
  }
  expect(interruptedLines(compare({ pairs: [], interrupted: cut }), terminal, false)).toMatchInlineSnapshot(`
    [
      "",
      "Interrupted after 4.50 s: 1 plan by the model, 1 by the fallback; every agent has one.",
      "  Ash      ██████ MoveTo 3 4 run          1.00 s   2 steps…",
      "  Bryn     ██████ heuristic: 2 steps  4.50 s",
    ]
  `)
})

test('the report says why plans are not the model’s', () => {
  const error = { code: 'truncated', message: 'the reply stopped' } as const
  const floored = { ...outcome('Bryn', 'heuristic'), attempts: [{ tier: 'model', error, ms: 1 }] as const }
  const streaming = { ...pair.streaming, outcomes: [outcome('Ash'), floored] }
  expect(terminalReport(setting, compare({ pairs: [{ ...pair, streaming }] }), terminal).slice(-2)).toEqual([
    'First attempt failed: the reply stopped (truncated)',
    "1 of 4 plans are not the model's: those agents act on the fallback.",
  ])
})

test('the waterfall scales with the width and stays inside it', () => {
  for (const width of [24, 40, 80, 200])
    for (const line of waterfall(pair.streaming.agents, 8000, width)) expect(line.length).toBeLessThanOrEqual(width)
  expect(waterfall(pair.streaming.agents, 8000, 31)).toMatchInlineSnapshot(`
    [
      "           0 s         5 s",
      "  Ash      ··▒▒▒▒▒▒▒▒██████████",
      "  Bryn     ············▒▒▒▒▒▒▒█",
    ]
  `)
})

test('an agent that never got anything waits to the end', () => {
  expect(waterfall([{ agentId: 'Ash' }], 1000, 21)[1]).toBe('  Ash      ··········')
})

test('the JSON report has every figure, and null for what never came', () => {
  const empty = JSON.parse(jsonReport({ ...setting, simulated: false, profile: undefined }, compare({ pairs: [] })))
  expect(empty.profile).toBeNull()
  expect(empty.streaming.firstStepMs).toBeNull()
  expect(empty.outcomes).toEqual([])
  expect(JSON.parse(jsonReport(setting, comparison))).toMatchInlineSnapshot(`
    {
      "agents": 2,
      "blocking": {
        "firstChunkMs": 8000,
        "firstPlanMs": 8000,
        "firstStepMs": 8000,
        "lastPlanMs": 8000,
        "tokens": {
          "evaluated": 600,
          "output": 500,
        },
        "totalMs": 8000,
      },
      "cold": {
        "firstChunkMs": 4400,
        "firstPlanMs": 4000,
        "firstStepMs": 1000,
        "lastPlanMs": 7900,
        "tokens": {
          "evaluated": null,
          "output": null,
        },
        "totalMs": 7900,
      },
      "fractions": {
        "fifthPlan": null,
        "firstStep": 0.1,
      },
      "identicalPlans": true,
      "interrupted": false,
      "model": "hermes",
      "outcomes": [
        {
          "agentId": "Ash",
          "steps": 2,
          "tier": "model",
        },
        {
          "agentId": "Bryn",
          "steps": 2,
          "tier": "model",
        },
      ],
      "profile": "rtx-3060",
      "runs": 1,
      "seed": 7,
      "simulated": true,
      "speedup": {
        "firstChunk": 20,
        "firstPlan": 2,
        "firstStep": 8,
      },
      "streaming": {
        "chunks": 490,
        "firstChunkMs": 400,
        "firstPlanMs": 4000,
        "firstStepMs": 1000,
        "lastPlanMs": 7900,
        "tokens": {
          "evaluated": 600,
          "output": 499,
        },
        "totalMs": 7900,
      },
      "text": "prefix",
      "tokens": {
        "evaluated": 600,
        "output": 499,
      },
    }
  `)
})

test('the page is whole, says that it is simulated, and takes names as text', () => {
  const [ash, bryn] = pair.streaming.agents
  const agents = [{ ...ash, agentId: '<script>alert("1")</script>' }, ...(bryn ? [bryn] : [])]
  const page = htmlReport(setting, compare({ pairs: [{ ...pair, streaming: { ...pair.streaming, agents } }] }))
  expect(page).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/)
  expect(page).toContain('SIMULATED rtx-3060')
  expect(page).toContain('Streaming, simulated')
  expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;')
  expect(page).not.toMatch(/<script|https?:|src=|href=/)
  expect(page.match(/<svg/g)).toHaveLength(2)
  expect(page.match(/class="plan"/g)).toHaveLength(4)
})
