import type { IncomingMessage } from 'node:http'
import type { Fault } from './fault.ts'
import type { GenerationContext } from './generation.ts'
import { handleChat, handleGenerate } from './generation-handler.ts'
import { readChatRequest, readGenerateRequest, readShowRequest } from './generation-request.ts'
import { EmptyBody, firstJsonValue } from './go-json-scan.ts'
import type { GoResponse } from './go-response.ts'
import { isValidName, normalisedName, showReply, tagsEntry } from './model-catalog.ts'
import { Refusal } from './refusal.ts'
import type { OpenRequest, SimulatedRequest } from './simulated-request.ts'

/** What a route may use of its server. */
export interface ServerState {
  readonly context: GenerationContext
  readonly version: string
  nextFault(): Fault
}

export interface Incoming {
  readonly request: IncomingMessage
  readonly response: GoResponse
  readonly signal: AbortSignal
  /** Its entry in the log, for a request that generates. */
  readonly log: (path: SimulatedRequest['path']) => OpenRequest
}

type Route = (server: ServerState, incoming: Incoming) => void | Promise<void>

const MODIFIED_AT = '2026-01-01T00:00:00Z'

const ROUTES: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  '/': readable((_, { response }) =>
    response.whole(200, 'Ollama is running', { 'Content-Type': 'text/plain; charset=utf-8' }),
  ),
  '/api/version': readable(({ version }, { response }) => response.json(200, { version })),
  '/api/tags': readable(({ context }, { response }) =>
    response.json(200, { models: context.catalog.models.map(model => tagsEntry(model, MODIFIED_AT)) }),
  ),
  '/api/ps': { GET: ({ context }, { response }) => response.json(200, { models: runningModels(context) }) },
  '/api/show': { POST: show },
  '/api/chat': { POST: (server, incoming) => generate('/api/chat', server, incoming) },
  '/api/generate': { POST: (server, incoming) => generate('/api/generate', server, incoming) },
}

function readable(route: Route): Readonly<Record<string, Route>> {
  return { GET: route, HEAD: route }
}

function routesOf(path: string): Readonly<Record<string, Route>> | undefined {
  return Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined
}

/** Answers one request. @throws Refusal for an error that has not been answered yet */
export async function serve(server: ServerState, incoming: Incoming): Promise<void> {
  const { request, response } = incoming
  const { url = '/', method = 'GET' } = request
  const [path = '/'] = url.split('?', 1)
  const routes = routesOf(path)
  if (!routes) return notFound(path, method, response)
  const route = Object.hasOwn(routes, method) ? routes[method] : undefined
  if (!route) return response.whole(405, '405 method not allowed', { 'Content-Type': 'text/plain' })
  await route(server, incoming)
}

/** A slash too many is sent to the path without it: by GET as a page, otherwise so that the body comes along. */
function notFound(path: string, method: string, response: GoResponse): void {
  const without = path.replace(/\/$/, '')
  if (!routesOf(without)?.[method]) {
    response.whole(404, '404 page not found', { 'Content-Type': 'text/plain' })
  } else if (method === 'GET') {
    const page = `<a href="${without}">Moved Permanently</a>.\n\n`
    response.whole(301, page, { 'Content-Type': 'text/html; charset=utf-8', Location: without })
  } else response.whole(307, '', { Location: without })
}

async function generate(path: SimulatedRequest['path'], server: ServerState, incoming: Incoming): Promise<void> {
  const { context } = server
  const { request, response, signal } = incoming
  const log = incoming.log(path)
  const fault = server.nextFault()
  const exchange = { response, log, fault, signal }
  try {
    const body = await bodyOf(request)
    if (fault.kind === 'status') {
      log.ended = 'error'
      return answerInstead(fault, response)
    }
    if (path === '/api/chat') {
      const chat = decoded(body, readChatRequest)
      log.model = chat.model ?? ''
      await handleChat(context, chat, exchange)
    } else {
      const wish = decoded(body, readGenerateRequest)
      log.model = wish.model ?? ''
      await handleGenerate(context, wish, exchange)
    }
    log.ended ??= 'done'
  } catch (error) {
    log.ended ??= signal.aborted ? 'aborted' : 'error'
    throw error
  } finally {
    log.endedMs = context.clock.now()
  }
}

function answerInstead(fault: Fault & { readonly kind: 'status' }, response: GoResponse): void {
  const html = fault.body.trimStart().startsWith('<')
  const contentType = fault.contentType ?? (html ? 'text/html' : 'application/json; charset=utf-8')
  response.whole(fault.status, fault.body, { 'Content-Type': contentType, ...fault.headers })
}

async function show({ context }: ServerState, { request, response }: Incoming): Promise<void> {
  const wish = decoded(await bodyOf(request), readShowRequest)
  const name = wish.model || wish.name
  if (!name) throw new Refusal(400, 'model is required')
  if (!isValidName(name)) throw new Refusal(400, 'invalid model name')
  const model = context.catalog.find(name)
  if (!model) throw new Refusal(404, `model '${normalisedName(name)}' not found`)
  response.json(200, showReply(model, MODIFIED_AT))
}

/** The one that stays longest first. A model that is being loaded is not there yet. */
function runningModels({ scheduler, catalog, time, profile }: GenerationContext): object[] {
  return [...scheduler.loaded]
    .sort((a, b) => scheduler.expiresAt(b) - scheduler.expiresAt(a))
    .map(loaded => {
      const { size = 0, digest = '', details = {} } = catalog.find(loaded.name) ?? {}
      return {
        name: loaded.name,
        model: loaded.name,
        size,
        digest,
        details,
        expires_at: time.rfc3339(scheduler.expiresAt(loaded)),
        size_vram: profile.gpu ? size : 0,
        context_length: loaded.contextTokens,
      }
    })
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

/** @throws Refusal for what can't be decoded: that is the caller's fault. */
function decoded<T>(body: string, read: (value: unknown) => T): T {
  try {
    return read(firstJsonValue(body))
  } catch (error) {
    if (error instanceof EmptyBody) throw new Refusal(400, 'missing request body')
    throw new Refusal(400, error instanceof Error ? error.message : String(error))
  }
}
