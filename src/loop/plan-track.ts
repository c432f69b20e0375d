import type { PlanOutcome, Tier } from '../batch/plan-outcome.ts'

/** A plan on its way through an agent: what was issued, what comes next, and whether more may come. */
export class PlanTrack<S> {
  readonly planId: string
  /** Of a plan that is still being written, only its end tells for sure. */
  tier: Tier
  /** When the world that it was made from was sent off, in calls of `tick()`. */
  readonly madeAt: number
  steps: readonly S[]
  /** The model is still writing it; only in `eager`. */
  open: boolean
  /** Steps issued so far, which is the next one's index. */
  issued = 0

  constructor(planId: string, tier: Tier, steps: readonly S[], madeAt: number, open = false) {
    this.planId = planId
    this.tier = tier
    this.steps = steps
    this.madeAt = madeAt
    this.open = open
  }

  static of<S>({ plan, tier }: PlanOutcome<S>, madeAt: number): PlanTrack<S> {
    return new PlanTrack(plan.planId, tier, plan.steps, madeAt)
  }

  get nextStep(): S | undefined {
    return this.steps[this.issued]
  }

  /** Nothing of it is left, and nothing more will come. */
  get usedUp(): boolean {
    return !this.open && this.issued >= this.steps.length
  }
}

/** Made without a model: such a plan bridges the time until the model's, and is never missed. */
export function isFloor(tier: Tier): boolean {
  return tier === 'heuristic' || tier === 'emergency'
}
