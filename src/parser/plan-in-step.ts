import { isAgentKey } from './is-agent-key.ts'
import type { OpenObject } from './open-object.ts'
import { readObject } from './read-object.ts'

/** A first look, which costs less than to read the object: the quote before the key may be any, or lost. */
const STEPS_KEY = /steps["'“”]?\s*:?\s*$/

/** May this end with the key of a list of steps? */
export function mayEndWithStepsKey(text: string): boolean {
  return STEPS_KEY.test(text)
}

/**
 * What a plan says that started where a step should, up to its steps; nothing when it is no plan: it names an action, or what
 * looked like the key of its steps is part of another one.
 *
 * @param text ends with an empty list in place of the steps
 */
export function planInStep(
  text: string,
  textFields: ReadonlySet<string>,
): Pick<OpenObject, 'names' | 'texts'> | undefined {
  const { value: plan } = readObject(text, false)
  if (!plan || 'act' in plan || !isEmptyList(plan.steps)) return undefined
  const names: NonNullable<OpenObject['names']> = []
  const texts: NonNullable<OpenObject['texts']> = []
  for (const [key, value] of Object.entries(plan)) {
    const quoted = typeof value === 'string'
    if (!quoted && typeof value !== 'number') continue
    if (isAgentKey(key)) names.push({ key, name: String(value), quoted })
    else if (quoted && textFields.has(key)) texts.push([key, JSON.stringify(value).slice(1, -1)])
  }
  return { names, texts }
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}
