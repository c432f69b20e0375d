import { embed, embeddings } from './embedding-routes.ts'
import type { GenerationContext } from './generation.ts'
import { readShowRequest } from './generation-request.ts'
import type { GoResponse } from './go-response.ts'
import { isValidName, normalisedName, showReply, tagsEntry } from './model-catalog.ts'
import { copyModel, deleteModel, pullModel } from './model-routes.ts'
import { NATIVE_CHAT, NATIVE_GENERATE } from './native-routes.ts'
import { listOpenAiModels, OPENAI_CHAT, OPENAI_TEXT, openAiModelRoute } from './openai-routes.ts'
import { Refusal } from './refusal.ts'
import {
  bodyOf,
  decoded,
  type Incoming,
  type Route,
  type ServerState,
  serveText,
  type TextRoute,
} from './serve-text.ts'

const ROUTES: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  '/': readable((_, { response }) =>
    response.whole(200, 'Ollama is running', { 'Content-Type': 'text/plain; charset=utf-8' }),
  ),
  '/api/version': readable(({ context }, { response }) => response.json(200, { version: context.traits.version })),
  '/api/tags': readable(({ context }, { response }) =>
    response.json(200, {
      models: context.catalog.models.map(model => tagsEntry(model, context.traits.tagsTellMore)),
    }),
  ),
  '/api/ps': { GET: ({ context }, { response }) => response.json(200, { models: runningModels(context) }) },
  '/api/show': { POST: show },
  '/api/embed': { POST: embed },
  '/api/embeddings': { POST: embeddings },
  '/api/pull': { POST: pullModel },
  '/api/copy': { POST: copyModel },
  '/api/delete': { DELETE: deleteModel },
  '/api/chat': text(NATIVE_CHAT),
  '/api/generate': text(NATIVE_GENERATE),
  '/v1/chat/completions': text(OPENAI_CHAT),
  '/v1/completions': text(OPENAI_TEXT),
  '/v1/models': { GET: listOpenAiModels },
}

function text(route: TextRoute): Readonly<Record<string, Route>> {
  return { POST: (server, incoming) => serveText(route, server, incoming) }
}

function readable(route: Route): Readonly<Record<string, Route>> {
  return { GET: route, HEAD: route }
}

function routesOf(path: string): Readonly<Record<string, Route>> | undefined {
  return Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined
}

function modelRoutes(path: string): Readonly<Record<string, Route>> | undefined {
  const route = openAiModelRoute(path)
  return route && { GET: route }
}

/** Answers one request. @throws Refusal for an error that has not been answered yet */
export async function serve(server: ServerState, incoming: Incoming): Promise<void> {
  const { request, response } = incoming
  const { url = '/', method = 'GET' } = request
  const [path = '/'] = url.split('?', 1)
  const routes = routesOf(path) ?? modelRoutes(path)
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

async function show({ context }: ServerState, { request, response }: Incoming): Promise<void> {
  const wish = decoded(await bodyOf(request), readShowRequest)
  const name = wish.model || wish.name
  if (!name) throw new Refusal(400, 'model is required')
  if (!isValidName(name)) throw new Refusal(400, 'invalid model name')
  const model = context.catalog.find(name)
  if (!model) throw new Refusal(404, `model '${normalisedName(name)}' not found`)
  response.json(200, showReply(model))
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
