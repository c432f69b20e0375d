import { tokenPieces } from '../../compress/token-pieces.ts'
import { float32, normalised, shortest } from './float32.ts'
import type { GenerationContext } from './generation.ts'
import { nanoseconds } from './go-json.ts'
import { isValidName, TRAINED_CONTEXT_TOKENS } from './model-catalog.ts'
import { readOptions } from './model-options.ts'
import { type EmbedRequest, readEmbeddingRequest, readEmbedRequest } from './model-request.ts'
import { pauseUntil } from './pause.ts'
import { Refusal } from './refusal.ts'
import { bodyOf, decoded, type Route } from './serve-text.ts'
import { rateAt } from './timing-profiles.ts'

/** `/api/embed`: any number of texts, vectors of length 1. */
export const embed: Route = async ({ context }, { request, response, signal }) => {
  const arrivedMs = context.clock.now()
  const wish = decoded(await bodyOf(request), readEmbedRequest)
  const texts = textsOf(wish.input)
  const { vectors, loadMs, tokens } = await vectorsOf(context, wish, texts, signal)
  const { model = '', dimensions = 0 } = wish
  if (texts.length === 0) return response.json(200, { model, embeddings: [] })
  const cut = (vector: readonly number[]) => (dimensions > 0 ? vector.slice(0, dimensions) : vector)
  response.json(200, {
    model,
    embeddings: vectors.map(vector => normalised(cut(vector)).map(shortest)),
    total_duration: nanoseconds(context.clock.now() - arrivedMs),
    load_duration: nanoseconds(loadMs),
    prompt_eval_count: tokens,
  })
}

/** `/api/embeddings`, which came before: one text, its vector as the engine gave it, in numbers of twice the precision. */
export const embeddings: Route = async ({ context }, { request, response, signal }) => {
  const { prompt = '', ...wish } = decoded(await bodyOf(request), readEmbeddingRequest)
  const { vectors } = await vectorsOf(context, wish, prompt ? [prompt] : [], signal)
  response.json(200, { embedding: vectors[0]?.map(float32) ?? [] })
}

function textsOf(input: unknown): string[] {
  if (input === undefined || input === '') return []
  const texts: unknown[] = Array.isArray(input) ? input : [input]
  return texts.map(text => {
    if (typeof text !== 'string') throw new Refusal(400, 'invalid input type')
    return text
  })
}

/** Loads the model, also when there is nothing to read, and reads each text on a slot of its own. */
async function vectorsOf(
  context: GenerationContext,
  { model: name = '', options: given = {}, keep_alive: keepAliveMs, truncate = true }: EmbedRequest,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly vectors: (readonly number[])[]; readonly loadMs: number; readonly tokens: number }> {
  const { clock, scheduler, profile } = context
  const startMs = clock.now()
  if (!name) throw new Refusal(400, 'model is required')
  const model = isValidName(name) ? context.catalog.find(name) : undefined
  if (!model) throw new Refusal(404, `model ${JSON.stringify(name)} not found, try pulling it first`)
  const options = readOptions(given, true, context.contextTokens, TRAINED_CONTEXT_TOKENS)
  const loaded = await scheduler.acquire({ ...options, model: model.name, keepAliveMs }, signal)
  try {
    const loadMs = clock.now() - startMs
    const read = texts.map(text => tokenPieces(text))
    if (!truncate && read.some(({ length }) => length > options.contextTokens)) {
      throw new Refusal(400, 'the input length exceeds the context length')
    }
    const cut = read.map(tokens => tokens.slice(0, options.contextTokens))
    const vectors = await Promise.all(
      cut.map(async tokens => {
        const slot = await loaded.slots.take(tokens, signal)
        try {
          const ms = profile.overheadMs + (1000 * tokens.length) / rateAt(profile.prefill, tokens.length)
          await pauseUntil(clock, clock.now() + ms, signal)
          slot.tokens = tokens
          return context.embed(tokens.join(''))
        } finally {
          loaded.slots.giveBack(slot)
        }
      }),
    )
    return { vectors, loadMs, tokens: cut.reduce((sum, tokens) => sum + tokens.length, 0) }
  } finally {
    scheduler.release(loaded)
  }
}
