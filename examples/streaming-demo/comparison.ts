import type { AgentId, PlanOutcome } from 'planweave'
import type { AstraStep } from '../astraweave/actions.ts'
import { isFromModel, type MeasuredRun, type Tokens } from './measured-run.ts'
import { median, ratio } from './median.ts'

/** The same batch in both modes, under the same conditions. */
export interface Pair {
  readonly blocking: MeasuredRun
  readonly streaming: MeasuredRun
}

/** What was measured, as far as it came. */
export interface Measurements {
  readonly pairs: readonly Pair[]
  /** Streaming, from a server that had not loaded the model. */
  readonly cold?: MeasuredRun
  /** The streaming run that was going on when the user stopped. */
  readonly interrupted?: MeasuredRun
}

/** Milliseconds since the batch was sent. */
export interface Times {
  readonly firstChunkMs: number | undefined
  readonly firstStepMs: number | undefined
  readonly firstPlanMs: number | undefined
  readonly lastPlanMs: number | undefined
  readonly totalMs: number | undefined
  readonly chunks: number | undefined
  readonly tokens: Tokens
}

type TextRelation = 'same' | 'prefix' | 'different'

export interface Comparison {
  /** How many pairs the figures are of: those that the model planned throughout, or all when there is none. */
  readonly pairs: number
  readonly blocking: Times
  readonly streaming: Times
  readonly cold: Times | undefined
  /** Medians of the ratios within each pair. `firstChunk` is over the whole blocking reply: before its end it has nothing. */
  readonly speedup: Record<'firstChunk' | 'firstStep' | 'firstPlan', number | undefined>
  /** Of the reply's characters, when the first step and the fifth plan came. */
  readonly fractions: Record<'firstStep' | 'fifthPlan', number | undefined>
  /** Is the streamed text the blocking reply? `prefix`: reading stopped with the last plan. */
  readonly text: TextRelation | undefined
  /** How many characters of the blocking reply were never read. */
  readonly unreadChars: number
  readonly identicalPlans: boolean
  /** Of every pair, both modes. */
  readonly outcomes: readonly PlanOutcome<AstraStep>[]
  /** The runs to draw agent by agent: the interrupted one, else the first pair. */
  readonly shown: { readonly streaming: MeasuredRun; readonly blocking?: MeasuredRun } | undefined
}

export function compare({ pairs: measured, cold, interrupted }: Measurements): Comparison {
  // A run that failed is over early, and would make its mode look fast.
  const whole = measured.filter(pair => outcomesOf(pair).every(isFromModel))
  const pairs = whole.length > 0 ? whole : measured
  const fractions = pairs.map(fractionsOf)
  const speedups = pairs.map(({ blocking, streaming }) => ({
    firstChunk: ratio(blocking.totalMs, streaming.firstChunkMs),
    firstStep: ratio(blocking.firstStepMs, streaming.firstStepMs),
    firstPlan: ratio(blocking.firstPlanMs, streaming.firstPlanMs),
  }))
  const texts = pairs.map(textRelation)
  const [first] = measured
  return {
    pairs: pairs.length,
    blocking: medianTimes(pairs.map(({ blocking }) => blocking)),
    streaming: medianTimes(pairs.map(({ streaming }) => streaming)),
    cold: cold && medianTimes([cold]),
    speedup: {
      firstChunk: median(speedups.map(({ firstChunk }) => firstChunk)),
      firstStep: median(speedups.map(({ firstStep }) => firstStep)),
      firstPlan: median(speedups.map(({ firstPlan }) => firstPlan)),
    },
    fractions: {
      firstStep: median(fractions.map(({ firstStep }) => firstStep)),
      fifthPlan: median(fractions.map(({ fifthPlan }) => fifthPlan)),
    },
    // One pair that differs is enough.
    text: (['different', 'prefix', 'same'] as const).find(relation => texts.includes(relation)),
    unreadChars: Math.max(0, ...pairs.map(({ blocking, streaming }) => blocking.text.length - streaming.text.length)),
    identicalPlans: measured.length > 0 && measured.every(haveIdenticalPlans),
    outcomes: measured.flatMap(outcomesOf),
    shown: interrupted ? { streaming: interrupted } : first,
  }
}

function medianTimes(runs: readonly MeasuredRun[]): Times {
  const evaluated = median(runs.map(({ tokens }) => tokens.evaluated))
  const output = median(runs.map(({ tokens }) => tokens.output))
  return {
    firstChunkMs: median(runs.map(({ firstChunkMs }) => firstChunkMs)),
    firstStepMs: median(runs.map(({ firstStepMs }) => firstStepMs)),
    firstPlanMs: median(runs.map(({ firstPlanMs }) => firstPlanMs)),
    lastPlanMs: median(runs.map(({ lastPlanMs }) => lastPlanMs)),
    totalMs: median(runs.map(({ totalMs }) => totalMs)),
    chunks: median(runs.map(({ chunks }) => chunks)),
    tokens: { ...(evaluated !== undefined && { evaluated }), ...(output !== undefined && { output }) },
  }
}

/** Of the whole reply: the blocking one, as reading the streamed one may have stopped early. */
function fractionsOf(pair: Pair): Comparison['fractions'] {
  const { firstStepChars, planChars, text } = pair.streaming
  const whole = textRelation(pair) === 'prefix' ? pair.blocking.text.length : text.length
  return { firstStep: ratio(firstStepChars, whole), fifthPlan: ratio(planChars[4], whole) }
}

function textRelation({ blocking, streaming }: Pair): TextRelation {
  if (streaming.text === blocking.text) return 'same'
  return blocking.text.startsWith(streaming.text) ? 'prefix' : 'different'
}

function outcomesOf({ blocking, streaming }: Pair): readonly PlanOutcome<AstraStep>[] {
  return [...blocking.outcomes, ...streaming.outcomes]
}

function haveIdenticalPlans({ blocking, streaming }: Pair): boolean {
  return JSON.stringify(blocking.outcomes.map(whatIsPlanned)) === JSON.stringify(streaming.outcomes.map(whatIsPlanned))
}

function whatIsPlanned({ agentId, plan }: PlanOutcome<AstraStep>): readonly [AgentId, readonly AstraStep[]] {
  return [agentId, plan.steps]
}
