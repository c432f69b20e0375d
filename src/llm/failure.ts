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
