import type { z } from 'zod'

const SHOWN_CHARS = 60
const SHOWN_ISSUES = 3

/** What is wrong with a step, for the model that wrote it: where, what was expected, what it got. */
export function explainIssues(issues: readonly z.core.$ZodIssue[], step: unknown): string {
  const shown = issues.slice(0, SHOWN_ISSUES).map(issue => explain(issue, step))
  if (issues.length > SHOWN_ISSUES) shown.push(`and ${issues.length - SHOWN_ISSUES} more`)
  return shown.join('; ')
}

function explain(issue: z.core.$ZodIssue, step: unknown): string {
  const place = issue.path.length === 0 ? '' : `${pathOf(issue.path)}: `
  const got = show(valueAt(step, issue.path))
  return `${place}${expectationOf(issue)}, got ${got}`
}

function expectationOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected}`
    case 'invalid_value':
      return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`
    case 'invalid_union': {
      const options: unknown = 'options' in issue ? issue.options : undefined
      if (Array.isArray(options)) return `expected one of ${options.map(String).join(', ')}`
      return 'expected another shape'
    }
    default:
      return issue.message
  }
}

/** What stands at a path of an issue; undefined when the path leads nowhere. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined
    at = Object.getOwnPropertyDescriptor(at, key)?.value
  }
  return at
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`)).join('')
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value)
  return text.length > SHOWN_CHARS ? `${text.slice(0, SHOWN_CHARS)}…` : text
}
