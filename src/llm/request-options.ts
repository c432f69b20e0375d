import type { DeadlineLimits } from './deadlines.ts'
import type { LlmRequestOptions } from './llm-client.ts'

const DEFAULT_LIMITS: DeadlineLimits = { firstTextMs: 60_000, idleMs: 15_000, totalMs: 180_000 }
const DEFAULT_MAX_TOKENS = 1024

/** A call's options with every default filled in. */
export interface ResolvedOptions {
  readonly limits: DeadlineLimits
  readonly maxTokens: number
  readonly temperature: number | undefined
  readonly seed: number | undefined
  readonly stop: readonly string[] | undefined
  readonly format: 'json' | object | undefined
}

/**
 * The call's options over the client's defaults. An option that is present but `undefined` counts as absent.
 *
 * @throws RangeError or TypeError for what a server would misread or ignore without a word.
 */
export function resolveOptions(options: LlmRequestOptions = {}, defaults: LlmRequestOptions = {}): ResolvedOptions {
  const limit = (name: keyof DeadlineLimits) =>
    options.timeouts?.[name] ?? defaults.timeouts?.[name] ?? DEFAULT_LIMITS[name]
  const resolved: ResolvedOptions = {
    limits: { firstTextMs: limit('firstTextMs'), idleMs: limit('idleMs'), totalMs: limit('totalMs') },
    maxTokens: options.maxTokens ?? defaults.maxTokens ?? DEFAULT_MAX_TOKENS,
    temperature: options.temperature ?? defaults.temperature,
    seed: options.seed ?? defaults.seed,
    stop: options.stop ?? defaults.stop,
    format: options.format ?? defaults.format,
  }
  check(resolved)
  return resolved
}

function check({ limits, maxTokens, temperature, seed, stop, format }: ResolvedOptions): void {
  for (const [name, ms] of Object.entries(limits)) {
    if (!(ms > 0))
      throw new RangeError(`timeouts.${name} must be more than 0 milliseconds, or Infinity for none; got ${ms}`)
  }
  checkTokens('maxTokens', maxTokens)
  if (temperature !== undefined && !(temperature >= 0 && temperature < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`temperature must be 0 or more; got ${temperature}`)
  }
  if (seed !== undefined && !Number.isSafeInteger(seed)) throw new RangeError(`seed must be an integer; got ${seed}`)
  if (stop !== undefined && !(Array.isArray(stop) && stop.every(word => typeof word === 'string' && word !== ''))) {
    throw new TypeError('stop must be an array of strings that are not empty')
  }
  if (format !== undefined && format !== 'json' && (typeof format !== 'object' || format === null)) {
    throw new TypeError(`format must be 'json' or a JSON Schema object`)
  }
}

/** @throws RangeError */
export function checkTokens(name: string, tokens: number): void {
  // 0 and negative numbers mean 'no limit' to Ollama: a reply that loops would hold its slot for ever.
  if (!Number.isSafeInteger(tokens) || tokens <= 0) {
    throw new RangeError(`${name} must be a positive integer; got ${tokens}`)
  }
}
