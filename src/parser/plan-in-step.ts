import { isAgentKey } from './is-agent-key.ts'
import type { OpenObject } from './open-object.ts'
import { readObject } from './read-object.ts'

const STEPS_KEY = /(?:^|[\s{,])["'“”]?steps["'“”]?\s*:?\s*$/

/** Does this end with the key of a list of steps? */
export function endsWithStepsKey(text: string): boolean {
  return STEPS_KEY.test(text)
}

/** What a plan says that started where a step should, up to its steps; nothing when it is a step: it names an action. */
export function planInStep(
  text: string,
  textFields: ReadonlySet<string>,
): Pick<OpenObject, 'names' | 'texts'> | undefined {
  const { value } = readObject(text, false)
  if (!value || 'act' in value) return undefined
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
