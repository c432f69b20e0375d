import { SeededRandom } from '../../seeded-random.ts'
import { DEFAULT_STOPS, TEMPLATE } from './chat-template.ts'

/** When the models that are there from the start were put on the disk. */
const MODIFIED_AT = '2026-01-01T00:00:00Z'

/** What Mistral 7B, which the Hermes model is made of, was trained for. */
export const TRAINED_CONTEXT_TOKENS = 32_768

export interface ModelDetails {
  readonly parent_model: string
  readonly format: string
  readonly family: string
  readonly families: readonly string[]
  readonly parameter_size: string
  readonly quantization_level: string
  readonly context_length: number
  readonly embedding_length: number
}

/** A model that is on the simulated disk. */
export interface CatalogModel {
  /** With its tag: `nous-hermes2pro:latest`. */
  readonly name: string
  /** With registry and namespace, as some errors have it. */
  readonly fullName: string
  readonly digest: string
  readonly size: number
  readonly details: ModelDetails
  /** Does its template know tools? */
  readonly tools: boolean
  /** RFC 3339. */
  readonly modifiedAt: string
  /** What a copy was called at first: copies share their layers. */
  readonly origin: string
}

/** A name with its tag, as Ollama lists it. */
export function normalisedName(name: string): string {
  return name.lastIndexOf(':') > name.lastIndexOf('/') ? name : `${name}:latest`
}

/** Up to host, namespace, model and tag, each of plain characters. */
export function isValidName(name: string): boolean {
  return NAME.test(name)
}

const NAME = /^(?:(?:[A-Za-z0-9_][\w.:-]*\/)?[A-Za-z0-9_][\w-]*\/)?[A-Za-z0-9_][\w.-]*(?::[A-Za-z0-9_][\w.-]*)?$/

/** A valid name in full, with what Ollama puts where nothing is said. */
export function partsOf(name: string) {
  const full = normalisedName(name)
  const colon = full.lastIndexOf(':')
  const path = full.slice(0, colon).split('/').reverse()
  const [model = '', namespace = 'library', host = 'registry.ollama.ai'] = path
  return { host, namespace, model, tag: full.slice(colon + 1) }
}

export class ModelCatalog {
  #models: readonly CatalogModel[]

  /** @throws RangeError for a name that no server would list. */
  constructor(names: readonly string[]) {
    for (const name of names) if (!isValidName(name)) throw new RangeError(`'${name}' is not a model name`)
    this.#models = names.map(name => modelOf(name))
  }

  /** What was put there last comes first. */
  get models(): readonly CatalogModel[] {
    return this.#models
  }

  /** In place of one of that name. */
  add(name: string, modifiedAt: string): void {
    this.#put({ ...modelOf(name), modifiedAt })
  }

  /** The same model under another name. False if there is none to copy. */
  copy(source: string, destination: string, modifiedAt: string): boolean {
    const model = this.find(source)
    if (!model) return false
    const { name, fullName } = modelOf(destination)
    this.#put({ ...model, name, fullName, modifiedAt })
    return true
  }

  /** What was removed, if it was there. */
  remove(name: string): CatalogModel | undefined {
    const model = this.find(name)
    this.#models = this.#models.filter(each => each !== model)
    return model
  }

  #put(model: CatalogModel): void {
    this.remove(model.name)
    this.#models = [model, ...this.#models]
  }

  /** Names are found whatever their case. */
  find(name: string): CatalogModel | undefined {
    const wanted = normalisedName(name).toLowerCase()
    return this.#models.find(model => model.name.toLowerCase() === wanted)
  }
}

function modelOf(given: string): CatalogModel {
  const name = normalisedName(given)
  const { host, namespace, model, tag } = partsOf(name)
  const quantization = /\b(?:i?q\d\w*|f16|f32|bf16)\b/i.exec(name.slice(name.lastIndexOf(':')))?.[0].toUpperCase()
  return {
    name,
    fullName: `${host}/${namespace}/${model}:${tag}`,
    digest: new SeededRandom(name).hex(64),
    size: 4_368_439_584,
    tools: /-tools:[^/]*$/i.test(name),
    modifiedAt: MODIFIED_AT,
    origin: name,
    details: {
      parent_model: '',
      format: 'gguf',
      family: 'llama',
      families: ['llama'],
      parameter_size: '7.2B',
      quantization_level: quantization ?? 'Q4_K_M',
      context_length: TRAINED_CONTEXT_TOKENS,
      embedding_length: 4096,
    },
  }
}

export function tagsEntry(model: CatalogModel, tellMore: boolean): object {
  const { name, size, digest, details, modifiedAt } = model
  const entry = { name, model: name, modified_at: modifiedAt, size, digest }
  if (tellMore) return { ...entry, details, capabilities: capabilitiesOf(model) }
  const { context_length: _, embedding_length: __, ...less } = details
  return { ...entry, details: less }
}

/** What `/api/show` tells of a model: one tensor stands for all. */
function capabilitiesOf({ tools }: CatalogModel): string[] {
  return tools ? ['completion', 'tools'] : ['completion']
}

export function showReply(model: CatalogModel): object {
  const { name, details, modifiedAt } = model
  const stops = DEFAULT_STOPS.map(stop => `${'stop'.padEnd(30)} ${JSON.stringify(stop)}`).join('\n')
  return {
    modelfile: `# Modelfile generated by "ollama show"\nFROM ${name}\nTEMPLATE """${TEMPLATE}"""\n${DEFAULT_STOPS.map(stop => `PARAMETER stop ${stop}\n`).join('')}`,
    parameters: stops,
    template: TEMPLATE,
    details,
    model_info: {
      'general.architecture': 'llama',
      'general.file_type': 15,
      'general.parameter_count': 7_241_748_480,
      'general.quantization_version': 2,
      'llama.attention.head_count': 32,
      'llama.attention.head_count_kv': 8,
      'llama.block_count': 32,
      'llama.context_length': TRAINED_CONTEXT_TOKENS,
      'llama.embedding_length': 4096,
      'llama.feed_forward_length': 14_336,
      'llama.vocab_size': 32_032,
      'tokenizer.ggml.eos_token_id': 32_000,
      'tokenizer.ggml.model': 'llama',
    },
    tensors: [{ name: 'token_embd.weight', type: 'Q4_K', shape: [4096, 32_032] }],
    capabilities: capabilitiesOf(model),
    modified_at: modifiedAt,
  }
}
