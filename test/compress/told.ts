import { expect } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import { NormalForm } from '../../src/compress/normal-form.ts'
import { plainJson } from '../../src/compress/plain-json.ts'
import {
  PromptCompressor,
  type PromptCompressorOptions,
  type PromptReport,
} from '../../src/compress/prompt-compressor.ts'
import type { Json, PlanRequest } from '../../src/world.ts'
import type { ReadPrompt } from './read-prompt.ts'
import { type Scene, viewOf } from './scenes.ts'

export interface Wait {
  readonly act: 'Wait'
  readonly seconds: number
}

const options = {
  actions: defineActions({ Wait: { args: { seconds: z.number() }, doc: 'do nothing, as g17 does' } }),
  view: viewOf,
  decimals: { at: 1 },
  defaults: { morale: 1, tags: [] },
  idKeys: ['id', 'target'],
}
const form = new NormalForm(options)
const NO_ROWS: Readonly<Record<string, readonly Json[]>> = {}

/** A compressor of the small game's scenes. */
export function compressorOf(
  tokenBudget = 99_999,
  more: Partial<PromptCompressorOptions<Wait, Scene>> = {},
): PromptCompressor<Wait, Scene> {
  return new PromptCompressor<Wait, Scene>({ ...options, tokenBudget, ...more })
}

/** A value as the game has declared it. */
export function normal(value: unknown): Json {
  return plainJson(value, () => {}, form)
}

/** Of each of these agents the prompt tells its view as it is, minus the items that are listed as dropped. */
export function expectTold(
  prompt: ReadPrompt,
  requests: readonly PlanRequest<Scene>[],
  { dropped }: Pick<PromptReport, 'dropped'>,
): void {
  for (const { agentId, world, instructions } of requests) {
    const view = viewOf(world)
    const told = Object.hasOwn(prompt.agents, agentId) ? prompt.agents[agentId] : undefined
    const agent = { world: prompt.world, goal: prompt.goal, kinds: NO_ROWS, ...told }
    expect(agent.self).toEqual(normal(view.self))
    expect(agent.goal).toEqual(normal(view.objective))
    expect(agent.world).toEqual(normal(view.shared))
    expect(agent.orders).toBe(instructions || undefined)
    const overBudget = dropped.filter(item => item.agentId === agentId && item.reason.startsWith('over the budget'))
    const gone = new Set(overBudget.map(({ id }) => id))
    const items = (view.items ?? []).filter(({ id }) => !gone.has(id))
    for (const kind of new Set(items.map(item => item.kind))) {
      const rows = items.filter(item => item.kind === kind).map(({ id, data }) => normal({ ...(data as object), id }))
      expect(Object.hasOwn(agent.kinds, kind) ? agent.kinds[kind] : undefined).toEqual(rows)
    }
    expect(Object.values(agent.kinds).flat()).toHaveLength(items.length)
  }
}
