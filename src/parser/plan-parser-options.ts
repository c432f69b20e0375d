import type { Actions } from '../actions.ts'
import type { AgentId, AnyStep } from '../plan.ts'
import type { ParserPolicy } from './parser-policy.ts'

export interface PlanParserOptions<S extends AnyStep, W extends object> extends ParserPolicy {
  readonly actions: Actions<S, W>
  /** Those a plan is awaited of. */
  readonly agents: readonly AgentId[]
  /** What `valid` of the game's actions is asked about; without it, `valid` is not asked. */
  readonly world?: (agentId: AgentId) => W
  /**
   * Short names in the prompt → the ids that they stand for: agents', whatever the string arguments of steps name, and in text fields
   * those words that can mean nothing else (`g17`). An alias comes before an agent's own id, and before an argument's own meaning.
   */
  readonly aliases?: ReadonlyMap<string, string>
  /** The first part of each plan's id. @defaultValue 'run' */
  readonly runId?: string
  /** The last part of a plan's id. @defaultValue 1, 2, … for each agent, counted by this parser */
  readonly nextAttempt?: (agentId: AgentId) => number
}
