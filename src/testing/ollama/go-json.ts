/**
 * JSON as Go's `json.Marshal` writes it: `<`, `>`, `&` and the two Unicode line separators as escapes, half a surrogate pair as
 * `\ufffd`. A field that is `undefined` is left out, as `omitempty` does.
 */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(GO_ESCAPES, found => (found.length === 1 ? escapeOf(found) : repaired(found)))
}

// The second half walks over escapes one by one, so that the text `\\ud800` is not taken for an escape.
const GO_ESCAPES = /[<>&\u2028\u2029]|\\(?:u[0-9a-f]{4}|.)/g

function escapeOf(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function repaired(escaped: string): string {
  return /^\\ud[89a-f]/.test(escaped) ? '\\ufffd' : escaped
}

/** Milliseconds as whole nanoseconds. Never 0: no real server is that fast, and a 0 would make the field vanish. */
export function nanoseconds(ms: number): number {
  return Math.max(1, Math.round(ms * 1e6))
}
