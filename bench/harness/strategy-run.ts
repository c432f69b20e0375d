import {
  BatchExecutor,
  type BatchStrategy,
  type Completion,
  defineActions,
  LlmClient,
  type LlmRequestOptions,
  type PlanRequest,
  type Prompt,
  PromptCompressor,
} from 'planweave'
import { z } from 'zod'
import { SimulatedMachine } from './simulated-machine.ts'
import { VirtualClock } from './virtual-clock.ts'

/** `blocking`: many agents per prompt, and nobody acts before the whole reply to it is there. */
export type Way = 'blocking' | BatchStrategy

export interface StrategyCase {
  readonly profile: string
  readonly slots: number
  readonly agents: number
  readonly way: Way
  /** Runs before the one that is timed: the server has read the rules, and `auto` has seen what it can. */
  readonly warmUps?: number
  readonly seed?: number
}

/** Milliseconds from the call to the first step of the first agent that has one, of the median one and of the last. */
export interface FirstActions {
  readonly firstMs: number
  readonly medianMs: number
  readonly lastMs: number
  readonly strategy: string
}

const WARM_UPS = 3
const MOST_SLOTS = 8

interface GuardWorld {
  readonly at: readonly [number, number]
  readonly hp: number
  readonly enemies: readonly { readonly id: string; readonly at: readonly [number, number] }[]
}

const actions = defineActions(
  {
    MoveTo: { args: { x: z.int(), y: z.int(), speed: z.enum(['walk', 'run']).optional() }, doc: 'walk to a cell' },
    Attack: { args: { target: z.string() }, doc: 'strike an enemy' },
    Wait: { args: { seconds: z.number().positive() }, doc: 'stand still' },
  },
  { world: z.custom<GuardWorld>() },
)

/** Guards whose world is another one in every run, as in a game: what a server keeps of a prompt are the rules alone. */
function guards(count: number, run: number): PlanRequest<GuardWorld>[] {
  return Array.from({ length: count }, (_, i) => ({
    agentId: `guard-${String(i).padStart(2, '0')}`,
    world: {
      at: [i, run] as const,
      hp: 10 + ((7 * i + run) % 90),
      enemies: [0, 1].map(e => ({ id: `orc-${e}`, at: [9 + e, 3 + run] as const })),
    },
  }))
}

/** What a program without streaming sees of the same machine. */
class BlockingClient extends LlmClient {
  readonly model = 'blocking'
  readonly #client: LlmClient

  constructor(client: LlmClient) {
    super()
    this.#client = client
  }

  override complete(prompt: Prompt, options?: LlmRequestOptions): Promise<Completion> {
    return this.#client.complete(prompt, options)
  }
}

/** One run on a simulated machine, after the warm-ups. */
export async function timeStrategy({ way, agents, ...machine }: StrategyCase): Promise<FirstActions> {
  const { profile, slots, warmUps = WARM_UPS, seed = 1 } = machine
  const clock = new VirtualClock()
  const simulated = new SimulatedMachine(clock, profile, slots, seed)
  const executor = new BatchExecutor({
    client: way === 'blocking' ? new BlockingClient(simulated) : simulated,
    actions,
    compressor: new PromptCompressor({ actions, tokenBudget: 8192 }),
    emergency: [{ act: 'Wait', seconds: 1 }],
    strategy: way === 'blocking' ? 'one-prompt' : way,
    // `auto` is not told the slots: it has to find out.
    concurrency: way === 'auto' ? MOST_SLOTS : slots,
    clock,
  })
  for (let run = 0; run < warmUps; run += 1) await clock.runUntil(executor.run(guards(agents, run)).result)

  const startMs = clock.now()
  const firstStepMs = new Map<string, number>()
  const run = executor.run(guards(agents, warmUps))
  run.on('step', ({ agentId }) => {
    if (!firstStepMs.has(agentId)) firstStepMs.set(agentId, clock.now() - startMs)
  })
  const { outcomes, metrics } = await clock.runUntil(run.result)
  const lost = outcomes.filter(({ tier }) => tier !== 'model').length
  if (lost > 0) throw new Error(`${way} on ${profile}: ${lost} of ${agents} plans are not the model's`)
  const { totalMs, strategy } = metrics
  const times = [...firstStepMs.values()].sort((a, b) => a - b)
  const middle = (times.length - 1) / 2
  return {
    firstMs: times[0] ?? totalMs,
    medianMs: ((times[Math.floor(middle)] ?? totalMs) + (times[Math.ceil(middle)] ?? totalMs)) / 2,
    lastMs: times.at(-1) ?? totalMs,
    strategy,
  }
}
