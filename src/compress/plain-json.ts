import type { Json } from '../world.ts'
import { NormalForm, quantise } from './normal-form.ts'

/** Deeper than any view that a model could follow. */
const MAX_DEPTH = 32
/**
 * Far more than any prompt holds. Objects that refer to each other, as those of a game do, are written once for every way that
 * leads to them: ten who all know each other would be millions.
 */
const MAX_OBJECTS = 10_000

/**
 * What JSON can say of a game's own object. Fields that hold functions, symbols or nothing are left out, as `JSON.stringify` does;
 * what else JSON can't hold (a cycle, a bigint, a map or set, a depth over 32, a number without a value) becomes `null` and is reported
 * with its path. So is what comes after 10 000 objects, as one report for all of it. Numbers and usual values as the game declares.
 */
export function plainJson(
  value: unknown,
  report: (path: string, reason: string) => void,
  form: NormalForm = AS_IT_IS,
): Json {
  return new Copy(report, form).of(value) ?? null
}

const AS_IT_IS = new NormalForm()

class Copy {
  readonly #report: (path: string, reason: string) => void
  readonly #form: NormalForm
  /** Where the copy is now: the keys, and the objects that they are of. */
  readonly #path: (string | number)[] = []
  readonly #open: object[] = []
  #objects = 0
  /** Of the numbers here, when the game declares how many matter. */
  #decimals: number | undefined

  constructor(report: (path: string, reason: string) => void, form: NormalForm) {
    this.#report = report
    this.#form = form
  }

  of(value: unknown): Json | undefined {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value
      case 'number':
        if (!Number.isFinite(value)) return this.#refuse(`${value} is not a JSON number`)
        return this.#decimals === undefined ? value + 0 : quantise(value, this.#decimals)
      case 'bigint':
        return this.#refuse('a bigint is not a JSON number')
      case 'object':
        return value && this.#ofObject(value)
      default:
        return undefined
    }
  }

  #ofObject(value: object): Json | undefined {
    this.#objects += 1
    if (this.#objects > MAX_OBJECTS) {
      return this.#objects === MAX_OBJECTS + 1 ? this.#refuse(`more than ${MAX_OBJECTS} objects`) : null
    }
    if (this.#open.includes(value)) return this.#refuse('it contains itself')
    if (this.#open.length >= MAX_DEPTH) return this.#refuse(`deeper than ${MAX_DEPTH}`)
    this.#open.push(value)
    const copy = this.#ofFields(value)
    this.#open.pop()
    return copy
  }

  #ofFields(value: object): Json | undefined {
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.of(value.toJSON())
    if (value instanceof Map || value instanceof Set)
      return this.#refuse('a map or set has no fields: list its entries')
    if (Array.isArray(value)) return Array.from(value, (item, index) => this.#ofField(index, item) ?? null)
    const copy: Record<string, Json> = {}
    for (const [key, field] of Object.entries(value)) {
      const json = this.#ofField(key, field)
      if (json === undefined || this.#form.isUsual(key, json)) continue
      // An assignment would change the copy's prototype.
      if (key === '__proto__') Object.defineProperty(copy, key, { value: json, enumerable: true })
      else copy[key] = json
    }
    return copy
  }

  #ofField(key: string | number, field: unknown): Json | undefined {
    const around = this.#decimals
    if (typeof key === 'string') this.#decimals = this.#form.decimalsOf(key) ?? around
    this.#path.push(key)
    const copy = this.of(field)
    this.#path.pop()
    this.#decimals = around
    return copy
  }

  #refuse(reason: string): null {
    const path = this.#path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i ? `.${key}` : key)).join('')
    this.#report(path || '(root)', reason)
    return null
  }
}
