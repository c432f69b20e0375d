import { isDeepStrictEqual } from 'node:util'
import type { Actions, AnyStep, Plan } from 'planweave'
import { z } from 'zod'
import { BareReader } from './bare-reader.ts'
import { PlanParser } from './built-planweave.ts'
import { actions, type PlanDocument, type PlanElement } from './plan-document.ts'

type See = (value: unknown) => void

/** Reads the pieces of one reply, and hands over each step and each plan. */
export type ReadReply = (chunks: Iterable<string>, onStep: See, onPlan: See) => void | Promise<void>

/** Any step is right: what is left of the parser's work is its own. */
export const acceptingActions: Actions<AnyStep, object> = {
  ...actions,
  // A whole schema, because the type asks for one; the parser calls nothing else of it.
  step: Object.assign(z.custom<AnyStep>(), {
    safeParse: (data: unknown): z.ZodSafeParseSuccess<AnyStep> => ({ success: true, data: data as AnyStep }), // by design
  }),
  valid: () => true,
  check: () => true,
  ticks: () => ({}),
}

export const readBare: ReadReply = (chunks, onStep, onPlan) => {
  const reader = new BareReader(onStep, onPlan)
  for (const chunk of chunks) reader.push(chunk)
}

export const readBarePlans: ReadReply = (chunks, _onStep, onPlan) => {
  const reader = new BareReader(undefined, onPlan)
  for (const chunk of chunks) reader.push(chunk)
}

export function readPlans(actions: Actions<AnyStep, object>, agents: readonly string[]) {
  return (chunks: Iterable<string>, onStep: See, onPlan: (plan: Plan<AnyStep>) => void): void => {
    const parser = new PlanParser({ actions, agents })
    for (const chunk of chunks) {
      for (const event of parser.push(chunk)) {
        if (event.type === 'step') onStep(event.step)
        else if (event.type === 'plan') onPlan(event.plan)
      }
    }
    parser.end()
  }
}

/** As `readPlans`, with each plan put back into the shape that it was written in. */
export function readPlansAsWritten(actions: Actions<AnyStep, object>, agents: readonly string[]): ReadReply {
  const read = readPlans(actions, agents)
  return (chunks, onStep, onPlan) =>
    read(chunks, onStep, ({ agentId, steps, notes }) => onPlan({ agent: agentId, ...notes, steps }))
}

/**
 * Feeds a reply character by character. `late`: the most characters between the closing brace of a step or plan and its arrival;
 * `wrong`: how many are missing, too many, out of order or not as written.
 */
export async function fidelityOf(
  read: ReadReply,
  { text, elements }: PlanDocument,
): Promise<{ readonly late: number; readonly wrong: number }> {
  let fed = 0
  let late = Number.NEGATIVE_INFINITY
  let right = 0
  let seen = 0
  let next = 0
  function* characters() {
    for (const character of text) {
      fed += character.length
      yield character
    }
  }
  const see = (type: PlanElement['type']) => (value: unknown) => {
    seen++
    const at = elements.findIndex(
      (element, i) => i >= next && element.type === type && isDeepStrictEqual(value, element.value),
    )
    const element = elements[at]
    if (!element) return
    right++
    next = at + 1
    late = Math.max(late, fed - element.end)
  }
  await read(characters(), see('step'), see('plan'))
  return { late, wrong: Math.max(seen, elements.length) - right }
}
