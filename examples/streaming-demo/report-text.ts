import type { Comparison, Times } from './comparison.ts'
import { counted, percent, seconds, times } from './wording.ts'

/** Under what conditions the figures were measured: stands at the head of every table. */
export interface Setting {
  readonly simulated: boolean
  /** Of the simulated machine. */
  readonly profile: string | undefined
  readonly model: string
  readonly agents: number
  /** Pairs that the figures are of. */
  readonly runs: number
  readonly seed: number
  readonly interrupted: boolean
}

/** `SIMULATED rtx-3060 · 10 agents · medians of 3 pairs · seed 7` */
export function settingText({ simulated, profile, model, agents, runs, seed }: Setting): string {
  const where = simulated ? `SIMULATED ${profile}` : model
  return [where, counted(agents, 'agent'), `medians of ${counted(runs, 'pair')}`, `seed ${seed}`].join(' · ')
}

export const TABLE_HEAD = ['', '1st chunk', '1st step', '1st plan', 'last plan', 'total', 'chunks', 'tokens']
const TOKENS_OF_SIMULATED = 'Tokens: read anew (the rest of the prompt was cached) + written.'
const TOKENS_OF_LIVE =
  'Tokens: read + written, by the server; old ones count what was cached as read, and a reply left early is not counted.'

export function tableRows({ blocking, streaming, cold, speedup }: Comparison): string[][] {
  return [
    ['blocking', ...timesCells(blocking)],
    ['streaming', ...timesCells(streaming)],
    ['sooner', times(speedup.firstChunk), times(speedup.firstStep), times(speedup.firstPlan), '', '', '', ''],
    ...(cold ? [['from cold', ...timesCells(cold)]] : []),
  ]
}

function timesCells(figures: Times): string[] {
  const { firstChunkMs, firstStepMs, firstPlanMs, lastPlanMs, totalMs, chunks, tokens } = figures
  return [
    ...[firstChunkMs, firstStepMs, firstPlanMs, lastPlanMs, totalMs].map(seconds),
    wholeNumber(chunks),
    `${wholeNumber(tokens.evaluated)} + ${wholeNumber(tokens.output)}`,
  ]
}

function wholeNumber(count: number | undefined): string {
  return count === undefined ? '–' : `${Math.round(count)}`
}

/** What the figures mean, in sentences. */
export function findings({ simulated }: Setting, comparison: Comparison): string[] {
  return [
    ...fractionsText(comparison),
    ...sameText(comparison),
    'Sooner: the first chunk is compared with the whole blocking reply, as a blocking caller has nothing before that.',
    `${simulated ? TOKENS_OF_SIMULATED : TOKENS_OF_LIVE} From cold: streaming, with the model still to be loaded.`,
  ]
}

function fractionsText({ fractions: { firstStep, fifthPlan } }: Comparison): string[] {
  if (firstStep === undefined) return []
  const fifth = fifthPlan === undefined ? '' : `, the fifth plan after ${percent(fifthPlan)}`
  return [`The first step was out after ${percent(firstStep)} of the reply${fifth}.`]
}

/** Nothing, when a reply had to be asked for again: then it is not one text any more. */
function sameText({ text, unreadChars, identicalPlans, outcomes }: Comparison): string[] {
  if (!text || outcomes.some(({ tier }) => tier !== 'model')) return []
  const reply = {
    same: 'The streamed text is the blocking reply, to the letter.',
    prefix: `The streamed text is the blocking reply up to its last plan: the ${counted(unreadChars, 'character')} after that were never waited for.`,
    different: 'The streamed text is not the blocking reply.',
  }[text]
  return [`${reply} The plans are ${identicalPlans ? '' : 'not '}identical.`]
}
