import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type Clock, systemClock } from '../clock.ts'
import { SeededRandom } from '../seeded-random.ts'
import { corsVerdict } from './ollama/cors.ts'
import type { Fault } from './ollama/fault.ts'
import { GoResponse } from './ollama/go-response.ts'
import { WallClock } from './ollama/go-time.ts'
import type { HermesQuirk } from './ollama/hermes-quirks.ts'
import { ModelCatalog } from './ollama/model-catalog.ts'
import { ModelRegistry } from './ollama/model-registry.ts'
import { ModelScheduler } from './ollama/model-scheduler.ts'
import { Refusal } from './ollama/refusal.ts'
import { serve } from './ollama/routes.ts'
import type { Incoming, ServerState } from './ollama/serve-text.ts'
import type { ServedRequest } from './ollama/served-request.ts'
import type { OpenRequest, SimulatedRequest } from './ollama/simulated-request.ts'
import { type TimingProfile, timingProfile } from './ollama/timing-profiles.ts'
import { versionTraits } from './ollama/version-traits.ts'

const DEFAULT_MODEL = 'adrienbrault/nous-hermes2pro:Q4_K_M'
/** The day on which an injected clock's time begins. */
const INJECTED_EPOCH_MS = Date.UTC(2026, 0, 1)

export interface SimulatedOllamaOptions {
  /** The machine it pretends to be, a name in `TIMING_PROFILES`. @defaultValue 'rtx-3060' */
  readonly profile?: string
  /** @defaultValue 0: a free one */
  readonly port?: number
  /** What is on its disk. Models named `…-tools` have a template that knows tools, and Ollama's parser for them. @defaultValue the model that `HermesOllamaClient` asks for */
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
  /**
   * What `/api/embed` and `/api/embeddings` make of a text, as long as the model makes its vectors. By default numbers that
   * stand for the text: the same for the same text and seed, and for no other.
   */
  readonly embed?: (text: string) => readonly number[]
  /** Models that `/api/pull` can get. @defaultValue none: as without a network */
  readonly registry?: readonly string[]
  /** How fast models are pulled; `Infinity` for at once. @defaultValue 50_000_000 */
  readonly downloadBytesPerSecond?: number
  /** What the planner does wrong, in each of its replies. With a `format`, what a grammar forbids is left out. @defaultValue [] */
  readonly quirks?: readonly HermesQuirk[]
  /** Replies written at once by one model; more wait in line. @defaultValue 1 */
  readonly parallel?: number
  /** Requests that may wait for a model to be loaded; more are refused with 503. @defaultValue 512 */
  readonly maxQueue?: number
  /** `num_ctx` for requests that don't name it. @defaultValue 4096 */
  readonly contextTokens?: number
  /** What goes wrong: each chat or generate request takes the next one as it arrives; then all goes well. @defaultValue [] */
  readonly faults?: readonly Fault[]
  /** What `OLLAMA_ORIGINS` would name: web pages that may ask, exactly or with one `*`. @defaultValue those of this machine */
  readonly origins?: readonly string[]
  /** Whose ways it has, and what `/api/version` says: '0.12.5', 'v0.24', 'next'. @defaultValue '0.33.0' */
  readonly version?: string
  /** Called once for each HTTP request, whatever it was, as soon as it is over. It must not throw. */
  readonly onServed?: (served: ServedRequest) => void
}

/**
 * An Ollama server without a model: real HTTP on the loopback interface, Ollama's own bytes, and the pace of a real machine.
 * It loads models, keeps them, queues, remembers prompt prefixes token by token, and stops writing when the caller leaves.
 * Not simulated: creating and pushing models, and the host-memory prompt cache.
 */
export class SimulatedOllama {
  /** How fast this server is. */
  readonly profile: TimingProfile
  readonly #server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 })
  readonly #state: ServerState
  readonly #faults: Fault[]
  readonly #origins: readonly string[]
  readonly #requests: OpenRequest[] = []
  readonly #serving = new Set<Promise<void>>()
  readonly #onServed: SimulatedOllamaOptions['onServed']
  #port = 0

  private constructor(options: SimulatedOllamaOptions) {
    const {
      clock = systemClock,
      profile = 'rtx-3060',
      parallel = 1,
      maxQueue = 512,
      seed = 1,
      contextTokens = 4096,
    } = options
    this.profile = timingProfile(profile)
    this.#faults = [...(options.faults ?? [])]
    this.#origins = options.origins ?? []
    this.#onServed = options.onServed
    this.#state = {
      context: {
        clock,
        time: new WallClock(clock, options.clock ? INJECTED_EPOCH_MS : Date.now()),
        profile: this.profile,
        catalog: new ModelCatalog(options.models ?? [DEFAULT_MODEL]),
        registry: new ModelRegistry(options.registry, options.downloadBytesPerSecond ?? 50_000_000),
        scheduler: new ModelScheduler(clock, this.profile, parallel, maxQueue),
        seed,
        quirks: options.quirks ?? [],
        traits: versionTraits(options.version ?? '0.33.0'),
        contextTokens,
        reply: options.reply,
        embed: options.embed ?? (text => standInVector(seed, text)),
      },
      nextFault: () => this.#faults.shift() ?? { kind: 'none' },
    }
  }

  /**
   * Resolves once the server accepts connections.
   * @throws RangeError for an unknown profile (it lists those there are), an impossible model name or version; the system's error for a port in use
   */
  static async start(options: SimulatedOllamaOptions = {}): Promise<SimulatedOllama> {
    const simulated = new SimulatedOllama(options)
    simulated.#server.on('request', (request, response) => simulated.#accept(request, response))
    simulated.#port = await listen(simulated.#server, options.port ?? 0)
    return simulated
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** The chat and generate requests, in the order of arrival, all of them since the start. */
  get requests(): readonly SimulatedRequest[] {
    return this.#requests
  }

  /** More of what goes wrong, after the faults that still wait. */
  inject(...faults: readonly Fault[]): void {
    this.#faults.push(...faults)
  }

  /** Ends every stream, socket and timer. May be called twice. */
  async stop(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()))
    // Whoever is being served sees its connection close, which ends the request as if the caller had left.
    this.#server.closeAllConnections()
    await Promise.all(this.#serving)
    this.#state.context.scheduler.close()
    await closed
  }

  #accept(request: IncomingMessage, response: ServerResponse): void {
    const caller = new AbortController()
    response.once('close', () => {
      if (!response.writableFinished) caller.abort(new Error('the caller left'))
    })
    const arrivedMs = this.#state.context.clock.now()
    let entry: OpenRequest | undefined
    const log = (path: SimulatedRequest['path']) => {
      entry = this.#log(path)
      return entry
    }
    const served = this.#serve(request, response, caller.signal, log).finally(() => {
      this.#serving.delete(served)
      this.#report(request, response, arrivedMs, entry)
    })
    this.#serving.add(served)
  }

  #report(request: IncomingMessage, response: ServerResponse, arrivedMs: number, entry: OpenRequest | undefined): void {
    const { clock, time } = this.#state.context
    const { method = 'GET', url = '/' } = request
    const [path = '/'] = url.split('?', 1)
    const status = response.headersSent ? response.statusCode : 499
    this.#onServed?.({ at: time.rfc3339(), method, path, status, ms: clock.now() - arrivedMs, request: entry })
  }

  async #serve(
    request: IncomingMessage,
    raw: ServerResponse,
    signal: AbortSignal,
    log: Incoming['log'],
  ): Promise<void> {
    const verdict = corsVerdict(request, this.#origins)
    const always = verdict.kind === 'refused' ? {} : verdict.headers
    const response = new GoResponse(raw, this.#state.context.time, always)
    if (verdict.kind === 'refused') return response.whole(403, '')
    if (verdict.kind === 'preflight') return response.whole(204, '')
    try {
      await serve(this.#state, { request, response, signal, log })
    } catch (error) {
      if (error instanceof Refusal) response.json(error.status, { error: error.message })
      // Who left gets no answer. Anything else comes from the `reply` function, and its author wants to read it.
      else if (!signal.aborted && !response.started) response.json(500, { error: String(error) })
      else raw.destroy()
    }
  }

  #log(path: SimulatedRequest['path']): OpenRequest {
    const entry: OpenRequest = {
      number: this.#requests.length + 1,
      path,
      model: '',
      prompt: '',
      promptTokens: 0,
      cachedTokens: 0,
      evaluatedTokens: 0,
      outputTokens: 0,
      arrivedMs: this.#state.context.clock.now(),
    }
    this.#requests.push(entry)
    return entry
  }
}

const EMBEDDING_LENGTH = 4096

function standInVector(seed: number, text: string): number[] {
  const random = new SeededRandom(seed, 'embedding', text)
  return Array.from({ length: EMBEDDING_LENGTH }, () => random.gaussian())
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
