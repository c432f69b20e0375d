import type { LlmErrorCode } from '../errors.ts'

/** What went wrong, before it is known how much text had arrived: what an `LlmError` is made of. */
export interface Failure {
  readonly code: LlmErrorCode
  readonly message: string
  readonly cause?: unknown
  readonly status?: number
  readonly line?: string
  readonly retryAfterMs?: number
}

/** Server text for a message: one line, never a whole page, and nothing that a terminal would obey. */
export function excerptOf(text: string, maxChars = 300): string {
  const line = text
    .slice(0, maxChars * 4)
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
  return line.length > maxChars ? `${line.slice(0, maxChars)}…` : line
}

/** Servers repeat the key that they refuse. For a whole text, before it is cut: half a key is one too. */
export function withoutSecret(text: string, secret: string | undefined): string {
  if (!secret) return text
  // Each character as it is, or as JSON may escape it. The secret is ASCII.
  const forms = Array.from(secret, char => {
    const hex = char.charCodeAt(0).toString(16).padStart(2, '0')
    return `(?:\\\\?\\x${hex}|\\\\u00${hex})`
  })
  return text.replace(new RegExp(forms.join(''), 'gi'), '[key]')
}
