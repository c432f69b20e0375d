import { fieldText, type JsonObject, sortedKeys } from './compact-json.ts'

/**
 * What the fields of an object are written as, each when it is first asked for. What an object before it has of the very same fields is
 * not written anew: mostly some of an agent's state changes, and a list that did not is most of the work. Both are copies, which never
 * change inside.
 */
export class WrittenFields {
  readonly #object: JsonObject
  readonly #keys: readonly string[]
  readonly #texts: (string | undefined)[]
  /** Where the next key most likely is: they are asked for in their order. */
  #next = 0

  constructor(object: JsonObject, before?: WrittenFields) {
    this.#object = object
    const keys = sortedKeys(object)
    this.#keys = before && sameKeys(keys, before.#keys) ? before.#keys : keys
    this.#texts = new Array(keys.length)
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] ?? ''
      this.#texts[i] = before && before.#object[key] === object[key] ? before.#known(key) : undefined
    }
  }

  /** Of one of the object's keys. */
  of(key: string): string {
    const at = this.#indexOf(key)
    const text = this.#texts[at] ?? fieldText(key, this.#object[key] ?? null)
    this.#texts[at] = text
    return text
  }

  #known(key: string): string | undefined {
    return this.#texts[this.#indexOf(key)]
  }

  #indexOf(key: string): number {
    if (this.#keys[this.#next] !== key) this.#next = this.#keys.indexOf(key)
    const at = this.#next
    this.#next = at + 1
    return at
  }
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
