import type { GenerationContext } from './generation.ts'
import { goJson } from './go-json.ts'
import type { GoResponse } from './go-response.ts'
import { isValidName } from './model-catalog.ts'
import type { Layer } from './model-registry.ts'
import { readCopyRequest, readDeleteRequest, readPullRequest } from './model-request.ts'
import { pauseUntil } from './pause.ts'
import { Refusal } from './refusal.ts'
import { bodyOf, decoded, type Route } from './serve-text.ts'

/** How often a download tells of its progress. */
const PROGRESS_EVERY_MS = 60

export const copyModel: Route = async ({ context }, { request, response }) => {
  const { source = '', destination = '' } = decoded(await bodyOf(request), readCopyRequest)
  for (const [name, given] of Object.entries({ source, destination })) {
    if (!isValidName(given)) throw new Refusal(400, `${name} ${JSON.stringify(given)} is invalid`)
  }
  if (!context.catalog.copy(source, destination, context.time.rfc3339())) {
    throw new Refusal(404, `model ${JSON.stringify(source)} not found`)
  }
  response.whole(200, '')
}

export const deleteModel: Route = async ({ context }, { request, response }) => {
  const { model = '', name = '' } = decoded(await bodyOf(request), readDeleteRequest)
  const wanted = model || name
  if (!isValidName(wanted)) throw new Refusal(400, `name ${JSON.stringify(wanted)} is invalid`)
  const removed = context.catalog.remove(wanted)
  if (!removed) throw new Refusal(404, `model '${wanted}' not found`)
  if (!context.catalog.models.some(({ origin }) => origin === removed.origin)) context.registry.forget(removed.origin)
  response.whole(200, '')
}

/** Streams what it does; or, without a stream, answers with the last line. Leaving breaks it off. */
export const pullModel: Route = async ({ context }, { request, response, signal }) => {
  const { model = '', name = '', stream = true } = decoded(await bodyOf(request), readPullRequest)
  const wanted = model || name
  if (!isValidName(wanted)) throw new Refusal(400, 'invalid model name')
  let last: object = {}
  for await (const line of pulling(context, wanted, signal)) {
    if (stream) await response.line(line)
    last = line
  }
  if (stream) response.end()
  else answerWhole(response, last)
}

function answerWhole(response: GoResponse, last: object): void {
  response.whole('error' in last ? 500 : 200, goJson(last), { 'Content-Type': 'application/json' })
}

async function* pulling(
  { clock, time, catalog, registry }: GenerationContext,
  name: string,
  signal: AbortSignal,
): AsyncGenerator<object> {
  yield { status: 'pulling manifest' }
  const manifest = registry.manifest(name)
  if ('error' in manifest) {
    yield { error: `pull model manifest: ${manifest.error}` }
    return
  }
  for (const layer of manifest.layers) {
    let here = registry.bytesHere(layer)
    yield progress(layer, here)
    while (here < layer.size) {
      const ms = Math.min(PROGRESS_EVERY_MS, (1000 * (layer.size - here)) / registry.bytesPerSecond)
      await pauseUntil(clock, clock.now() + ms, signal)
      here = ms < PROGRESS_EVERY_MS ? layer.size : here + (registry.bytesPerSecond * ms) / 1000
      registry.keep(layer, here)
      yield progress(layer, here)
    }
  }
  for (const status of ['verifying sha256 digest', 'writing manifest']) yield { status }
  catalog.add(name, time.rfc3339())
  yield { status: 'success' }
}

function progress({ digest, size }: Layer, here: number): object {
  const completed = Math.floor(here)
  return { status: `pulling ${digest.slice(7, 19)}`, digest, total: size, ...(completed > 0 && { completed }) }
}
