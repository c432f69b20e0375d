import type { Actions } from '../actions.ts'
import type { Clock } from '../clock.ts'
import { ignoreRejection, messageOf } from '../errors.ts'
import { type AgentId, type AnyStep, planIdOf } from '../plan.ts'
import type { PlanRequest } from '../world.ts'
import type { AttemptError, PlanOutcome, Tier } from './plan-outcome.ts'
import type { PlanTicket } from './plan-ticket.ts'

/** Steps that need no model. `failure` says why the heuristic did not make them. */
interface FloorPlan<S> {
  readonly tier: Extract<Tier, 'heuristic' | 'emergency'>
  readonly steps: readonly S[]
  readonly failure?: AttemptError
}

/** What agents do without a model: the game's heuristic, else its emergency steps. Never throws, never waits. */
export class PlanFloor<S extends AnyStep, W extends object> {
  readonly #actions: Actions<S, W>
  readonly #heuristic: ((world: W, agentId: AgentId) => readonly S[]) | undefined
  readonly #emergency: readonly S[]

  /** @throws TypeError when `emergency` has no steps, or one that the actions' schema refuses. */
  constructor(
    actions: Actions<S, W>,
    heuristic: ((world: W, agentId: AgentId) => readonly S[]) | undefined,
    emergency: readonly S[],
  ) {
    this.#actions = actions
    this.#heuristic = heuristic
    this.#emergency = checkedEmergency(actions, emergency)
  }

  /** Ends a claimed ticket with a plan of the floor. */
  outcomeFor(ticket: PlanTicket<S, W>, runId: string, clock: Clock): PlanOutcome<S> {
    const { agentId } = ticket
    const { tier, steps, failure } = this.#planFor(ticket.request)
    if (failure) ticket.fail('heuristic', failure, clock.now())
    return ticket.finish({ planId: planIdOf(runId, agentId, ticket.nextAttempt()), agentId, steps, notes: {} }, tier)
  }

  #planFor({ agentId, world }: PlanRequest<W>): FloorPlan<S> {
    const heuristic = this.#heuristic
    if (!heuristic) return { tier: 'emergency', steps: this.#emergency }
    try {
      const steps: readonly S[] = heuristic(world, agentId)
      // The game's code is not always typed, and an async heuristic would hand us a promise.
      if (!Array.isArray(steps)) {
        ignoreRejection(steps)
        return this.#emergencyAfter('heuristic-failed', 'it returned no list of steps')
      }
      if (steps.length === 0) return this.#emergencyAfter('empty-plan', 'it had no steps to offer')
      // Not by `map`, which leaves out the holes of a list, and with them the steps.
      return { tier: 'heuristic', steps: Array.from(steps, (step, index) => this.#legal(step, index, world, agentId)) }
    } catch (error) {
      return this.#emergencyAfter('heuristic-failed', messageOf(error))
    }
  }

  #legal(step: S, index: number, world: W, agentId: AgentId): S {
    const parsed = this.#actions.step.safeParse(step)
    if (!parsed.success) throw new TypeError(`step ${index}: ${parsed.error.issues[0]?.message ?? 'refused'}`)
    let verdict = this.#actions.valid(parsed.data, world, agentId)
    // The first step starts at once, so it must also be legal now: there is no model to ask for a better one.
    if (verdict === true && index === 0) verdict = this.#actions.check(parsed.data, world, agentId)
    if (verdict !== true) throw new TypeError(`step ${index}: ${verdict}`)
    return parsed.data
  }

  #emergencyAfter(code: 'heuristic-failed' | 'empty-plan', message: string): FloorPlan<S> {
    return { tier: 'emergency', steps: this.#emergency, failure: { code, message } }
  }
}

function checkedEmergency<S extends AnyStep, W>(actions: Actions<S, W>, steps: readonly S[]): readonly S[] {
  if (!Array.isArray(steps) || steps.length === 0) {
    throw new TypeError('emergency needs at least one step: it is what agents do when nothing else worked')
  }
  const checked = steps.map((step, index) => {
    const parsed = actions.step.safeParse(step)
    // Every outcome of this tier shares these steps.
    if (parsed.success) return Object.freeze(parsed.data)
    const [issue] = parsed.error.issues
    throw new TypeError(`emergency[${index}]: ${issue?.path.join('.') || 'act'}: ${issue?.message ?? 'refused'}`)
  })
  return Object.freeze(checked)
}
