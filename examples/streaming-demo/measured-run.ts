import {
  type AgentId,
  BatchExecutor,
  type LlmClient,
  LlmError,
  type PlanOutcome,
  type PlanRequest,
  type PromptCompressor,
} from 'planweave'
import { type AstraStep, actions } from '../astraweave/actions.ts'
import { emergency, heuristic } from '../astraweave/heuristic.ts'
import type { WorldSnapshot } from '../astraweave/snapshot.ts'

// A slow machine is not a broken one, and the demo has Ctrl-C.
const TIMEOUTS = { firstTextMs: 300_000, idleMs: 60_000, totalMs: 1_200_000 }

/** When one agent got what. Milliseconds since the batch was sent. */
export interface AgentTimes {
  readonly agentId: AgentId
  readonly firstStep?: { readonly atMs: number; readonly step: AstraStep }
  readonly plan?: { readonly atMs: number; readonly outcome: PlanOutcome<AstraStep> }
}

export interface Tokens {
  /** Prompt tokens that the server read and did not find in its cache. */
  readonly evaluated?: number
  /** Tokens that the server wrote. */
  readonly output?: number
}

/** One batch, from sending it to the last plan. A time that never came is absent. */
export interface MeasuredRun {
  readonly firstChunkMs?: number
  readonly firstStepMs?: number
  /** Of plans that the model made. */
  readonly firstPlanMs?: number
  readonly lastPlanMs?: number
  readonly totalMs: number
  readonly chunks: number
  /** What was read of the reply, all attempts. */
  readonly text: string
  /** How many characters of it had been read when the first step came. */
  readonly firstStepChars?: number
  /** The same for each plan of the model's, in the order in which they came. */
  readonly planChars: readonly number[]
  /** In the order of the batch. */
  readonly agents: readonly AgentTimes[]
  readonly outcomes: readonly PlanOutcome<AstraStep>[]
  readonly tokens: Tokens
  /** Why the model was read no further, when it failed. */
  readonly failure?: LlmError
}

/** What happens in a run while it happens. */
export interface RunWatcher {
  firstChunk(atMs: number): void
  firstStep(agentId: AgentId, step: AstraStep, atMs: number): void
  plan(outcome: PlanOutcome<AstraStep>, atMs: number): void
}

export interface RunOptions {
  readonly client: LlmClient
  readonly compressor: PromptCompressor<AstraStep, WorldSnapshot>
  readonly requests: readonly PlanRequest<WorldSnapshot>[]
  readonly seed: number
  readonly signal: AbortSignal
  readonly watcher?: RunWatcher
  /** Milliseconds, from any moment on. @defaultValue the platform's monotonic time */
  readonly now?: () => number
}

/** Runs one batch and writes down when what came. Never rejects: a model that fails is part of the record. */
export async function measuredRun(options: RunOptions): Promise<MeasuredRun> {
  const { client, compressor, requests, seed, signal, watcher, now = () => performance.now() } = options
  let text = ''
  let chunks = 0
  let failure: LlmError | undefined
  let tokens: Tokens = {}
  const executor = new BatchExecutor({
    client,
    actions,
    compressor,
    heuristic,
    emergency,
    // One reply for everybody is what is shown here.
    maxAgentsPerPrompt: requests.length,
    trace: ({ end }) => {
      if (!(end instanceof LlmError)) tokens = addTokens(tokens, tokensOf(end.usage))
      else if (end.code !== 'aborted') failure = end
    },
  })

  const start = now()
  const firstSteps = new Map<AgentId, NonNullable<AgentTimes['firstStep']>>()
  const plans = new Map<AgentId, NonNullable<AgentTimes['plan']>>()
  const planChars: number[] = []
  let firstChunkMs: number | undefined
  let firstStepChars: number | undefined

  const run = executor.run(requests, { temperature: 0, seed, timeouts: TIMEOUTS, signal })
  run.on('chunk', chunk => {
    chunks += 1
    text += chunk.text
    if (firstChunkMs !== undefined) return
    firstChunkMs = now() - start
    watcher?.firstChunk(firstChunkMs)
  })
  run.on('step', ({ agentId, step }) => {
    if (firstSteps.has(agentId)) return
    firstStepChars ??= text.length
    const first = { atMs: now() - start, step }
    firstSteps.set(agentId, first)
    watcher?.firstStep(agentId, step, first.atMs)
  })
  run.on('outcome', outcome => {
    const plan = { atMs: now() - start, outcome }
    plans.set(outcome.agentId, plan)
    if (isFromModel(outcome)) planChars.push(text.length)
    watcher?.plan(outcome, plan.atMs)
  })

  const { outcomes } = await run.result
  const totalMs = now() - start
  const planTimes = [...plans.values()].filter(({ outcome }) => isFromModel(outcome)).map(({ atMs }) => atMs)
  return {
    ...defined({
      firstChunkMs,
      firstStepMs: least([...firstSteps.values()].map(({ atMs }) => atMs)),
      firstPlanMs: least(planTimes),
      lastPlanMs: planTimes.at(-1),
      firstStepChars,
      failure,
    }),
    totalMs,
    chunks,
    text,
    planChars,
    agents: outcomes.map(({ agentId }) => ({
      agentId,
      ...defined({ firstStep: firstSteps.get(agentId), plan: plans.get(agentId) }),
    })),
    outcomes,
    tokens,
  }
}

/** Did a model make this plan, whichever and however often it was asked? */
export function isFromModel({ tier }: PlanOutcome<AstraStep>): boolean {
  return tier !== 'heuristic' && tier !== 'emergency'
}

type Usage = { readonly promptTokens?: number; readonly cachedPromptTokens?: number; readonly outputTokens?: number }

/** Servers that don't say what was cached report the prompt's whole length. */
export function tokensOf({ promptTokens, cachedPromptTokens = 0, outputTokens }: Usage): Tokens {
  return defined({
    evaluated: promptTokens === undefined ? undefined : promptTokens - cachedPromptTokens,
    output: outputTokens,
  })
}

export function addTokens(a: Tokens, b: Tokens): Tokens {
  return defined({ evaluated: sum(a.evaluated, b.evaluated), output: sum(a.output, b.output) })
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : a + (b ?? 0)
}

function least(numbers: readonly number[]): number | undefined {
  return numbers.length === 0 ? undefined : Math.min(...numbers)
}

type Defined<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> }

/** Without the fields that have no value, as `exactOptionalPropertyTypes` wants it. */
function defined<T extends object>(fields: T): Defined<T> {
  // `fromEntries` forgets the keys; these are the same ones.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>
}
