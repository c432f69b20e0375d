import type { z } from 'zod'
import { valueAt } from './explain-issues.ts'

const NUMERAL = /^\s*-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?\s*$/i

/**
 * Changes, in place, what the issues point at, where only the spelling is off: `"3"` for 3, `"true"` for true, 3 for "3", and
 * the case of names. Says in words what was changed; whether it is right now is for the schema to say.
 */
export function coerceStep(step: object, issues: readonly z.core.$ZodIssue[], names: readonly string[]): string[] {
  const repairs: string[] = []
  for (const issue of issues) {
    const key = issue.path.at(-1)
    const parent = valueAt(step, issue.path.slice(0, -1))
    if (key === undefined || typeof parent !== 'object' || parent === null) continue
    const value = valueAt(parent, [key])
    const coerced = coercedValue(value, issue, names)
    if (coerced === undefined) continue
    Reflect.set(parent, key, coerced)
    repairs.push(`${issue.path.map(String).join('.')}: read ${JSON.stringify(value)} as ${JSON.stringify(coerced)}`)
  }
  return repairs
}

function coercedValue(value: unknown, issue: z.core.$ZodIssue, names: readonly string[]): unknown {
  switch (issue.code) {
    case 'invalid_type':
      return coercedType(value, issue.expected)
    case 'invalid_value':
      return sameButForCase(value, issue.values)
    case 'invalid_union':
      return issue.path.length === 1 && issue.path[0] === 'act' ? sameButForCase(value, names) : undefined
    default:
      return undefined
  }
}

function coercedType(value: unknown, expected: string): unknown {
  if (expected === 'string') return typeof value === 'number' ? String(value) : undefined
  if (typeof value !== 'string') return undefined
  if (expected === 'boolean') return value === 'true' ? true : value === 'false' ? false : undefined
  if (expected !== 'number' && expected !== 'int') return undefined
  return NUMERAL.test(value) ? Number(value) : undefined
}

/** The one name that differs in case alone; nothing when there are two. */
function sameButForCase(value: unknown, names: readonly unknown[]): unknown {
  if (typeof value !== 'string') return undefined
  const lower = value.toLowerCase()
  const same = names.filter(name => typeof name === 'string' && name.toLowerCase() === lower)
  return same.length === 1 ? same[0] : undefined
}
