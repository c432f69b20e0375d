import type { Clock } from '../clock.ts'
import { LlmError } from '../errors.ts'
import type { Attempt } from './attempt.ts'
import { readBounded } from './bounded-body.ts'
import { type DeadlineLimits, Deadlines, type Expiry } from './deadlines.ts'
import { type Failure, withoutSecret } from './failure.ts'
import { failureOfConnecting, failureOfResponse, reasonOf } from './http-failure.ts'
import { letEnd } from './let-end.ts'
import type { Completion } from './llm-client.ts'
import { OLLAMA, type ServerKind } from './server-kind.ts'
import type { Transport, TransportResponse } from './transport.ts'

/** A reply's end as the server tells it. */
export interface ReplyEnd {
  readonly finishReason: Completion['finishReason']
  readonly usage: Completion['usage']
  /** Milliseconds. */
  readonly timings: Omit<Completion['timings'], 'firstTextMs' | 'totalMs'>
}

/** A server's wire format: bytes in, text out, synchronously. One decoder reads one reply. */
export interface ReplyDecoder {
  /** The text that these bytes complete. What follows the end is ignored. */
  push(bytes: Uint8Array): string
  /** The connection has ended: the text of what was left over. */
  close(): string
  /** How the reply ended, or why it can't be read on; absent while it goes on. */
  readonly outcome: { readonly end: ReplyEnd } | { readonly failure: Failure } | undefined
}

export interface ReplyRequest {
  readonly transport: Transport
  readonly clock: Clock
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly model: string
  readonly limits: DeadlineLimits
  readonly signal: AbortSignal | undefined
  readonly decoder: ReplyDecoder
  /** @defaultValue Ollama */
  readonly kind?: ServerKind
  /** Never part of an error, even when the server repeats it. The decoder sees to that in what it reads. */
  readonly secret?: string | undefined
}

/** A server that ignores the limits it was given must not fill our memory. */
const MAX_REPLY_CHARS = 16 * 1024 * 1024

/**
 * Sends one request and streams its reply: what is the same for every server. `prepare` runs at the first `next()`, which
 * rejects when it throws. Text that arrived together is handed over together. Ends in the server's explicit end, or throws one
 * `LlmError` with the text so far; the connection, the timer and the listener are gone by then, in every case.
 */
export async function* streamReply(
  attempt: Attempt,
  prepare: () => ReplyRequest,
): AsyncGenerator<string, Completion, void> {
  const request = prepare()
  const { clock, decoder, model } = request
  const startedAt = clock.now()
  let firstTextMs: number | undefined
  let text = ''
  let response: TransportResponse | undefined
  attempt.begin(request.signal)
  const deadlines = new Deadlines(clock, request.limits, () => attempt.abort(undefined))

  // Whatever broke, broke because of the abort if there was one.
  const failed = ({ code, message, ...details }: Failure): LlmError => {
    if (deadlines.expiry) return timeoutError(model, deadlines.expiry, text)
    if (attempt.aborted) {
      return new LlmError('aborted', 'the request was aborted', { cause: attempt.cause, partialText: text })
    }
    return new LlmError(code, `${model}: ${message}`, { ...details, partialText: text })
  }

  try {
    response = await openReply(request, attempt, failed)
    const reader = response.body[Symbol.asyncIterator]()
    while (true) {
      let read: IteratorResult<Uint8Array>
      try {
        read = await attempt.wait(reader.next())
      } catch (cause) {
        throw failed({
          code: 'truncated',
          message: `the connection broke before the reply was done: ${reasonOf(cause)}`,
          cause,
        })
      }
      const piece = read.done ? decoder.close() : decoder.push(read.value)
      const { outcome } = decoder
      const arrivedAt = clock.now()
      let ended: Promise<void> | undefined
      if (outcome) {
        // Nothing is owed any more, so a slow reader of the last text can't be too late.
        deadlines.stop()
        if ('end' in outcome && !read.done) ended = letEnd(response, reader, clock)
        else response.close()
      }
      if (piece) {
        firstTextMs ??= arrivedAt - startedAt
        text += piece
        if (!outcome) deadlines.textArrived()
        yield piece
        if (!outcome) deadlines.waitForText()
      }
      if (outcome) {
        if ('failure' in outcome) throw failed(outcome.failure)
        await ended
        if (firstTextMs === undefined) {
          throw failed({ code: 'empty-reply', message: 'the reply was done without any text' })
        }
        const { finishReason, usage, timings } = outcome.end
        return { text, finishReason, usage, timings: { firstTextMs, totalMs: arrivedAt - startedAt, ...timings } }
      }
      if (read.done) throw failed({ code: 'truncated', message: 'the reply stopped before it was done' })
      if (text.length > MAX_REPLY_CHARS) {
        throw failed({ code: 'protocol', message: `the reply is longer than ${MAX_REPLY_CHARS} characters` })
      }
    }
  } finally {
    deadlines.stop()
    attempt.end()
    response?.close()
  }
}

async function openReply(
  { transport, url, headers, body, model, kind = OLLAMA, secret }: ReplyRequest,
  attempt: Attempt,
  failed: (failure: Failure) => LlmError,
): Promise<TransportResponse> {
  const response = await openResponse(transport, 'POST', url, { headers, body }, attempt).catch(error => {
    throw failed(failureOfConnecting(error, url, kind))
  })
  if (response.status >= 200 && response.status < 300) return response
  const { status } = response
  const said = await readBounded(response, attempt).catch(() => {
    throw failed(ABORTED)
  })
  response.close()
  const answer = { status, headers: response.headers, body: withoutSecret(said, secret), url, model, kind }
  throw failed(failureOfResponse(answer))
}

/** Stands for whatever ended the attempt; `failed` puts the cause, or the deadline that passed, in its place. */
const ABORTED: Failure = { code: 'aborted', message: 'aborted' }

/** Waits for the head of a response; one that comes too late, from a transport that did not obey the signal, is closed. */
export async function openResponse(
  transport: Transport,
  method: 'GET' | 'POST',
  url: string,
  init: { readonly headers: Readonly<Record<string, string>>; readonly body?: string },
  attempt: Attempt,
): Promise<TransportResponse> {
  attempt.signal.throwIfAborted()
  const opening = transport.request(method, url, { ...init, signal: attempt.signal })
  opening.then(
    response => attempt.aborted && response.close(),
    () => {},
  )
  return attempt.wait(opening)
}

const DEADLINES: Readonly<Record<Expiry['code'], string>> = {
  'timeout-first-text': 'no text within timeouts.firstTextMs',
  'timeout-idle': 'no more text within timeouts.idleMs',
  'timeout-total': 'not done within timeouts.totalMs',
}

export function timeoutError(model: string, { code, limitMs, elapsedMs }: Expiry, partialText: string): LlmError {
  const message = `${model}: ${DEADLINES[code]} = ${limitMs} ms (waited ${Math.round(elapsedMs)} ms)`
  return new LlmError(code, message, { limitMs, elapsedMs, partialText })
}
