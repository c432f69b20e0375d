import type { Prompt } from 'planweave'
import { median } from './interleaved.ts'
import { SimulatedMachine } from './simulated-machine.ts'
import { VirtualClock } from './virtual-clock.ts'

/** What a tick's requests cost on a simulated server, all sent at once. */
export interface TurnCosts {
  /** Prompt tokens of all requests of a tick, whether they were in the cache or not; the mean over the ticks. */
  readonly promptTokens: number
  /** …and those of them that the server had to read. */
  readonly evaluatedTokens: number
  /** To the first text of the reply that begins first, and of the one that begins last: median over the ticks, ms of the virtual clock. */
  readonly firstTextMs: number
  readonly lastFirstTextMs: number
}

/** Tick after tick on one server with a token-exact prefix cache for each slot. The first tick fills it and is not counted. */
export async function simulateTurns(
  ticks: readonly (readonly Prompt[])[],
  { profile, slots }: { readonly profile: string; readonly slots: number },
): Promise<TurnCosts> {
  const clock = new VirtualClock()
  const machine = new SimulatedMachine(clock, profile, slots, 1)
  const first: number[] = []
  const last: number[] = []
  let [promptTokens, evaluatedTokens] = [0, 0]
  for (const [tick, prompts] of ticks.entries()) {
    const readBefore = machine.evaluatedTokens
    const completions = await clock.runUntil(Promise.all(prompts.map(prompt => machine.complete(prompt))))
    if (tick === 0) continue
    const times = completions.map(({ timings }) => timings.firstTextMs)
    first.push(Math.min(...times))
    last.push(Math.max(...times))
    for (const { usage } of completions) promptTokens += usage?.promptTokens ?? 0
    evaluatedTokens += machine.evaluatedTokens - readBefore
  }
  const counted = ticks.length - 1
  return {
    promptTokens: promptTokens / counted,
    evaluatedTokens: evaluatedTokens / counted,
    firstTextMs: median(first),
    lastFirstTextMs: median(last),
  }
}
