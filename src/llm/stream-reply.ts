import type { Clock } from '../clock.ts'
import { LlmError } from '../errors.ts'
import type { Attempt } from './attempt.ts'
import { readBounded } from './bounded-body.ts'
import { type Bursts, type BurstTaker, burstsOf } from './bursts.ts'
import { closeResponse } from './close-response.ts'
import { type DeadlineLimits, Deadlines, type Expiry } from './deadlines.ts'
import { type Failure, withoutSecret } from './failure.ts'
import { failureOfConnecting, failureOfResponse, reasonOf } from './http-failure.ts'
import { letEnd } from './let-end.ts'
import type { Completion } from './llm-client.ts'
import { type Reading, ReadingStream, type TextTaker } from './reading-stream.ts'
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
  readonly outcome: Outcome | undefined
}

type Outcome = { readonly end: ReplyEnd } | { readonly failure: Failure }

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
export function streamReply(prepare: () => ReplyRequest): AsyncGenerator<string, Completion, void> {
  return new ReadingStream(attempt => new ReplyReading(attempt, prepare()))
}

type State =
  | 'unsent'
  | 'opening' // no head of a response yet
  | 'reading'
  | 'decided' // how it ends is known, and told behind the last text
  | 'over'

// By callbacks at both ends: this runs once per token.
class ReplyReading implements Reading, BurstTaker {
  readonly #attempt: Attempt
  readonly #request: ReplyRequest
  readonly #decoder: ReplyDecoder
  readonly #startedAt: number
  readonly #deadlines: Deadlines
  #state: State = 'unsent'
  #text = ''
  #firstTextMs: number | undefined
  #response: TransportResponse | undefined
  #bursts: Bursts | undefined
  #outcome: Outcome | undefined
  #decidedAt = 0
  /** The end of the reply is here, and the end of its body is waited for. */
  #isEnding = false
  /** Has asked, and has had no answer. */
  #taker: TextTaker | undefined

  constructor(attempt: Attempt, request: ReplyRequest) {
    this.#attempt = attempt
    this.#request = request
    this.#decoder = request.decoder
    this.#startedAt = request.clock.now()
    attempt.begin(request.signal)
    this.#deadlines = new Deadlines(request.clock, request.limits, () => attempt.abort(undefined))
  }

  read(taker: TextTaker): void {
    this.#taker = taker
    this.#advance()
  }

  leave(): void {
    // A read that still waits here waits for nothing but the end of the body, and gets the completion then.
    if (!this.#taker) this.#finish()
  }

  bytes(bytes: Uint8Array): void {
    this.#decode(bytes)
  }

  ended(): void {
    this.#decode(undefined)
  }

  broke(cause: unknown): void {
    if (this.#state !== 'reading') return
    const message = `the connection broke before the reply was done: ${reasonOf(cause)}`
    this.#fail({ code: 'truncated', message, cause })
  }

  #advance(): void {
    switch (this.#state) {
      case 'unsent':
        this.#open()
        break
      case 'opening':
        break
      case 'reading':
        this.#deadlines.waitForText()
        this.#bursts?.take(this)
        break
      case 'decided':
        this.#tell()
    }
  }

  #open(): void {
    const { transport, url, headers, body, kind = OLLAMA } = this.#request
    this.#state = 'opening'
    this.#attempt.whenAborted(() => {
      if (this.#state === 'decided') return
      if (this.#taker) this.#fail(ABORTED)
      // Between two reads, of which the next may never come.
      else this.#decide({ failure: ABORTED }, true)
    })
    if (this.#attempt.aborted) return
    const attempt = this.#attempt
    const init = {
      headers,
      body,
      // Made when it is asked for: ours does so when the request is on its way.
      get signal() {
        return attempt.signal
      },
    }
    requestOf(transport, 'POST', url, init)
      .then(
        response => this.#opened(response),
        error => {
          if (this.#state === 'opening') this.#fail(failureOfConnecting(error, url, kind))
        },
      )
      .catch(error => this.#failOfTransport(error))
    this.#deadlines.watch()
  }

  #opened(response: TransportResponse): void | Promise<void> {
    this.#response = response
    // From a transport that did not obey the signal.
    if (this.#state !== 'opening') closeResponse(response)
    else if (response.status >= 200 && response.status < 300) {
      this.#state = 'reading'
      this.#bursts = burstsOf(response.body)
      this.#bursts.take(this)
    } else return this.#readFailure(response)
  }

  /** What it gave is no response. */
  #failOfTransport(cause: unknown): void {
    this.#fail({
      code: 'protocol',
      message: `the transport gave a response that can't be read: ${reasonOf(cause)}`,
      cause,
    })
  }

  async #readFailure(response: TransportResponse): Promise<void> {
    const { url, model, kind = OLLAMA, secret } = this.#request
    const said = await readBounded(response, this.#attempt).catch(() => '')
    if (this.#state !== 'opening') return
    const { status, headers } = response
    this.#fail(failureOfResponse({ status, headers, body: withoutSecret(said, secret), url, model, kind }))
  }

  /** @param bytes absent when there are no more. */
  #decode(bytes: Uint8Array | undefined): void {
    if (this.#state !== 'reading') return
    const decoder = this.#decoder
    let piece: string
    try {
      piece = bytes ? decoder.push(bytes) : decoder.close()
    } catch (error) {
      this.#failWith(error)
      return
    }
    const outcome = decoder.outcome ?? (bytes ? undefined : CUT)
    // The text comes before the end, and nothing after it: whoever takes it may read on, or leave, before he returns.
    const taker = piece ? this.#answering() : undefined
    if (piece) {
      this.#text += piece
      this.#firstTextMs ??= this.#request.clock.now() - this.#startedAt
      this.#deadlines.textArrived()
    }
    if (outcome) this.#decide(outcome, bytes === undefined)
    else if (this.#text.length > MAX_REPLY_CHARS) this.#decide(TOO_LONG, false)
    else if (!piece) this.#bursts?.take(this)
    taker?.text(piece)
  }

  #decide(outcome: Outcome, atEndOfBody: boolean): void {
    this.#state = 'decided'
    this.#outcome = outcome
    this.#decidedAt = this.#request.clock.now()
    // Nothing is owed any more, so a slow reader of the last text can't be too late.
    this.#deadlines.stop()
    if ('end' in outcome && !atEndOfBody && this.#response && this.#bursts) {
      this.#isEnding = true
      letEnd(this.#response, this.#bursts, this.#request.clock, () => {
        this.#isEnding = false
        this.#attempt.end()
        this.#tell()
      })
    } else {
      this.#attempt.end()
      closeResponse(this.#response)
      this.#tell()
    }
  }

  /** How it ended, to a reader that has had all of the text. */
  #tell(): void {
    const taker = this.#taker
    if (!taker || !this.#outcome || this.#isEnding) return
    if ('failure' in this.#outcome) {
      this.#fail(this.#outcome.failure)
    } else if (this.#firstTextMs === undefined) {
      this.#fail({ code: 'empty-reply', message: 'the reply was done without any text' })
    } else {
      const { finishReason, usage, timings } = this.#outcome.end
      const totalMs = this.#decidedAt - this.#startedAt
      this.#finish()
      taker.done({
        text: this.#text,
        finishReason,
        usage,
        timings: { firstTextMs: this.#firstTextMs, totalMs, ...timings },
      })
    }
  }

  #answering(): TextTaker | undefined {
    const taker = this.#taker
    this.#taker = undefined
    return taker
  }

  #fail(failure: Failure): void {
    this.#failWith(this.#errorOf(failure))
  }

  #failWith(error: unknown): void {
    const taker = this.#taker
    this.#finish()
    taker?.failed(error)
  }

  #finish(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#taker = undefined
    this.#deadlines.stop()
    this.#attempt.end()
    closeResponse(this.#response)
  }

  /** Whatever broke, broke because of the abort if there was one. */
  #errorOf({ code, message, ...details }: Failure): LlmError {
    const { model } = this.#request
    if (this.#deadlines.expiry) return timeoutError(model, this.#deadlines.expiry, this.#text)
    const partialText = this.#text
    if (this.#attempt.aborted) {
      return new LlmError('aborted', 'the request was aborted', { cause: this.#attempt.cause, partialText })
    }
    return new LlmError(code, `${model}: ${message}`, { ...details, partialText })
  }
}

const CUT: Outcome = { failure: { code: 'truncated', message: 'the reply stopped before it was done' } }
const TOO_LONG: Outcome = {
  failure: { code: 'protocol', message: `the reply is longer than ${MAX_REPLY_CHARS} characters` },
}

/** Stands for whatever ended the attempt; `#errorOf` puts the cause, or the deadline that passed, in its place. */
const ABORTED: Failure = { code: 'aborted', message: 'aborted' }

/** Also of a transport that throws where it should reject. */
function requestOf(transport: Transport, ...[method, url, init]: Parameters<Transport['request']>) {
  try {
    return Promise.resolve(transport.request(method, url, init))
  } catch (error) {
    return Promise.reject(error)
  }
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
