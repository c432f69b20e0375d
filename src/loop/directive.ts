import type { Tier } from '../batch/plan-outcome.ts'
import type { AgentId } from '../plan.ts'

/** Which step of which plan: what `Planner.settle` asks for. An `act` directive is one. */
export interface StepRef {
  readonly agentId: AgentId
  readonly planId: string
  /** The step's place in its plan. */
  readonly index: number
}

/** What the game does now, or gets to know, about one agent. */
export type Directive<S> =
  /** Start this step. It ends whatever the agent was doing, and runs until the game settles it or its `ticks.max` is over. */
  | ({ readonly type: 'act'; readonly step: S; readonly tier: Tier } & StepRef)
  /** Once per request, from the tick that took it up; for the user interface. The heuristic acts meanwhile. */
  | { readonly type: 'thinking'; readonly agentId: AgentId; readonly sinceTick: number }
  /** What the model added to a text field since the last tick; only for the executor's `textFields`. */
  | { readonly type: 'text'; readonly agentId: AgentId; readonly field: string; readonly delta: string }
  /**
   * No further step of this plan comes. `stale`: older than `maxAgeTicks` when it could have started. `superseded`: a newer
   * plan or request took its place. `illegal-now`: its next step's `check` refused. `cancelled`: its deadline was over. `failed`:
   * the model gave no plan. `refused`: the model could not be asked in time, or is not to be asked so soon; there was no
   * `thinking`. The last three end the request, and the agent goes on by heuristic. Where no plan was begun, `planId` is a new
   * one that nothing else has.
   */
  | {
      readonly type: 'dropped'
      readonly agentId: AgentId
      readonly planId: string
      readonly reason: 'stale' | 'superseded' | 'illegal-now' | 'cancelled' | 'failed' | 'refused'
    }
  /** Only in `eager`: the plan whose first steps already ran failed afterwards; nothing of it from `fromIndex` on will come. */
  | {
      readonly type: 'revoked'
      readonly agentId: AgentId
      readonly planId: string
      readonly fromIndex: number
      readonly reason: string
    }
