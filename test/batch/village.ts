import { z } from 'zod'
import { defineActions, type Step } from '../../src/actions.ts'
import type { BatchEvents, BatchRun } from '../../src/batch/batch-events.ts'
import { BatchExecutor } from '../../src/batch/batch-executor.ts'
import type { BatchExecutorOptions } from '../../src/batch/batch-options.ts'
import type { PlanOutcome } from '../../src/batch/plan-outcome.ts'
import type { LlmClient } from '../../src/llm/llm-client.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import type { PlanRequest } from '../../src/world.ts'

/** What a villager sees: enough for a rule of each kind. */
export interface World {
  readonly hp: number
  readonly wallX: number
  readonly enemies: readonly string[]
}

export const actions = defineActions(
  {
    MoveTo: {
      args: { x: z.int(), y: z.int() },
      check: ({ x }, world: World) => x !== world.wallX || `a wall at ${x}`,
    },
    Attack: {
      args: { target: z.string() },
      valid: ({ target }, world: World) => world.enemies.includes(target) || `no enemy ${target}`,
    },
    Wait: { args: { seconds: z.number().positive() } },
  },
  { world: z.custom<World>() },
)
export type VillageStep = Step<typeof actions>

export const world: World = { hp: 10, wallX: 9, enemies: ['orc'] }
export const move: VillageStep = { act: 'MoveTo', x: 1, y: 2 }
export const attack: VillageStep = { act: 'Attack', target: 'orc' }
export const wait: VillageStep = { act: 'Wait', seconds: 1 }

export function ask(agentId: string, more: Partial<PlanRequest<World>> = {}): PlanRequest<World> {
  return { agentId, world, ...more }
}

/** Agents `a0`, `a1`, … */
export function villagers(count: number, more: Partial<PlanRequest<World>> = {}): PlanRequest<World>[] {
  return Array.from({ length: count }, (_, index) => ask(`a${index}`, more))
}

/** One element of a reply, as the model is asked to write it. */
export function planText(agent: string, steps: readonly unknown[] = [move]): string {
  return JSON.stringify({ agent, steps })
}

export function replyText(...elements: string[]): string {
  return `{"plans":[${elements.join(',')}]}`
}

export type Options = BatchExecutorOptions<VillageStep, World>

export function executorOf(client: LlmClient, options: Partial<Options> = {}): BatchExecutor<VillageStep, World> {
  return new BatchExecutor({ client, actions, emergency: [wait], clock: new ManualClock(), ...options })
}

/** `a0 model`, `a1 emergency after model:missing re-ask:missing`: an outcome in words, for tables. */
export function inWords({ agentId, tier, attempts }: PlanOutcome<unknown>): string {
  const causes = attempts.map(attempt => `${attempt.tier}:${attempt.error.code}`)
  return `${agentId} ${tier}${causes.length > 0 ? ` after ${causes.join(' ')}` : ''}`
}

export async function outcomesOf(run: BatchRun<VillageStep>): Promise<string[]> {
  return (await run.result).outcomes.map(inWords)
}

/** Everything that a run emits, in order. */
export function recordOf(run: BatchRun<VillageStep>): readonly { readonly name: string; readonly event: unknown }[] {
  const record: { name: string; event: unknown }[] = []
  const names: (keyof BatchEvents<VillageStep>)[] = [
    'chunk',
    'step',
    'text',
    'stepRejected',
    'rejected',
    'outcome',
    'end',
    'listenerError',
  ]
  for (const name of names) run.on(name, (event: unknown) => record.push({ name, event }))
  return record
}
