import { SeededRandom } from '../../seeded-random.ts'
import { partsOf } from './model-catalog.ts'

/** What a model is made of, and downloaded in. */
export interface Layer {
  /** `sha256:` and 64 hex digits. */
  readonly digest: string
  readonly size: number
}

const WEIGHTS_BYTES = 4_368_438_944
/** Template, parameters, configuration. */
const SMALL_LAYERS_BYTES = [106, 59, 475]

/** Where models are pulled from, and how much of each layer is on the disk already. */
export class ModelRegistry {
  readonly #names: ReadonlySet<string> | undefined
  readonly bytesPerSecond: number
  readonly #bytesHere = new Map<string, number>()

  /** @param names absent for a machine without a network */
  constructor(names: readonly string[] | undefined, bytesPerSecond: number) {
    this.#names = names && new Set(names.map(urlOf))
    this.bytesPerSecond = bytesPerSecond
  }

  /** The layers of a model, or why there are none, in Ollama's words. */
  manifest(name: string): { readonly layers: readonly Layer[] } | { readonly error: string } {
    const url = urlOf(name)
    if (!this.#names) {
      const { hostname } = new URL(url)
      return { error: `Get "${url}": dial tcp: lookup ${hostname}: no such host` }
    }
    if (!this.#names.has(url)) return { error: 'file does not exist' }
    const layers = [WEIGHTS_BYTES, ...SMALL_LAYERS_BYTES].map((size, i) => {
      return { digest: `sha256:${new SeededRandom(url, 'layer', i).hex(64)}`, size }
    })
    return { layers }
  }

  /** A pull that was broken off goes on where it was. */
  bytesHere({ digest }: Layer): number {
    return this.#bytesHere.get(digest) ?? 0
  }

  /** Its layers are deleted: the next pull starts anew. */
  forget(name: string): void {
    const manifest = this.manifest(name)
    for (const { digest } of 'layers' in manifest ? manifest.layers : []) this.#bytesHere.delete(digest)
  }

  keep({ digest }: Layer, bytes: number): void {
    this.#bytesHere.set(digest, bytes)
  }
}

function urlOf(name: string): string {
  const { host, namespace, model, tag } = partsOf(name)
  return `https://${host}/v2/${namespace}/${model}/manifests/${tag}`
}
