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
  const { value } = readObject(text, false)
  if (!value || 'act' in value || !isEmptyList(value.steps)) return undefined
  const plan: Pick<OpenObject, 'names' | 'texts'> = { names: [], texts: [] }
  for (const [key, written] of Object.entries(value)) {
    if (typeof written !== 'string' && typeof written !== 'number') continue
    const quoted = typeof written === 'string'
    const text = quoted ? JSON.stringify(written).slice(1, -1) : String(written)
    if (isAgentKey(key)) plan.names.push([key, { written: text, quoted }])
    else if (quoted && textFields.has(key)) plan.texts.push([key, text])
  }
  return plan
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}
