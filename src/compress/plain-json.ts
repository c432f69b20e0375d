import type { Json } from '../world.ts'

/** Deeper than any view that a model could follow. */
const MAX_DEPTH = 32

/**
 * What JSON can say of a game's own object. Fields that hold functions, symbols or nothing are left out, as `JSON.stringify` does;
 * what else JSON can't hold (a cycle, a bigint, a depth over 32, a number without a value) becomes `null` and is reported with its path.
 */
export function plainJson(value: unknown, report: (path: string, reason: string) => void): Json {
  return plain(value, '', new Set(), report) ?? null
}

function plain(
  value: unknown,
  path: string,
  open: Set<object>,
  report: (path: string, reason: string) => void,
): Json | undefined {
  const refuse = (reason: string) => {
    report(path || '(root)', reason)
    return null
  }
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      if (Number.isFinite(value)) return Object.is(value, -0) ? 0 : value
      return refuse(`${value} is not a JSON number`)
    case 'bigint':
      return refuse('a bigint is not a JSON number')
    case 'object':
      break
    default:
      return undefined
  }
  if (value === null) return null
  if (open.has(value)) return refuse('it contains itself')
  if (open.size >= MAX_DEPTH) return refuse(`deeper than ${MAX_DEPTH}`)
  open.add(value)
  try {
    if ('toJSON' in value && typeof value.toJSON === 'function') return plain(value.toJSON(), path, open, report)
    if (Array.isArray(value)) return value.map((item, i) => plain(item, `${path}[${i}]`, open, report) ?? null)
    const fields: [string, Json][] = []
    for (const [key, field] of Object.entries(value)) {
      const json = plain(field, path ? `${path}.${key}` : key, open, report)
      if (json !== undefined) fields.push([key, json])
    }
    // Defines own fields, where an assignment would let a key called `__proto__` change the object's prototype.
    return Object.fromEntries(fields)
  } finally {
    open.delete(value)
  }
}
