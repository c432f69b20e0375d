import { isRecord } from './json.ts'

/** What is different from one kind of model server to the next when it can't answer, and what its user can do about it. */
export interface ServerKind {
  /** What it speaks, for whoever has the wrong address. */
  readonly api: string
  readonly toStart: string
  readonly toGetModel: (model: string) => string
  readonly toSetKey: string
  readonly toAllowOrigin: string
  /** Tells a 404 for a model that the server lacks from a 404 for a path that it does not know. */
  readonly lacksModel: (body: unknown, said: string) => boolean
}

export const OLLAMA: ServerKind = {
  api: 'the Ollama API',
  toStart: 'start it with: ollama serve',
  toGetModel: model => `to get it: ollama pull ${model}`,
  toSetKey: 'set the headers option',
  toAllowOrigin:
    'the server refuses this origin or host name: start it with OLLAMA_ORIGINS set to the origin of the page',
  // In JSON for a model; whoever answers it otherwise does not know the path.
  lacksModel: isRecord,
}

export const OPENAI_COMPATIBLE: ServerKind = {
  api: 'the OpenAI API (it mostly begins at /v1)',
  toStart: 'start it, and look at its port and path',
  toGetModel: model => `load ${model} there, or set the model option to one that GET /models lists`,
  toSetKey: 'set the apiKey option',
  toAllowOrigin: 'the server refuses this key, origin or host name',
  // Most answer in JSON for unknown paths too, but only a missing model makes them speak of models.
  lacksModel: (body, said) => isRecord(body) && /\bmodel/i.test(said),
}
