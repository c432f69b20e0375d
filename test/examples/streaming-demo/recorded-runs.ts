import type { PlanOutcome, Tier } from 'planweave'
import type { AstraStep } from '../../../examples/astraweave/actions.ts'
import type { Pair } from '../../../examples/streaming-demo/comparison.ts'
import type { AgentTimes, MeasuredRun } from '../../../examples/streaming-demo/measured-run.ts'

const moveTo: AstraStep = { act: 'MoveTo', x: 3, y: 4, speed: 'run' }
const reload: AstraStep = { act: 'Reload' }

export function outcome(agentId: string, tier: Tier = 'model', say?: string): PlanOutcome<AstraStep> {
  const notes = say === undefined ? {} : { say }
  return { agentId, plan: { planId: `r/${agentId}/0`, agentId, steps: [moveTo, reload], notes }, tier, attempts: [] }
}

function agent(agentId: string, stepMs: number, planMs: number, say?: string): AgentTimes {
  return {
    agentId,
    firstStep: { atMs: stepMs, step: moveTo },
    plan: { atMs: planMs, outcome: outcome(agentId, 'model', say) },
  }
}

/** A pair as it could have been measured, with round figures. */
export function recordedPair(): Pair {
  const text = 'x'.repeat(100)
  const outcomes = [outcome('Ash', 'model', 'Cover me!'), outcome('Bryn')]
  const blocking: MeasuredRun = {
    firstChunkMs: 8000,
    firstStepMs: 8000,
    firstPlanMs: 8000,
    lastPlanMs: 8000,
    totalMs: 8000,
    chunks: 1,
    text,
    firstStepChars: 100,
    planChars: [100, 100],
    agents: [agent('Ash', 8000, 8000, 'Cover me!'), agent('Bryn', 8000, 8000)],
    outcomes,
    tokens: { evaluated: 600, output: 500 },
  }
  const streaming: MeasuredRun = {
    firstChunkMs: 400,
    firstStepMs: 1000,
    firstPlanMs: 4000,
    lastPlanMs: 7900,
    totalMs: 7900,
    chunks: 490,
    text: text.slice(0, 98),
    firstStepChars: 10,
    planChars: [50, 98],
    agents: [agent('Ash', 1000, 4000, 'Cover me!'), agent('Bryn', 5000, 7900)],
    outcomes,
    tokens: { evaluated: 600, output: 499 },
  }
  return { blocking, streaming }
}
