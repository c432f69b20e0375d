import type { Actions } from '../actions.ts'
import type { LlmRequestOptions } from '../llm/llm-client.ts'
import type { AnyStep, Plan } from '../plan.ts'
import type { Prompt } from '../prompt.ts'
import type { PlanRequest } from '../world.ts'
import { exactText } from './exact-text.ts'

/** A longer key is not kept, so that memory is bounded by the number of plans. */
const KEY_CHARS = 65_536

/** What a plan depends on beside its request. */
export interface PlanSource {
  readonly model: string
  /** The rules and action signatures, as the model reads them. */
  readonly staticPrefix: Prompt
  readonly options: LlmRequestOptions
}

type CachedPlan<S> = Pick<Plan<S>, 'steps' | 'notes'>

/**
 * The model's plans for worlds that it has seen before: the same agent, world, instructions, actions, prompt, model and options, to
 * the last digit, and never a similar one. The least recently used plan goes first. Nothing expires: time is not part of a world.
 */
export class PlanCache<S extends AnyStep, W extends object> {
  readonly #actions: Actions<S, W>
  readonly #size: number
  readonly #plans = new Map<string, CachedPlan<S>>()

  /** `size`: how many plans are remembered; none with 0, when it is not to be asked. */
  constructor(actions: Actions<S, W>, size: number) {
    this.#actions = actions
    this.#size = size
  }

  get remembers(): boolean {
    return this.#size > 0
  }

  /** Taken before the model is asked: a game may change its world's objects meanwhile. Undefined for a world that is no plain data. */
  keyOf({ agentId, world, instructions }: PlanRequest<W>, source: PlanSource): string | undefined {
    const { model, staticPrefix, options } = source
    const { signal: _, timeouts: __, ...sampling } = options
    const signatures = this.#actions.signatures()
    const key = exactText([agentId, world, instructions, signatures, staticPrefix, model, sampling])
    return key !== undefined && key.length <= KEY_CHARS ? key : undefined
  }

  /** A plan of the model's for this key, validated against the request's world. One that has become illegal is forgotten. */
  find(key: string, { agentId, world }: PlanRequest<W>): CachedPlan<S> | undefined {
    const plan = this.#plans.get(key)
    if (!plan) return undefined
    this.#plans.delete(key)
    const steps: S[] = []
    for (const [index, step] of plan.steps.entries()) {
      const parsed = this.#actions.step.safeParse(step)
      if (!parsed.success || this.#actions.valid(parsed.data, world, agentId) !== true) return undefined
      // The rules may look beyond the world: the first step starts at once.
      if (index === 0 && this.#actions.check(parsed.data, world, agentId) !== true) return undefined
      steps.push(parsed.data)
    }
    this.#plans.set(key, plan)
    return { steps, notes: structuredClone(plan.notes) }
  }

  keep(key: string, { steps, notes }: Plan<S>): void {
    try {
      // The game may change what it was handed.
      this.#plans.set(key, structuredClone({ steps, notes }))
    } catch {
      // A schema may make steps of what cannot be copied, such as functions.
      return
    }
    const [oldest] = this.#plans.keys()
    if (this.#plans.size > this.#size && oldest !== undefined) this.#plans.delete(oldest)
  }
}
