import { SeededRandom } from '../../seeded-random.ts'
import type { Exchange, GenerationContext } from './generation.ts'
import { handleChat, handleGenerate } from './generation-handler.ts'
import { goJson } from './go-json.ts'
import type { GoResponse } from './go-response.ts'
import { type CatalogModel, normalisedName } from './model-catalog.ts'
import { readOpenAiChat, readOpenAiText, type Translated } from './openai-request.ts'
import { type OpenAiFormat, OpenAiResponse, openAiError } from './openai-response.ts'
import { decoded, type Route, type TextRoute } from './serve-text.ts'

export const OPENAI_CHAT = textRoute('/v1/chat/completions', 'chat', readOpenAiChat, handleChat)
export const OPENAI_TEXT = textRoute('/v1/completions', 'text', readOpenAiText, handleGenerate)

const ONE_MODEL = /^\/v1\/models\/([^/]+)$/

function textRoute<Request extends { readonly model?: string }>(
  path: TextRoute['path'],
  kind: OpenAiFormat['kind'],
  read: (value: unknown) => Translated<Request>,
  handle: (context: GenerationContext, request: Request, exchange: Exchange) => Promise<void>,
): TextRoute {
  return {
    path,
    read: (body, response, { time, traits, seed }, { number }) => {
      const { request, includeUsage } = decoded(body, read, 'EOF')
      const random = new SeededRandom(seed, 'v1', number)
      const answer = new OpenAiResponse(response, { kind, includeUsage, time, random, traits })
      return { model: request.model, answer, handle: (context, exchange) => handle(context, request, exchange) }
    },
    unreadable: openAiError,
  }
}

export const listOpenAiModels: Route = ({ context }, { response }) => {
  const data = context.catalog.models.map(model => modelEntry(model.name, model))
  // Go's empty list, when it was never made, is null.
  encoded(response, 200, { object: 'list', data: data.length > 0 ? data : null })
}

/** Any path that names one model. */
export function openAiModelRoute(path: string): Route | undefined {
  const [, encodedName = ''] = ONE_MODEL.exec(path) ?? []
  if (!encodedName) return undefined
  return ({ context }, { response }) => {
    const name = unescaped(encodedName)
    const model = context.catalog.find(name)
    if (model) return encoded(response, 200, modelEntry(name, model))
    encoded(response, 404, openAiError(404, `model '${normalisedName(name)}' not found`))
  }
}

function modelEntry(id: string, { modifiedAt }: CatalogModel): object {
  return { id, object: 'model', created: Math.floor(Date.parse(modifiedAt) / 1000), owned_by: 'library' }
}

function encoded(response: GoResponse, status: number, value: object): void {
  response.whole(status, `${goJson(value)}\n`, { 'Content-Type': 'application/json' })
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
