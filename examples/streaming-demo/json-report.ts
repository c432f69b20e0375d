import type { Comparison, Times } from './comparison.ts'
import type { Setting } from './report-text.ts'

/** The figures for machines. What was not measured, or never came, is `null`. */
export function jsonReport(setting: Setting, comparison: Comparison): string {
  const { streaming, speedup, fractions, identicalPlans, shown } = comparison
  const { chunks, ...streamingTimes } = streaming
  return JSON.stringify(
    {
      simulated: setting.simulated,
      profile: setting.profile ?? null,
      model: setting.model,
      agents: setting.agents,
      runs: setting.runs,
      seed: setting.seed,
      interrupted: setting.interrupted,
      blocking: timesOf(comparison.blocking),
      streaming: { ...timesOf(streamingTimes), chunks: chunks ?? null },
      cold: comparison.cold ? timesOf(comparison.cold) : null,
      speedup: rounded(speedup, 4),
      fractions: rounded(fractions, 4),
      // A reply that is left early has no count of its own; the other mode's prompt is the same.
      tokens: tokensOf({ tokens: { ...comparison.blocking.tokens, ...streaming.tokens } }),
      text: comparison.text ?? null,
      identicalPlans,
      outcomes: (shown?.streaming.outcomes ?? []).map(({ agentId, tier, plan }) => ({
        agentId,
        tier,
        steps: plan.steps.length,
      })),
    },
    null,
    2,
  )
}

function timesOf(times: Omit<Times, 'chunks'>) {
  const { firstChunkMs, firstStepMs, firstPlanMs, lastPlanMs, totalMs } = times
  return { ...rounded({ firstChunkMs, firstStepMs, firstPlanMs, lastPlanMs, totalMs }, 1), tokens: tokensOf(times) }
}

function tokensOf({ tokens: { evaluated, output } }: Pick<Times, 'tokens'>) {
  return { evaluated: evaluated ?? null, output: output ?? null }
}

/** To so many digits after the point: more would be noise. */
function rounded<Name extends string>(
  figures: Readonly<Record<Name, number | undefined>>,
  digits: number,
): Record<Name, number | null> {
  const entries = Object.entries<number | undefined>(figures)
  // `fromEntries` forgets the names; these are the same ones.
  return Object.fromEntries(
    entries.map(([name, figure]) => [name, figure === undefined ? null : Number(figure.toFixed(digits))]),
  ) as Record<Name, number | null>
}
