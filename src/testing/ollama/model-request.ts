import { keepAlive } from './generation-request.ts'
import { goBool, goInt, goMap, goRaw, goString, readStruct } from './go-struct.ts'

const COMMON = { model: goString, keep_alive: keepAlive, options: goMap, truncate: goBool }
const EMBED = { ...COMMON, input: goRaw, dimensions: goInt }
const EMBEDDING = { ...COMMON, prompt: goString }
const PULL = { model: goString, name: goString, stream: goBool, insecure: goBool }
const DELETE = { model: goString, name: goString }
const COPY = { source: goString, destination: goString }

export type EmbedRequest = ReturnType<typeof readEmbedRequest>

export const readEmbedRequest = (value: unknown) => readStruct(value, EMBED, 'EmbedRequest', 'api.EmbedRequest')
export const readEmbeddingRequest = (value: unknown) => {
  return readStruct(value, EMBEDDING, 'EmbeddingRequest', 'api.EmbeddingRequest')
}
export const readPullRequest = (value: unknown) => readStruct(value, PULL, 'PullRequest', 'api.PullRequest')
export const readDeleteRequest = (value: unknown) => readStruct(value, DELETE, 'DeleteRequest', 'api.DeleteRequest')
export const readCopyRequest = (value: unknown) => readStruct(value, COPY, 'CopyRequest', 'api.CopyRequest')
