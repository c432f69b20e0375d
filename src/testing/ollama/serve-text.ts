import type { IncomingMessage } from 'node:http'
import type { Fault } from './fault.ts'
import { framingOf } from './framing.ts'
import type { Exchange, GenerationContext } from './generation.ts'
import { EmptyBody, firstJsonValue } from './go-json-scan.ts'
import type { GoResponse } from './go-response.ts'
import type { Answer } from './native-reply.ts'
import { pauseUntil } from './pause.ts'
import { Refusal } from './refusal.ts'
import type { OpenRequest, SimulatedRequest } from './simulated-request.ts'

/** What a route may use of its server. */
export interface ServerState {
  readonly context: GenerationContext
  nextFault(): Fault
}

export interface Incoming {
  readonly request: IncomingMessage
  readonly response: GoResponse
  readonly signal: AbortSignal
  /** Its entry in the log, for a request that generates. */
  readonly log: (path: SimulatedRequest['path']) => OpenRequest
}

export type Route = (server: ServerState, incoming: Incoming) => void | Promise<void>

/** A request for text, once it has been read. */
export interface TextWish {
  readonly model: string | undefined
  readonly answer: Answer
  readonly handle: (context: GenerationContext, exchange: Exchange) => Promise<void>
}

/** One way to ask for text. */
export interface TextRoute {
  readonly path: SimulatedRequest['path']
  /** @throws Refusal for a body that can't be read */
  read(body: string, response: GoResponse, context: GenerationContext, log: OpenRequest): TextWish
  /** The answer to a body that can't be read. */
  unreadable(status: number, message: string): object
}

/** Reads one request for text, answers it, and keeps its entry in the log. */
export async function serveText(route: TextRoute, server: ServerState, incoming: Incoming): Promise<void> {
  const { context } = server
  const { request, response, signal } = incoming
  const log = incoming.log(route.path)
  const fault = server.nextFault()
  // Until the request has been read it is not known how to answer.
  let refuse = (status: number, message: string) => response.json(status, route.unreadable(status, message))
  try {
    const body = await bodyOf(request)
    if (fault.kind === 'status') {
      log.ended = 'error'
      return answerInstead(fault, response)
    }
    if (fault.kind === 'slow-head') await pauseUntil(context.clock, context.clock.now() + fault.ms, signal)
    response.frameAs(framingOf(fault) ?? {})
    const { model = '', answer, handle } = route.read(body, response, context, log)
    refuse = (status, error) => answer.json(status, { error })
    log.model = model
    await handle(context, { response: answer, log, fault, signal })
    log.ended ??= 'done'
  } catch (error) {
    log.ended ??= signal.aborted ? 'aborted' : 'error'
    if (!(error instanceof Refusal)) throw error
    refuse(error.status, error.message)
  } finally {
    log.endedMs = context.clock.now()
  }
}

function answerInstead(fault: Fault & { readonly kind: 'status' }, response: GoResponse): void {
  const html = fault.body.trimStart().startsWith('<')
  const contentType = fault.contentType ?? (html ? 'text/html' : 'application/json; charset=utf-8')
  response.whole(fault.status, fault.body, { 'Content-Type': contentType, ...fault.headers })
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

/** @throws Refusal for what can't be decoded: that is the caller's fault. */
export function decoded<T>(body: string, read: (value: unknown) => T, whenEmpty = 'missing request body'): T {
  try {
    return read(firstJsonValue(body))
  } catch (error) {
    if (error instanceof Refusal) throw error
    if (error instanceof EmptyBody) throw new Refusal(400, whenEmpty)
    throw new Refusal(400, error instanceof Error ? error.message : String(error))
  }
}
