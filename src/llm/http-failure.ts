import type { LlmErrorCode } from '../errors.ts'
import { errorTextOf } from './error-text.ts'
import { excerptOf, type Failure } from './failure.ts'
import { isRecord, parseJson } from './json.ts'
import { OLLAMA, type ServerKind } from './server-kind.ts'

/** A response that is no reply. */
export interface BadResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly url: string
  readonly model: string
  /** @defaultValue Ollama */
  readonly kind?: ServerKind
}

/** What a status and its body mean for the caller, with what to do about it. */
export function failureOfResponse(response: BadResponse): Failure {
  const { status, headers, body, url, model, kind = OLLAMA } = response
  const json = parseJson(body)
  const said = excerptOf(isRecord(json) ? errorTextOf(json) : body)
  const failure = (code: LlmErrorCode, hint = ''): Failure => ({
    code,
    status,
    message: `${url} answered ${status}${said && `: ${said}`}${hint && ` (${hint})`}`,
  })
  if (status === 404) {
    if (kind.lacksModel(json, said)) return failure('model-missing', kind.toGetModel(model))
    return failure('bad-request', `nothing there speaks ${kind.api}: check baseUrl`)
  }
  if (status === 401) return failure('forbidden', `the server wants a key: ${kind.toSetKey}`)
  if (status === 403) return failure('forbidden', said ? '' : kind.toAllowOrigin)
  if (status === 429 || status === 503) return { ...failure('overloaded'), ...retryAfter(headers) }
  if (status >= 300 && status < 400) {
    return failure(
      'bad-request',
      `it redirects to ${excerptOf(headers.location ?? 'nowhere')}: set baseUrl to where the server is`,
    )
  }
  if (status >= 500) return failure(codeOfServerText(said))
  return failure('bad-request')
}

/** What an error text by the server means: Ollama answers 500, or an error line after 200, for mistakes of the caller too. */
export function codeOfServerText(text: string): LlmErrorCode {
  if (/^option "|^invalid format|exceed_context_size|exceeds the (available )?context|context length/i.test(text)) {
    return 'bad-request'
  }
  return /^server busy/i.test(text) ? 'overloaded' : 'server-error'
}

/** What an exception of the transport before the head of a response means. */
export function failureOfConnecting(error: unknown, url: string, kind: ServerKind = OLLAMA): Failure {
  const { origin } = new URL(url)
  const reason = reasonOf(error)
  // In the words of undici's parser: something answered, and not in HTTP.
  if (/\bHPE_|does not match the HTTP/.test(reason))
    return { code: 'protocol', message: `${origin} does not speak HTTP: ${reason}`, cause: error }
  // A browser says nothing but "Failed to fetch", also when the server is there and refuses the page's origin.
  const unexplained = error instanceof TypeError && error.cause === undefined
  const hint = `is it running? ${kind.toStart}${unexplained ? `; or ${kind.toAllowOrigin}` : ''}`
  return { code: 'unreachable', message: `no answer from ${origin}: ${reason} (${hint})`, cause: error }
}

/** An exception in one line, with the code and the words of what caused it. */
export function reasonOf(error: unknown): string {
  const words: string[] = []
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 4; cause = cause.cause, depth++) {
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
    words.push([code, cause.message].filter(Boolean).join(' '))
    // Happy Eyeballs: one error for each address that was tried, and no message of its own.
    if (cause instanceof AggregateError) words.push(...cause.errors.map(String))
  }
  return excerptOf(words.filter(Boolean).join(': ') || String(error))
}

/** Seconds, or a date, which is compared to the server's own date so that no wall clock of ours is asked. */
function retryAfter(headers: Readonly<Record<string, string>>): { readonly retryAfterMs?: number } {
  const value = headers['retry-after']?.trim()
  if (!value) return {}
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.parse(headers.date ?? '')
  return Number.isFinite(ms) ? { retryAfterMs: Math.max(0, ms) } : {}
}
