import { HermesOllamaClient } from 'planweave'
import { DEFAULT_MODEL, type DemoOptions, UsageError } from './options.ts'

export type ServerChoice =
  | { readonly type: 'live'; readonly client: HermesOllamaClient; readonly note: string }
  | { readonly type: 'simulated'; readonly note: string }

/**
 * The real server when it is ready, else a simulated one. Whoever insists on the real server, or names a model, gets no other.
 *
 * @throws UsageError with what to do, when what was insisted on is missing.
 */
export async function chooseServer(options: DemoOptions, signal: AbortSignal): Promise<ServerChoice> {
  const { url, model, server } = options
  if (server === 'simulated') {
    requireSimulatedModel(options)
    return { type: 'simulated', note: '' }
  }
  const client = new HermesOllamaClient({ baseUrl: url, model, contextTokens: contextTokensFor(options.agents) })
  const health = await client.health(signal)
  if (health.status === 'ready') return { type: 'live', client, note: `Ollama ${health.version} at ${url}.` }
  if (server === 'live') throw new UsageError(`no plan without the real thing: ${health.hint}\n${howToGetIt(model)}`)
  if (health.status === 'model-missing' && options.modelAskedFor) throw new UsageError(health.hint)
  requireSimulatedModel(options, `\nNo Ollama to use: ${health.hint}`)
  return { type: 'simulated', note: `No Ollama to use: ${health.hint}\n${howToGetIt(model)}\n` }
}

/** Prompt and reply of so many agents fit. A power of two: few sizes, as a server reloads the model for each. */
export function contextTokensFor(agents: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(4096, 2048 + 200 * agents)))
}

function requireSimulatedModel({ model, modelAskedFor }: DemoOptions, why = ''): void {
  if (modelAskedFor && model !== DEFAULT_MODEL)
    throw new UsageError(`the simulated server has no model '${model}', only ${DEFAULT_MODEL}${why}`)
}

function howToGetIt(model: string): string {
  return `For the real thing: ollama serve, then ollama pull ${model}`
}
