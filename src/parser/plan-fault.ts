import type { AnyStep } from '../plan.ts'
import type { OpenObject } from './open-object.ts'
import type { OpenPlan } from './open-plan.ts'
import type { ParserPolicy } from './parser-policy.ts'

/** In characters: of a longer name only the start is told. */
export const LONGEST_NAME = 200
export const NO_AGENT = { code: 'malformed', message: 'steps without an agent' } as const

/** Why a closed plan is refused, if it is. */
export function faultOf<S extends AnyStep>(
  plan: OpenPlan<S>,
  { repairs, hasSteps }: OpenObject,
  { strict, onIllegalStep }: ParserPolicy,
): OpenPlan<S>['fault'] {
  if (plan.fault) return plan.fault
  if (!plan.agent)
    return plan.stranger === undefined
      ? NO_AGENT
      : {
          code: 'unknown-agent',
          message: `no plan is awaited of ${JSON.stringify(plan.stranger.slice(0, LONGEST_NAME))}`,
        }
  if (!hasSteps) return { code: 'malformed', message: 'has no list of steps' }
  if (strict && repairs.length > 0) return { code: 'malformed', message: repairs.join(', ') }
  if (plan.refusal === undefined) return undefined
  if (onIllegalStep === 'reject' || plan.steps.length === 0) return { code: 'invalid', message: plan.refusal }
  return undefined
}
