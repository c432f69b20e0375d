import type { Actions } from '../actions.ts'
import { type Clock, systemClock } from '../clock.ts'
import { PromptCompressor } from '../compress/prompt-compressor.ts'
import type { PromptSession, PromptSessionOptions } from '../compress/prompt-session.ts'
import type { LlmError } from '../errors.ts'
import type { Completion, LlmClient } from '../llm/llm-client.ts'
import type { ParserPolicy } from '../parser/parser-policy.ts'
import { PlanParser } from '../parser/plan-parser.ts'
import type { AgentId, AnyStep } from '../plan.ts'
import type { Prompt } from '../prompt.ts'
import type { ChosenStrategy } from './choose-strategy.ts'

/**
 * `one-prompt`: one reply for many agents. `fan-out`: one request per agent, for servers with parallel slots. `auto`: for each run,
 * whichever gives the median agent its first step sooner, by how fast the server has been so far; `metrics.strategy` tells which.
 */
export type BatchStrategy = ChosenStrategy | 'auto'

/** What went into one prompt and what came out. A reply that was left early ends in `aborted`, with the reason. */
export interface PromptTrace {
  readonly runId: string
  readonly prompt: Prompt
  readonly text: string
  readonly end: Completion | LlmError
}

export interface BatchExecutorOptions<S extends AnyStep, W extends object> extends ParserPolicy {
  readonly client: LlmClient
  readonly actions: Actions<S, W>
  /** Writes the prompts; its `tokenBudget` bounds them. @defaultValue a `PromptCompressor` of these actions */
  readonly compressor?: PromptCompressor<S, W>
  /**
   * Takes over when a reply breaks, stalls or never begins: it is asked at once for those agents of it that have no plan yet, in
   * place of the client. Plans and steps that are out already stay. Each agent is handed over once; after that come the other tiers.
   */
  readonly standby?: LlmClient
  /**
   * Tell the model only what changed since its last answered prompt, in one growing conversation, for servers with a prefix cache.
   * While a prompt of it is on its way, others are written whole. @defaultValue false
   */
  readonly session?: boolean | PromptSessionOptions
  /** A smaller model, or the same with less to read, when the first one failed. */
  readonly simplified?: LlmClient
  /** Writes the prompts of the simplified tier. @defaultValue `compressor` */
  readonly simplifiedCompressor?: PromptCompressor<S, W>
  /** A plan without a model. Its steps are validated as a model's are; no steps mean that it has nothing to say. */
  readonly heuristic?: (world: W, agentId: AgentId) => readonly S[]
  /** Always legal, so that no agent ever has nothing to do. */
  readonly emergency: readonly S[]
  /** Is a plan without steps a plan? @defaultValue false: it counts as the failed attempt 'empty-plan' */
  readonly allowEmptyPlans?: boolean
  /** The most agents in one prompt; `fan-out` always has one. @defaultValue 10 */
  readonly maxAgentsPerPrompt?: number
  /**
   * The most prompts on their way at once, over all runs of this executor, which take turns. @defaultValue `slots`; if that is
   * not given either, 4, and a run with `one-prompt` sends its own prompts one after another
   */
  readonly concurrency?: number
  /**
   * How many replies the server writes at once, if you know (`OLLAMA_NUM_PARALLEL`, llama.cpp's `--parallel`). With more than one,
   * `auto` begins with `fan-out`; without it, with one prompt and then a `fan-out`, to see. What is seen outweighs what was said.
   */
  readonly slots?: number
  /** @defaultValue 'one-prompt' */
  readonly strategy?: BatchStrategy
  /** How often an agent without a plan is asked for again, with what was wrong. @defaultValue 1 */
  readonly reAsks?: number
  /** Room for a reply: unless `run` is told `maxTokens`, a prompt for n agents may be answered with n times this, and 64. @defaultValue 160 */
  readonly tokensPerPlan?: number
  /** The longest reply in tokens. No prompt is for more agents than fit into it at `tokensPerPlan`. @defaultValue none */
  readonly outputBudget?: number
  /** With less of its deadline left, an agent is not asked for again: the floor answers at once. @defaultValue 500 */
  readonly minAttemptMs?: number
  /**
   * How many of the client's plans are remembered, for an agent that asks again with an equal world, to the last digit, and equal
   * instructions, actions, rules, model and options. They are validated again, and come with `cached: true`. Worlds that are not
   * plain data are never remembered. @defaultValue 0: none, as a game may want another plan for the same world
   */
  readonly planCacheSize?: number
  /** @defaultValue the platform's monotonic time */
  readonly clock?: Clock
  /** Begins every run's id, and is the model's seed unless `run` is told another. */
  readonly seed?: number
  /**
   * Send each prompt's JSON Schema, from the actions and for its agents, as `format`, so that a server that can holds its output to
   * it. Everything is validated all the same, since servers fail open. `run`'s own `format` goes first. @defaultValue false
   */
  readonly constrain?: boolean
  /** Called once per prompt, when its reply is over. */
  readonly trace?: (event: PromptTrace) => void
}

/** The options, checked and complete. */
export interface BatchSettings<S extends AnyStep, W extends object> {
  readonly client: LlmClient
  readonly actions: Actions<S, W>
  readonly compressor: PromptCompressor<S, W>
  readonly standby: LlmClient | undefined
  readonly session: PromptSession<W> | undefined
  readonly simplified: LlmClient | undefined
  readonly simplifiedCompressor: PromptCompressor<S, W>
  readonly allowEmptyPlans: boolean
  readonly agentsPerPrompt: number
  readonly concurrency: number
  /** Does a run of long prompts wait for each, unless the server is seen to write several? */
  readonly onePromptAtOnce: boolean
  readonly slots: number | undefined
  readonly strategy: BatchStrategy
  readonly reAsks: number
  readonly tokensPerPlan: number
  readonly outputBudget: number
  readonly minAttemptMs: number
  readonly planCacheSize: number
  readonly clock: Clock
  readonly seed: number | undefined
  readonly constrain: boolean
  readonly trace: ((event: PromptTrace) => void) | undefined
  readonly policy: ParserPolicy
}

/** The brackets and keys around the plans of a reply. */
export const REPLY_FRAME_TOKENS = 64

const STRATEGIES: readonly BatchStrategy[] = ['one-prompt', 'fan-out', 'auto']

/** @throws RangeError or TypeError that says which option is wrong and what it may be. */
export function settingsOf<S extends AnyStep, W extends object>(
  options: BatchExecutorOptions<S, W>,
): BatchSettings<S, W> {
  const {
    client,
    actions,
    compressor = new PromptCompressor({ actions }),
    standby,
    session = false,
    simplified,
    simplifiedCompressor = compressor,
    heuristic: _heuristic,
    emergency: _emergency,
    allowEmptyPlans = false,
    maxAgentsPerPrompt = 10,
    strategy = 'one-prompt',
    slots,
    concurrency = slots ?? 4,
    reAsks = 1,
    tokensPerPlan = 160,
    outputBudget,
    minAttemptMs = 500,
    planCacheSize = 0,
    clock = systemClock,
    seed,
    constrain = false,
    trace,
    ...given
  } = options
  // What one of the prompts asks for has to be read; JSON is in any case.
  const compact = compressor.answer === 'compact' || simplifiedCompressor.answer === 'compact'
  const policy = compact ? { answer: 'compact' as const, ...given } : given
  if (!STRATEGIES.includes(strategy)) {
    throw new RangeError(`strategy is '${String(strategy)}': use '${STRATEGIES.join("' or '")}'`)
  }
  if (constrain && (compact || [compressor, simplifiedCompressor].some(({ dialect }) => dialect !== 'json'))) {
    throw new RangeError(
      "constrain holds replies to JSON: leave out `answer: 'compact'` and dialects other than 'json'",
    )
  }
  if (seed !== undefined && !Number.isSafeInteger(seed)) throw new RangeError(`seed is ${seed}: use a whole number`)
  // It checks the rest; better here than when the first reply is there.
  new PlanParser({ ...policy, actions, agents: [] })
  return {
    client,
    actions,
    compressor,
    standby,
    session: session === false ? undefined : compressor.session(session === true ? {} : session),
    simplified,
    simplifiedCompressor,
    allowEmptyPlans,
    agentsPerPrompt: Math.min(
      wholeNumber('maxAgentsPerPrompt', maxAgentsPerPrompt, 1),
      agentsWithin(
        outputBudget === undefined ? undefined : wholeNumber('outputBudget', outputBudget, 1),
        wholeNumber('tokensPerPlan', tokensPerPlan, 1),
      ),
    ),
    slots: slots === undefined ? undefined : wholeNumber('slots', slots, 1),
    concurrency: wholeNumber('concurrency', concurrency, 1),
    // Long replies behind one another on a server with one slot would run into the deadline for their first text.
    onePromptAtOnce: options.concurrency === undefined && slots === undefined,
    strategy,
    reAsks: wholeNumber('reAsks', reAsks, 0),
    tokensPerPlan,
    outputBudget: outputBudget ?? Number.POSITIVE_INFINITY,
    minAttemptMs: milliseconds('minAttemptMs', minAttemptMs),
    planCacheSize: wholeNumber('planCacheSize', planCacheSize, 0),
    clock,
    seed,
    constrain,
    trace,
    policy,
  }
}

/** How many plans fit into one reply; one is always asked for. */
function agentsWithin(outputBudget: number | undefined, tokensPerPlan: number): number {
  if (outputBudget === undefined) return Number.POSITIVE_INFINITY
  return Math.max(1, Math.floor((outputBudget - REPLY_FRAME_TOKENS) / tokensPerPlan))
}

function wholeNumber(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new RangeError(`${name} is ${value}: use a whole number from ${least} up`)
}

function milliseconds(name: string, value: number): number {
  if (value >= 0) return value
  throw new RangeError(`${name} is ${value}: use 0 or more`)
}
