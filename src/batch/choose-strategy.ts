import type { ServerPace } from './server-pace.ts'

/** A server reads more for the same plans when each is asked for by itself: a draw goes to the one prompt. */
const WORTH_IT = 0.96

/** What a run was sent as. */
export type ChosenStrategy = 'one-prompt' | 'fan-out'

/** The bounds within which prompts go out. */
export interface PromptBounds {
  readonly agentsPerPrompt: number
  /** The most prompts on their way at once. */
  readonly concurrency: number
}

/**
 * The strategy by which the median agent has its first step sooner, as far as the server's pace is known. Before anything is
 * known: one prompt, unless more than one slot is. Then, once, prompts side by side, since nothing else tells what slots do.
 */
export function chooseStrategy(pace: ServerPace, agents: number, bounds: PromptBounds): ChosenStrategy {
  const { concurrency } = bounds
  if (agents < 2) return 'one-prompt'
  const slots = pace.slots ?? 1
  if (!pace.known) return Math.min(slots, concurrency) > 1 ? 'fan-out' : 'one-prompt'
  const atOnce = Math.min(concurrency, agents)
  if (atOnce > 1 && !pace.slotsTested(atOnce)) return 'fan-out'
  const lanes = Math.min(concurrency, slots)
  const [together, alone] = [bounds.agentsPerPrompt, 1].map(size => medianFirstStepMs(pace, agents, size, lanes))
  return alone !== undefined && together !== undefined && alone < together * WORTH_IT ? 'fan-out' : 'one-prompt'
}

/** When the median agent has its first step, if so many agents go into each prompt and so many prompts are written at once. */
export function medianFirstStepMs(
  pace: Pick<ServerPace, 'waitMs' | 'writing'>,
  agents: number,
  perPrompt: number,
  lanes: number,
): number {
  const size = Math.min(perPrompt, agents)
  const load = Math.min(lanes, Math.ceil(agents / size))
  const { firstStepMs, planMs } = pace.writing(size === 1, load)
  const waitMs = pace.waitMs(size)
  const times = Array.from({ length: agents }, (_, agent) => {
    const rounds = Math.floor(Math.floor(agent / size) / load)
    return rounds * (waitMs + size * planMs) + waitMs + firstStepMs + (agent % size) * planMs
  }).sort((a, b) => a - b)
  const upper = agents >> 1
  return ((times[upper] ?? 0) + (times[agents % 2 === 0 ? upper - 1 : upper] ?? 0)) / 2
}
