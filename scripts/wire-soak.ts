import { LlmError } from '../src/errors.ts'
import { HermesOllamaClient } from '../src/llm/hermes-ollama-client.ts'
import type { LlmClient } from '../src/llm/llm-client.ts'
import { OpenAiCompatibleClient } from '../src/llm/openai-compatible-client.ts'
import { SeededRandom } from '../src/seeded-random.ts'
import { type Fault, SimulatedOllama } from '../src/testing/index.ts'

export interface SoakOptions {
  readonly streams: number
  readonly durationMs: number
  readonly seed: number
  /** The machine that each simulated server pretends to be. @defaultValue 'rtx-3060' */
  readonly profile?: string
  /** How long callers wait before they give up, against some seconds: a short run is over when its last caller is. @defaultValue 1 */
  readonly patience?: number
}

/** What is alive in this process: when nothing leaks, the same after as before. */
export interface Residue {
  /** Sockets and timers, by the names that Node gives them. */
  readonly handles: Readonly<Record<string, number>>
  /** On the signal that every call shared. */
  readonly listeners: number
  readonly heapBytes: number
}

export interface SoakReport {
  readonly calls: number
  /** How the calls ended: `done`, `left`, or the code of the error. */
  readonly ends: Readonly<Record<string, number>>
  /** Calls that ended in no way, in two, or in one that they may not. */
  readonly wrong: readonly string[]
  /** Calls by how the server saw them end. */
  readonly served: Readonly<Record<string, number>>
  readonly before: Residue
  readonly after: Residue
}

const CODES = new Set(['server-error', 'truncated', 'protocol', 'empty-reply', 'overloaded', 'aborted', 'unreachable'])
const TIMEOUTS = new Set(['timeout-first-text', 'timeout-idle', 'timeout-total'])

/** Calls without a break against a server whose replies go wrong in every way, by callers who lose patience in every way. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const shared = new AbortController()
  const listeners = countListeners(shared.signal)
  // What only the first calls make, such as compiled code, is there before the count begins.
  const { streams, durationMs } = options
  await round(
    { ...options, streams: Math.ceil(streams / 5), durationMs: Math.min(2000, durationMs / 3) },
    shared.signal,
  )
  const before = await residue(listeners())
  const figures = await round(options, shared.signal)
  const after = await residue(listeners())
  return { ...figures, before, after }
}

/** As many as one simulated graphics card serves at a pace at which most replies end before somebody loses patience. */
const STREAMS_PER_SERVER = 10

/** With servers of its own, so that nothing of them is left at the end. */
async function round(
  { streams, durationMs, seed, profile = 'rtx-3060', patience = 1 }: SoakOptions,
  shared: AbortSignal,
): Promise<Omit<SoakReport, 'before' | 'after'>> {
  // An even number, so that a caller's server is of its own kind.
  const count = 2 * Math.ceil(streams / STREAMS_PER_SERVER / 2)
  const servers = await Promise.all(Array.from({ length: count }, (_, index) => loadedServer(index, profile)))
  const ends = new Map<string, number>()
  const wrong: string[] = []
  const untilMs = performance.now() + durationMs
  const caller = async (index: number) => {
    const server = servers[index % servers.length]
    if (!server) return
    // One kind for a server: `/v1` can't ask for the other's size of context, so that both would make it reload for ever.
    const client =
      index % 2 === 0
        ? new HermesOllamaClient({ baseUrl: server.url, model: 'm' })
        : new OpenAiCompatibleClient({ baseUrl: `${server.url}/v1`, model: 'm' })
    const random = new SeededRandom(seed, 'caller', index)
    for (let i = 0; performance.now() < untilMs; i++) {
      server.inject(faultOf(random))
      const end = await oneCall(client, random, shared, patience)
      ends.set(end.name, (ends.get(end.name) ?? 0) + 1)
      if (end.wrong) wrong.push(`caller ${index}, call ${i}: ${end.wrong}`)
    }
  }
  await Promise.all(Array.from({ length: streams }, (_, index) => caller(index)))
  await served(servers)
  const seen = new Map<string, number>()
  for (const { requests } of servers) {
    for (const { ended = 'never' } of requests) seen.set(ended, (seen.get(ended) ?? 0) + 1)
  }
  await Promise.all(servers.map(server => server.stop()))
  const calls = [...ends.values()].reduce((sum, count) => sum + count, 0)
  return { calls, ends: Object.fromEntries(ends), wrong, served: Object.fromEntries(seen) }
}

/** Its model is loaded before anybody is in a hurry. */
async function loadedServer(index: number, profile: string): Promise<SimulatedOllama> {
  const server = await SimulatedOllama.start({
    profile,
    parallel: STREAMS_PER_SERVER,
    models: ['m'],
    reply: () => REPLY,
  })
  if (index % 2 === 0) await new HermesOllamaClient({ baseUrl: server.url, model: 'm' }).warmUp()
  else await new OpenAiCompatibleClient({ baseUrl: `${server.url}/v1`, model: 'm' }).complete('go', { maxTokens: 1 })
  return server
}

/** Some 35 tokens. */
const REPLY = 'go north and wait for the others at the bridge with drawn swords 😀 '.repeat(2)
const TOKENS = 35

function faultOf(random: SeededRandom): Fault {
  const afterTokens = random.int(0, TOKENS)
  const kinds: readonly Fault[] = [
    { kind: 'none' },
    { kind: 'none' },
    { kind: 'none' },
    { kind: 'error-line', afterTokens },
    { kind: 'eof', afterTokens },
    { kind: 'reset', afterTokens },
    { kind: 'stall', afterTokens },
    { kind: 'garbage', afterTokens },
    { kind: 'cut-line', afterTokens },
    { kind: 'after-done' },
    { kind: 'split-characters' },
    { kind: 'refuse', status: 500, error: 'boom' },
    { kind: 'status', status: 503, body: '{"error":"busy"}' },
    { kind: 'status', status: 502, body: '<html>Bad Gateway</html>' },
  ]
  return random.pick(kinds) ?? { kind: 'none' }
}

interface End {
  readonly name: string
  readonly wrong?: string
}

/** One call, whose caller may leave by `break`, by a signal, or not at all. */
async function oneCall(client: LlmClient, random: SeededRandom, shared: AbortSignal, patience: number): Promise<End> {
  const leaveAfter = random.next() < 0.2 ? random.int(0, 8) : Number.POSITIVE_INFINITY
  const own = new AbortController()
  const cancelAfterMs = random.next() < 0.2 ? patience * random.int(0, 1500) : undefined
  const timer = cancelAfterMs === undefined ? undefined : setTimeout(() => own.abort(), cancelAfterMs)
  const signal = timer ? own.signal : shared
  const stream = client.completeStreaming('go', {
    signal,
    timeouts: {
      firstTextMs: patience * 4000,
      idleMs: patience * random.int(300, 1000),
      totalMs: patience * 10_000,
    },
    ...(random.next() < 0.1 && { maxTokens: 3 }),
  })
  let pieces = 0
  let text = ''
  const ends: string[] = []
  try {
    for (;;) {
      if (pieces >= leaveAfter) {
        await stream.return({ text, finishReason: 'stop', usage: {}, timings: { firstTextMs: 0, totalMs: 0 } })
        ends.push('left')
        break
      }
      const { done, value } = await stream.next()
      if (done) {
        ends.push('done')
        if (value.text !== text) return { name: 'done', wrong: `the reply is not its pieces: ${value.text} / ${text}` }
        break
      }
      pieces++
      text += value
    }
  } catch (error) {
    if (!(error instanceof LlmError)) return { name: 'thrown', wrong: `no LlmError: ${error}` }
    ends.push(error.code)
    if (!CODES.has(error.code) && !TIMEOUTS.has(error.code)) return { name: error.code, wrong: `${error}` }
    if (error.code === 'aborted' && !own.signal.aborted) return { name: error.code, wrong: 'nobody aborted' }
    if ((error.partialText ?? '') !== text) return { name: error.code, wrong: `lost ${text} / ${error.partialText}` }
  } finally {
    clearTimeout(timer)
  }
  const again = await stream.next().catch((error: unknown) => ({ done: false, value: error }))
  if (again.done !== true) return { name: String(ends), wrong: 'the stream goes on after its end' }
  return ends.length === 1 ? { name: String(ends) } : { name: 'several', wrong: `ended ${ends.length} times: ${ends}` }
}

/** How many listeners a signal has, as far as they came through its methods. */
function countListeners(signal: AbortSignal): () => number {
  const alive = new Set<unknown>()
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  Object.assign(signal, {
    addEventListener: (...args: Parameters<AbortSignal['addEventListener']>) => {
      alive.add(args[1])
      add(...args)
    },
    removeEventListener: (...args: Parameters<AbortSignal['removeEventListener']>) => {
      alive.delete(args[1])
      remove(...args)
    },
  })
  return () => alive.size
}

/** Waits until every request has ended on the server too, or should have. */
async function served(servers: readonly SimulatedOllama[]): Promise<void> {
  const deadline = performance.now() + 5000
  while (servers.some(({ requests }) => requests.some(({ ended }) => !ended)) && performance.now() < deadline) {
    await turn()
  }
}

function turn(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 2))
}

async function residue(listeners: number): Promise<Residue> {
  // Sockets that were closed take some turns until they are gone, and connecting can't be called off: only what stays is a leak.
  for (let i = 0; i < 1000 && process.getActiveResourcesInfo().some(name => /^(TCP|Connect)/.test(name)); i++)
    await turn()
  globalThis.gc?.()
  const handles = new Map<string, number>()
  for (const name of process.getActiveResourcesInfo()) handles.set(name, (handles.get(name) ?? 0) + 1)
  return { handles: Object.fromEntries(handles), listeners, heapBytes: process.memoryUsage().heapUsed }
}
