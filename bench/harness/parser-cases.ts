import type { Measurement } from './measurement.ts'

export const FLOOR = 'bare reader'
/** Parses each plan at its closing brace, and nothing of its steps before: less than the job of the others. */
export const PLANS_ONLY = 'bare reader, plans only'
export const OURS = 'parser'
export const VALIDATED = 'parser with zod'
export const NOISY = 'parser with zod, noisy reply'

export function row(
  name: string,
  metric: string,
  value: number,
  unit: string,
  agents?: readonly string[],
): Measurement {
  return { bench: 'parser', case: caseOf(name, agents), metric, value, unit }
}

export function caseOf(name: string, agents?: readonly string[]): string {
  return agents ? `${name}, ${agents.length} agents` : name
}
