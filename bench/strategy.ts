import type { Limits, Measurement } from './harness/measurement.ts'
import { type FirstActions, timeStrategy, type Way } from './harness/strategy-run.ts'

const PROFILES = ['rtx-3060', 'rtx-4090', 'm1-max', 'desktop-cpu']
const SLOTS = [1, 2, 4, 8]
const AGENTS = [1, 5, 10, 20, 50]
const WAYS: readonly Way[] = ['blocking', 'one-prompt', 'fan-out', 'auto']
/** Few agents feel what every request pays before it is read, which is seldom and then much: they need more seeds. */
const seedsFor = (agents: number) => Array.from({ length: agents <= 10 ? 11 : 3 }, (_, i) => i + 1)
const MOMENTS = { first: 'firstMs', median: 'medianMs', last: 'lastMs' } as const

const SIMULATED = 'ms (simulated)'

/**
 * When the first, the median and the last agent have their first action, on simulated machines and a virtual clock: no figure
 * depends on the machine that this runs on. Each is the median of some seeds, in the fourth run of its executor.
 */
export async function measure(): Promise<Measurement[]> {
  const measurements: Measurement[] = []
  for (const profile of PROFILES) {
    for (const slots of SLOTS) {
      for (const agents of AGENTS) measurements.push(...(await measureMachine(profile, slots, agents)))
    }
  }
  return measurements
}

async function measureMachine(profile: string, slots: number, agents: number): Promise<Measurement[]> {
  const caseOf = (way: string) => `${profile}, ${slots} slots, ${way}, ${agents} agents`
  const measurements: Measurement[] = []
  const medians = new Map<Way, number>()
  for (const way of WAYS) {
    const runs: FirstActions[] = []
    for (const seed of seedsFor(agents)) runs.push(await timeStrategy({ profile, slots, agents, way, seed }))
    for (const [metric, moment] of Object.entries(MOMENTS)) {
      const value = medianOf(runs.map(run => run[moment]))
      measurements.push({ bench: 'strategy', case: caseOf(way), metric, value, unit: SIMULATED })
      if (metric === 'median') medians.set(way, value)
    }
  }
  const [onePrompt = 0, fanOut = 0, auto = 0] = WAYS.slice(1).map(way => medians.get(way))
  measurements.push({
    bench: 'strategy',
    case: caseOf('auto'),
    metric: 'ratio',
    value: auto / Math.min(onePrompt, fanOut),
    unit: '×',
    ratioTo: caseOf(onePrompt <= fanOut ? 'one-prompt' : 'fan-out'),
  })
  return measurements
}

function medianOf(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[figures.length >> 1] ?? Number.NaN
}

/** The median agent's first action by `auto`, against the better strategy. */
export const limits: Limits = Object.fromEntries(
  PROFILES.flatMap(profile => SLOTS.map(slots => [`${profile}, ${slots} slots, auto ratio`, 'at most 1.1'])),
)
