import { type Completion, defineActions, LlmClient, type PlanRequest } from 'planweave'
import { z } from 'zod'

/** A small vocabulary and a deterministic reply, for benchmarks that need a batch of any size. */
export interface GuardWorld {
  readonly at: readonly [number, number]
  readonly enemies: readonly { readonly id: string; readonly at: readonly [number, number] }[]
}

export const actions = defineActions(
  {
    MoveTo: { args: { x: z.int(), y: z.int(), speed: z.enum(['walk', 'run']).optional() } },
    Attack: {
      args: { target: z.string() },
      valid: ({ target }, world: GuardWorld) =>
        world.enemies.some(enemy => enemy.id === target) || `no enemy ${target}`,
    },
    Wait: { args: { seconds: z.number().positive() } },
  },
  { world: z.custom<GuardWorld>() },
)

const enemies = [0, 1, 2, 3].map(i => ({ id: `orc-${i}`, at: [9 + i, 3] as const }))

/** Ids in the order in which a batch is sorted, so that the reply follows the prompt. */
export function guards(count: number): PlanRequest<GuardWorld>[] {
  return Array.from({ length: count }, (_, i) => ({
    agentId: `guard-${String(i).padStart(4, '0')}`,
    world: { at: [i, 2 * i] as const, enemies },
  }))
}

/** A legal plan of three steps for each, as compact JSON. */
export function replyFor(requests: readonly PlanRequest<GuardWorld>[]): string {
  return JSON.stringify({ plans: requests.map(planFor) })
}

/** A legal plan of three steps; `i` tells one agent's from another's. */
export function planFor({ agentId, world }: PlanRequest<GuardWorld>, i: number): object {
  return {
    agent: agentId,
    steps: [
      { act: 'MoveTo', x: world.at[0] + 1, y: world.at[1], ...(i % 2 && { speed: 'run' }) },
      { act: 'Attack', target: enemies[i % enemies.length]?.id },
      { act: 'Wait', seconds: 1 + (i % 3) / 2 },
    ],
  }
}

/** Pieces of one to six characters, as tokens come: the same ones every time. */
export function inTokens(text: string): string[] {
  const pieces: string[] = []
  for (let at = 0, i = 0; at < text.length; i++) {
    const length = 1 + ((i * 7) % 6)
    pieces.push(text.slice(at, at + length))
    at += length
  }
  return pieces
}

/** A model that has its reply ready: what is left is the work of the program around it. */
export class ReadyClient extends LlmClient {
  readonly model = 'ready'
  readonly #pieces: readonly string[]

  constructor(pieces: readonly string[]) {
    super()
    this.#pieces = pieces
  }

  async complete(): Promise<Completion> {
    return { text: this.#pieces.join(''), finishReason: 'stop', usage: {}, timings: { firstTextMs: 0, totalMs: 0 } }
  }

  override async *completeStreaming(): AsyncGenerator<string, Completion, void> {
    yield* this.#pieces
    return this.complete()
  }
}
