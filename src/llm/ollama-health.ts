import { z } from 'zod'
import type { Clock } from '../clock.ts'
import { LlmError } from '../errors.ts'
import { Attempt } from './attempt.ts'
import { readBounded } from './bounded-body.ts'
import { excerptOf } from './failure.ts'
import { failureOfConnecting, failureOfResponse } from './http-failure.ts'
import { parseJson } from './json.ts'
import type { Transport, TransportResponse } from './transport.ts'

export type OllamaHealth =
  | {
      readonly status: 'ready'
      readonly version: string
      /** The weights are in memory: the next request does not wait for them. */
      readonly loaded: boolean
    }
  | {
      readonly status: 'down' | 'starting' | 'model-missing' | 'forbidden'
      /** What is wrong and what to do about it, in one line. */
      readonly hint: string
    }

/** Ollama answers these requests in milliseconds, except while it looks for a GPU at its start. */
const ANSWER_WITHIN_MS = 3_000
const MAX_NAMED_MODELS = 10

const versionSchema = z.object({ version: z.string() })
const modelsSchema = z.object({
  models: z
    .array(z.object({ name: z.string().optional(), model: z.string().optional() }))
    .nullish()
    .transform(models => (models ?? []).map(({ name, model }) => name ?? model ?? '')),
})

export interface HealthCheck {
  readonly transport: Transport
  readonly clock: Clock
  readonly baseUrl: string
  readonly headers: Readonly<Record<string, string>>
  readonly model: string
}

/** Asks for the version, the installed models and the loaded ones. Throws only `LlmError` 'aborted'. */
export async function checkHealth(check: HealthCheck, signal: AbortSignal | undefined): Promise<OllamaHealth> {
  const attempt = new Attempt()
  attempt.begin(signal)
  let silent = false
  const cancelTimer = check.clock.setTimer(ANSWER_WITHIN_MS, () => {
    silent = true
    attempt.abort(undefined)
  })
  try {
    return await askAll(check, attempt)
  } catch (error) {
    if (silent) return starting(check.baseUrl)
    if (attempt.aborted) throw new LlmError('aborted', 'the health check was aborted', { cause: attempt.cause })
    throw error
  } finally {
    cancelTimer()
    attempt.end()
  }
}

async function askAll(check: HealthCheck, attempt: Attempt): Promise<OllamaHealth> {
  const version = await ask(check, '/api/version', versionSchema, attempt)
  if ('status' in version) return version
  const installed = await ask(check, '/api/tags', modelsSchema, attempt)
  if ('status' in installed) return installed
  if (!installed.answer.models.some(name => isSameModel(name, check.model))) {
    return { status: 'model-missing', hint: missingHint(check.model, installed.answer.models) }
  }
  const running = await ask(check, '/api/ps', modelsSchema, attempt)
  // Old servers have no such list, and can answer all the same.
  const loaded = 'answer' in running && running.answer.models.some(name => isSameModel(name, check.model))
  return { status: 'ready', version: version.answer.version, loaded }
}

/** One answer, or what is wrong with the server. */
async function ask<T>(
  { transport, baseUrl, headers, model }: HealthCheck,
  path: string,
  schema: z.ZodType<T>,
  attempt: Attempt,
): Promise<{ readonly answer: T } | Exclude<OllamaHealth, { status: 'ready' }>> {
  const url = baseUrl + path
  let status: number
  let responseHeaders: Readonly<Record<string, string>>
  let body: string
  try {
    const response = await openResponse(transport, url, headers, attempt)
    try {
      body = await readBounded(response, attempt)
      status = response.status
      responseHeaders = response.headers
    } finally {
      response.close()
    }
  } catch (error) {
    if (attempt.aborted) throw error
    return { status: 'down', hint: failureOfConnecting(error, url).message }
  }
  if (status < 200 || status > 299) {
    const { code, message } = failureOfResponse({ status, headers: responseHeaders, body, url, model })
    return { status: code === 'forbidden' ? 'forbidden' : code === 'overloaded' ? 'starting' : 'down', hint: message }
  }
  const parsed = schema.safeParse(parseJson(body))
  if (parsed.success) return { answer: parsed.data }
  return { status: 'down', hint: `something else than Ollama answers at ${url}: ${excerptOf(body, 100) || 'nothing'}` }
}

/** Waits for the head of a response; one that comes too late, from a transport that did not obey the signal, is closed. */
async function openResponse(
  transport: Transport,
  url: string,
  headers: Readonly<Record<string, string>>,
  attempt: Attempt,
): Promise<TransportResponse> {
  attempt.signal.throwIfAborted()
  const opening = transport.request('GET', url, { headers, signal: attempt.signal })
  opening.then(
    response => attempt.aborted && response.close(),
    () => {},
  )
  return attempt.wait(opening)
}

function starting(baseUrl: string): OllamaHealth {
  return {
    status: 'starting',
    hint: `${baseUrl} has not answered within ${ANSWER_WITHIN_MS} ms: it may still be starting`,
  }
}

/** Ollama compares names without regard to case, and adds `:latest` to a name without a tag. */
function isSameModel(a: string, b: string): boolean {
  return fullName(a) === fullName(b)
}

function fullName(model: string): string {
  const name = model.toLowerCase()
  return name.slice(name.lastIndexOf('/') + 1).includes(':') ? name : `${name}:latest`
}

function missingHint(model: string, installed: readonly string[]): string {
  const named = installed.slice(0, MAX_NAMED_MODELS).map(name => excerptOf(name, 100))
  const more = installed.length > named.length ? `, and ${installed.length - named.length} more` : ''
  const there = named.length > 0 ? `installed: ${named.join(', ')}${more}` : 'no model is installed'
  return `${model} is not installed (${there}); to get it: ollama pull ${model}`
}
