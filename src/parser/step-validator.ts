import type { z } from 'zod'
import type { Actions } from '../actions.ts'
import { messageOf } from '../errors.ts'
import type { AgentId, AnyStep } from '../plan.ts'
import { coerceStep } from './coerce-step.ts'
import { explainIssues } from './explain-issues.ts'
import { renameArguments } from './rename-arguments.ts'

export type ValidatedStep<S> =
  | { readonly ok: true; readonly step: S; readonly repairs: readonly string[] }
  | { readonly ok: false; readonly reason: string }

/** The schema of the game's actions, then the action's own rule against the agent's world. Never throws. */
export class StepValidator<S extends AnyStep, W extends object> {
  readonly #actions: Actions<S, W>
  readonly #world: ((agentId: AgentId) => W) | undefined
  readonly #coerce: boolean
  /** Short names → the ids that arguments mean by them. */
  readonly #aliases: ReadonlyMap<string, string> | undefined

  constructor(
    actions: Actions<S, W>,
    world: ((agentId: AgentId) => W) | undefined,
    coerce: boolean,
    aliases?: ReadonlyMap<string, string>,
  ) {
    this.#actions = actions
    this.#world = world
    this.#coerce = coerce
    this.#aliases = aliases?.size ? aliases : undefined
  }

  validate(value: object, agentId: AgentId, repairs: readonly string[]): ValidatedStep<S> {
    try {
      // First, because schemas and rules know the game's own ids alone.
      if (this.#aliases) renameArguments(value, this.#aliases)
      let parsed = this.#actions.step.safeParse(value)
      let all = repairs
      // Twice, because a name in the wrong case hides what is wrong with the arguments.
      for (let round = 0; this.#coerce && !parsed.success && round < 2; round++) {
        all = [...all, ...coerceStep(value, parsed.error.issues, this.#actions.names)]
        parsed = this.#actions.step.safeParse(value)
      }
      if (!parsed.success) return { ok: false, reason: this.#explain(parsed.error.issues, value) }
      const verdict = this.#world ? this.#actions.valid(parsed.data, this.#world(agentId), agentId) : true
      return verdict === true ? { ok: true, step: parsed.data, repairs: all } : { ok: false, reason: verdict }
    } catch (error) {
      // A schema's refinement or the world's getter is the game's code: it harms this step alone.
      return { ok: false, reason: `validation threw: ${messageOf(error)}` }
    }
  }

  #explain(issues: readonly z.core.$ZodIssue[], value: object): string {
    const [issue] = issues
    // With one action alone, zod reports a missing name as a type, which says nothing about what to write.
    if (issue?.path.length === 1 && issue.path[0] === 'act' && issue.code !== 'invalid_union') {
      const got = 'act' in value ? JSON.stringify(value.act) : 'nothing'
      return `act: expected one of ${this.#actions.names.join(', ')}, got ${got}`
    }
    return explainIssues(issues, value)
  }
}
