import { DEFAULT_STOPS } from './chat-template.ts'
import { Refusal } from './refusal.ts'

const INTEGERS = [
  ...['num_ctx', 'num_batch', 'num_gpu', 'main_gpu', 'num_thread', 'draft_num_predict', 'num_keep'],
  ...['seed', 'num_predict', 'top_k', 'repeat_last_n'],
]
const FLOATS = [
  ...['top_p', 'min_p', 'typical_p', 'temperature', 'repeat_penalty', 'presence_penalty', 'frequency_penalty'],
]
/** A change of one of these reloads the model. */
const LOAD_TIME = [
  ...['num_ctx', 'num_batch', 'num_gpu', 'main_gpu', 'num_thread', 'draft_num_predict', 'num_keep', 'use_mmap'],
]

/** What of the `options` matters to a model that only pretends. */
export interface ModelOptions {
  readonly contextTokens: number
  readonly keepTokens: number
  readonly maxTokens: number
  readonly stops: readonly string[]
  readonly seed: number | undefined
  /** Requests with equal keys share a loaded model. */
  readonly loadKey: string
}

/** @throws Refusal with status 500, as Ollama does, though the caller is to blame. */
export function readOptions(
  options: Readonly<Record<string, unknown>>,
  shift: boolean,
  defaultContextTokens: number,
  trainedContextTokens: number,
): ModelOptions {
  for (const [name, value] of Object.entries(options)) if (value !== null) checkOption(name, value)
  const integer = (name: string) => {
    const value = Object.hasOwn(options, name) ? options[name] : undefined
    return typeof value === 'number' ? Math.trunc(value) : undefined
  }
  const asked = integer('num_ctx') || defaultContextTokens
  const contextTokens = Math.min(trainedContextTokens, Math.max(4, asked))
  const most = 10 * contextTokens
  const predict = integer('num_predict') ?? -1
  const stops: unknown = Object.hasOwn(options, 'stop') ? options.stop : undefined
  return {
    contextTokens,
    keepTokens: integer('num_keep') ?? 4,
    // 0 is not sent to the engine at all, which then knows no limit.
    maxTokens: predict === 0 ? Infinity : predict < 0 ? most : Math.min(predict, most),
    stops: Array.isArray(stops) ? stops.map(String) : DEFAULT_STOPS,
    seed: integer('seed'),
    loadKey: JSON.stringify([
      shift,
      ...LOAD_TIME.map(name => (name === 'num_ctx' ? contextTokens : (options[name] ?? null))),
    ]),
  }
}

function checkOption(name: string, value: unknown): void {
  const refuse = (type: string) => new Refusal(500, `option ${JSON.stringify(name)} must be of ${type}`)
  if (INTEGERS.includes(name) && typeof value !== 'number') throw refuse('type integer')
  if (FLOATS.includes(name) && typeof value !== 'number') throw refuse('type float32')
  if (name === 'use_mmap' && typeof value !== 'boolean') throw refuse('type boolean')
  if (name !== 'stop') return
  if (!Array.isArray(value)) throw refuse('type array')
  if (value.some(item => typeof item !== 'string')) throw refuse('an array of strings')
}
