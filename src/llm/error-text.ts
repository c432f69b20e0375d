import { isRecord, parseJson } from './json.ts'

/** Ollama passes its engine's errors through as JSON inside a string, and a proxy may wrap that once more. */
const MAX_STRINGS = 3
const MAX_STEPS = 10

/** What a server put under `error`, in words: a string, an object with a message, or JSON of either inside a string. */
export function errorTextOf(error: unknown): string {
  let value = error
  let strings = 0
  for (let step = 0; step < MAX_STEPS; step++) {
    if (typeof value === 'string') {
      const inner = strings++ < MAX_STRINGS && value.trimStart().startsWith('{') ? parseJson(value) : undefined
      if (!isRecord(inner)) return value
      value = inner
    } else {
      const inner = isRecord(value) ? (value.error ?? value.message ?? value.detail) : undefined
      if (inner === undefined || inner === null) break
      value = inner
    }
  }
  return typeof value === 'string' ? value : wordless(value)
}

/** Not by JSON.stringify, which overflows the stack on what a hostile server nests. */
function wordless(value: unknown): string {
  if (!isRecord(value)) return Array.isArray(value) ? 'an error without a message' : String(value)
  const fields = Object.entries(value).filter(([, field]) => typeof field !== 'object')
  return fields.map(([name, field]) => `${name} ${field}`).join(', ') || 'an error without a message'
}
