import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type Clock, systemClock } from '../clock.ts'
import type { Fault } from './ollama/fault.ts'
import { type GenerationContext, handleChat, handleGenerate } from './ollama/generation-handler.ts'
import { readChatRequest, readGenerateRequest, readShowRequest } from './ollama/generation-request.ts'
import { EmptyBody, firstJsonValue } from './ollama/go-decode.ts'
import { GoResponse } from './ollama/go-response.ts'
import { WallClock } from './ollama/go-time.ts'
import { isValidName, ModelCatalog, normalisedName, showReply, tagsEntry } from './ollama/model-catalog.ts'
import { ModelScheduler } from './ollama/model-scheduler.ts'
import { Refusal } from './ollama/refusal.ts'
import type { OpenRequest, SimulatedRequest } from './ollama/simulated-request.ts'
import { type TimingProfile, timingProfile } from './ollama/timing-profiles.ts'

/** The day on which an injected clock's time begins. */
const INJECTED_EPOCH_MS = Date.UTC(2026, 0, 1)

export interface SimulatedOllamaOptions {
  /** The machine it pretends to be, a name in `TIMING_PROFILES`. @defaultValue 'rtx-3060' */
  readonly profile?: string
  /** @defaultValue 0: a free one */
  readonly port?: number
  /** What is on its disk. @defaultValue the model that `HermesOllamaClient` asks for */
  readonly models?: readonly string[]
  /** The same seed and requests give the same replies and the same pace. @defaultValue 1 */
  readonly seed?: number
  /** All waiting goes through it, and all times are its own. @defaultValue the platform's */
  readonly clock?: Clock
  /**
   * What the model writes for a prompt, given as the model reads it (ChatML); an array is taken as the tokens to write. Without it, and
   * for `undefined`, a planner answers with legal plans for the prompt's agents.
   */
  readonly reply?: (prompt: string) => string | readonly string[] | undefined
  /** Replies written at once by one model; more wait in line. @defaultValue 1 */
  readonly parallel?: number
  /** Requests that may wait for a model to be loaded; more are refused with 503. @defaultValue 512 */
  readonly maxQueue?: number
  /** `num_ctx` for requests that don't name it. @defaultValue 4096 */
  readonly contextTokens?: number
  /** What goes wrong: each chat or generate request takes the next one as it arrives; then all goes well. @defaultValue [] */
  readonly faults?: readonly Fault[]
  /** What `/api/version` says. @defaultValue '0.33.0' */
  readonly version?: string
}

/**
 * An Ollama server without a model: real HTTP on the loopback interface, Ollama's own bytes, and the pace of a real machine.
 * It loads models, keeps them, queues, remembers prompt prefixes token by token, and stops writing when the caller leaves.
 * Not simulated: `/v1`, tools, embeddings, pulling, `logprobs`, CORS, and the host-memory prompt cache.
 */
export class SimulatedOllama {
  readonly url: string
  readonly #server: Server
  readonly #context: GenerationContext
  readonly #version: string
  readonly #faults: Fault[]
  readonly #requests: OpenRequest[] = []
  /** One for each request in progress. */
  readonly #open = new Set<AbortController>()

  private constructor(server: Server, port: number, context: GenerationContext, options: SimulatedOllamaOptions) {
    this.#server = server
    this.url = `http://127.0.0.1:${port}`
    this.#context = context
    this.#version = options.version ?? '0.33.0'
    this.#faults = [...(options.faults ?? [])]
  }

  /**
   * Resolves once the server accepts connections.
   * @throws RangeError for an unknown profile (it lists those there are) or an impossible model name; the system's error for a port in use
   */
  static async start(options: SimulatedOllamaOptions = {}): Promise<SimulatedOllama> {
    const { clock = systemClock, parallel = 1, maxQueue = 512 } = options
    const profile = timingProfile(options.profile ?? 'rtx-3060')
    const startMs = options.clock ? INJECTED_EPOCH_MS : Date.now()
    const context: GenerationContext = {
      clock,
      time: new WallClock(clock, startMs),
      profile,
      catalog: new ModelCatalog(options.models ?? ['adrienbrault/nous-hermes2pro:Q4_K_M']),
      scheduler: new ModelScheduler(clock, profile, parallel, maxQueue),
      seed: options.seed ?? 1,
      contextTokens: options.contextTokens ?? 4096,
      reply: options.reply,
    }
    const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 })
    const port = await listen(server, options.port ?? 0)
    const simulated = new SimulatedOllama(server, port, context, options)
    server.on('request', (request, response) => void simulated.#serve(request, response))
    return simulated
  }

  /** The chat and generate requests, in the order of arrival. */
  get requests(): readonly SimulatedRequest[] {
    return this.#requests
  }

  /** How fast this server is. */
  get profile(): TimingProfile {
    return this.#context.profile
  }

  /** More of what goes wrong, after the faults that still wait. */
  inject(...faults: readonly Fault[]): void {
    this.#faults.push(...faults)
  }

  /** Ends every stream, socket and timer. */
  async stop(): Promise<void> {
    for (const open of this.#open) open.abort(new Error('the server was stopped'))
    this.#context.scheduler.close()
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  async #serve(request: IncomingMessage, raw: ServerResponse): Promise<void> {
    const response = new GoResponse(raw, this.#context.time)
    const open = new AbortController()
    this.#open.add(open)
    raw.once('close', () => {
      if (!raw.writableFinished) open.abort(new Error('the caller left'))
    })
    try {
      await this.#route(request, response, open.signal)
    } catch (error) {
      if (error instanceof Refusal) response.json(error.status, { error: error.message })
      // Whoever left gets no answer; anything else is a defect of this server, and says so.
      else if (!open.signal.aborted && !response.started) response.json(500, { error: String(error) })
      else raw.destroy()
    } finally {
      this.#open.delete(open)
    }
  }

  async #route(request: IncomingMessage, response: GoResponse, signal: AbortSignal): Promise<void> {
    const [path = '/'] = (request.url ?? '/').split('?', 1)
    const route = ROUTES.get(path)
    if (!route) return notFound(path, request.method ?? 'GET', response)
    if (!route.methods.includes(request.method ?? '')) {
      return response.whole(405, '405 method not allowed', { 'Content-Type': 'text/plain' })
    }
    switch (path) {
      case '/':
        return response.whole(200, 'Ollama is running', { 'Content-Type': 'text/plain; charset=utf-8' })
      case '/api/version':
        return response.json(200, { version: this.#version })
      case '/api/tags':
        return response.json(200, { models: this.#context.catalog.models.map(model => tagsEntry(model, MODIFIED_AT)) })
      case '/api/ps':
        return response.json(200, { models: this.#runningModels() })
      case '/api/show':
        return response.json(200, this.#show(await bodyOf(request)))
      default:
        return await this.#generate(path === '/api/chat' ? '/api/chat' : '/api/generate', request, response, signal)
    }
  }

  async #generate(
    path: SimulatedRequest['path'],
    request: IncomingMessage,
    response: GoResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const log = this.#logRequest(path)
    const fault = this.#faults.shift() ?? { kind: 'none' }
    try {
      const body = await bodyOf(request)
      if (fault.kind === 'status') {
        const html = fault.body.trimStart().startsWith('<')
        const contentType = fault.contentType ?? (html ? 'text/html' : 'application/json; charset=utf-8')
        log.ended = 'error'
        return response.whole(fault.status, fault.body, { 'Content-Type': contentType, ...fault.headers })
      }
      const value = decoded(body)
      const exchange = { response, log, fault, signal }
      if (path === '/api/chat') {
        const chat = understood(() => readChatRequest(value))
        log.model = chat.model ?? ''
        await handleChat(this.#context, chat, exchange)
      } else {
        const generate = understood(() => readGenerateRequest(value))
        log.model = generate.model ?? ''
        await handleGenerate(this.#context, generate, exchange)
      }
      log.ended ??= signal.aborted ? 'aborted' : 'done'
    } catch (error) {
      log.ended ??= signal.aborted ? 'aborted' : 'error'
      throw error
    } finally {
      log.endedMs = this.#context.clock.now()
    }
  }

  #logRequest(path: SimulatedRequest['path']): OpenRequest {
    const log: OpenRequest = {
      number: this.#requests.length + 1,
      path,
      model: '',
      prompt: '',
      promptTokens: 0,
      cachedTokens: 0,
      evaluatedTokens: 0,
      outputTokens: 0,
      arrivedMs: this.#context.clock.now(),
    }
    this.#requests.push(log)
    return log
  }

  #show(body: string): object {
    const wish = understood(() => readShowRequest(decoded(body)))
    const name = wish.model || wish.name
    if (!name) throw new Refusal(400, 'model is required')
    if (!isValidName(name)) throw new Refusal(400, 'invalid model name')
    const model = this.#context.catalog.find(name)
    if (!model) throw new Refusal(404, `model '${normalisedName(name)}' not found`)
    return showReply(model, MODIFIED_AT)
  }

  /** The one that stays longest first. A model that is being loaded is not there yet. */
  #runningModels(): object[] {
    const { scheduler, catalog, time, profile } = this.#context
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
}

const MODIFIED_AT = '2026-01-01T00:00:00Z'

const GET = ['GET', 'HEAD']
const POST = ['POST']
const ROUTES: ReadonlyMap<string, { readonly methods: readonly string[] }> = new Map([
  ['/', { methods: GET }],
  ['/api/version', { methods: GET }],
  ['/api/tags', { methods: GET }],
  ['/api/ps', { methods: ['GET'] }],
  ['/api/show', { methods: POST }],
  ['/api/chat', { methods: POST }],
  ['/api/generate', { methods: POST }],
])

/** A slash too many is sent to the path without it: by GET as a page, otherwise so that the body comes along. */
function notFound(path: string, method: string, response: GoResponse): void {
  const without = path.replace(/\/$/, '')
  if (!ROUTES.get(without)?.methods.includes(method)) {
    response.whole(404, '404 page not found', { 'Content-Type': 'text/plain' })
  } else if (method === 'GET') {
    const page = `<a href="${without}">Moved Permanently</a>.\n\n`
    response.whole(301, page, { 'Content-Type': 'text/html; charset=utf-8', Location: without })
  } else response.whole(307, '', { Location: without })
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

function decoded(body: string): unknown {
  return understood(() => firstJsonValue(body))
}

/** What can't be decoded is the caller's fault. */
function understood<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof Refusal) throw error
    if (error instanceof EmptyBody) throw new Refusal(400, 'missing request body')
    throw new Refusal(400, error instanceof Error ? error.message : String(error))
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}
