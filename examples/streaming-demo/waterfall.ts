import { NAME_WIDTH } from './agent-line.ts'
import type { AgentTimes } from './measured-run.ts'
import { fitted, printable } from './wording.ts'

const WAITING = '·'
const FIRST_STEP = '▒'
const PLAN = '█'
const LONGEST_SCALE = 120

export const WATERFALL_KEY = `${WAITING} waiting   ${FIRST_STEP} first step known   ${PLAN} plan complete`

/** The agents over time, one row each, from sending the batch to `endMs`. */
export function waterfall(agents: readonly AgentTimes[], endMs: number, width: number): string[] {
  const columns = Math.max(10, Math.min(LONGEST_SCALE, width - NAME_WIDTH - 3))
  const columnOf = (ms: number) => Math.min(columns - 1, Math.floor((ms / endMs) * columns))
  const rows = agents.map(({ agentId, firstStep, plan }) => {
    const planned = plan ? columnOf(plan.atMs) : columns
    const started = Math.min(planned, firstStep ? columnOf(firstStep.atMs) : columns)
    const bar = WAITING.repeat(started) + FIRST_STEP.repeat(planned - started) + PLAN.repeat(columns - planned)
    return `  ${fitted(printable(agentId), NAME_WIDTH)} ${bar}`
  })
  return [`  ${' '.repeat(NAME_WIDTH)} ${timeScale(endMs, columns)}`, ...rows]
}

/** Labels at whole seconds, as many as fit with a gap between them. */
function timeScale(endMs: number, columns: number): string {
  let scale = ''
  for (const ms of ticksUpTo(endMs, Math.floor(columns / 10))) {
    const column = Math.floor((ms / endMs) * columns)
    const label = `${ms / 1000} s`
    if (column + label.length <= columns) scale = scale.padEnd(column) + label
  }
  return scale
}

const TICKS_MS = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000]

/** Round moments, at most `count` of them after the first. */
export function ticksUpTo(endMs: number, count: number): number[] {
  const step = TICKS_MS.find(tick => endMs / tick <= count) ?? endMs
  return Array.from({ length: Math.floor(endMs / step) + 1 }, (_, index) => index * step)
}
