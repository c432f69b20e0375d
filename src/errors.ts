/** Why a model did not finish its reply. Stable: branch on these. */
export type LlmErrorCode =
  | 'unreachable'
  | 'forbidden'
  | 'bad-request'
  | 'model-missing'
  | 'overloaded'
  | 'server-error'
  | 'protocol'
  | 'truncated'
  | 'empty-reply'
  | 'timeout-first-text'
  | 'timeout-idle'
  | 'timeout-total'
  | 'aborted'

/** May the same request succeed if it is sent again? The one table that says so. */
const RETRYABLE: Readonly<Record<LlmErrorCode, boolean>> = {
  unreachable: true,
  forbidden: false,
  'bad-request': false,
  'model-missing': false,
  overloaded: true,
  'server-error': true,
  protocol: true,
  truncated: true,
  'empty-reply': true,
  'timeout-first-text': true,
  'timeout-idle': true,
  'timeout-total': false,
  aborted: false,
}

export interface LlmErrorDetails {
  readonly cause?: unknown
  /** What had arrived before it failed. */
  readonly partialText?: string
  /** The HTTP status, when there was one. */
  readonly status?: number
  /** The line that could not be read. */
  readonly line?: string
  /** The deadline that was configured, in milliseconds, and the time that had passed. */
  readonly limitMs?: number
  readonly elapsedMs?: number
  /** How long the server asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number
}

/** The model did not finish its reply. */
export class LlmError extends Error {
  override readonly name = 'LlmError'
  readonly code: LlmErrorCode
  /** Could the same request succeed if sent again? `aborted` (its cause is `signal.reason`) never is retried. */
  readonly retryable: boolean
  /** What had arrived before it failed. Empty where an executor without `trace` made the error: it keeps no text. */
  readonly partialText: string
  readonly status: number | undefined
  readonly line: string | undefined
  readonly limitMs: number | undefined
  readonly elapsedMs: number | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: LlmErrorCode, message: string, details: LlmErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined)
    this.code = code
    this.retryable = RETRYABLE[code]
    this.partialText = details.partialText ?? ''
    this.status = details.status
    this.line = details.line
    this.limitMs = details.limitMs
    this.elapsedMs = details.elapsedMs
    this.retryAfterMs = details.retryAfterMs
  }
}

/** What a thrown value says, in words. Never throws itself: the game's code and custom clients may throw anything. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown)
  } catch {
    // An object that cannot become a string, such as one without a prototype.
    return 'something without a message'
  }
}

/** For what a function of the game's returned, which may be async though we do not wait: its failure must not end the process. */
export function ignoreRejection(returned: unknown): void {
  if (returned instanceof Promise) returned.catch(() => {})
}
