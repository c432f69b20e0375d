import type { Json } from '../world.ts'
import { fieldCount, NormalForm, quantise } from './normal-form.ts'

/** Deeper than any view that a model could follow. */
const MAX_DEPTH = 32
/**
 * Far more than any prompt holds. Objects that refer to each other, as those of a game do, are written once for every way that
 * leads to them: ten who all know each other would be millions.
 */
const MAX_OBJECTS = 10_000

export type Refuse = (path: string, reason: string) => void

/** What JSON can say of a game's own object: one copy, of `PlainCopier`. */
export function plainJson(value: unknown, report: Refuse, form?: NormalForm): Json {
  return new PlainCopier(form).copy(value, report)
}

/**
 * Copies what JSON can say of a game's own objects. Fields that hold functions, symbols or nothing are left out, as `JSON.stringify`
 * does; what else JSON can't hold (a cycle, a bigint, a map or set, a depth over 32, a number without a value) becomes `null` and is
 * reported with its path. So is what comes after 10 000 objects, as one report for all of it. Numbers and usual values as the game
 * declares. Fields are sorted, so that nothing that reads a copy can depend on the order in which a game wrote them.
 */
export class PlainCopier {
  readonly #form: NormalForm
  #report: Refuse = () => {}
  /** Where the copy is now: the keys, and the objects that they are of. */
  readonly #path: (string | number)[] = []
  readonly #open: object[] = []
  #objects = 0
  /** Of the numbers here, when the game declares how many matter. */
  #decimals: number | undefined
  /** The fields so far of every object that is open, in one list for all, because most of them turn out to be kept ones. */
  #keys: string[] = []
  #values: Json[] = []
  #fields = 0
  #busy = false
  /** Nobody gave all objects a field: those of plain ones are their own, and need not be asked. */
  #inheritsNothing = true

  constructor(form: NormalForm = AS_IT_IS) {
    this.#form = form
  }

  /**
   * The copy of a value as it is now. Whatever in it equals its counterpart in `kept`, an earlier copy, is that counterpart itself: what
   * was made of it still holds. Never compared by the identity of the game's objects, which may have changed inside.
   */
  copy(value: unknown, report: Refuse, kept?: Json): Json {
    // A getter of the game's may want a copy in the middle of this one.
    if (this.#busy) return new PlainCopier(this.#form).copy(value, report, kept)
    this.#busy = true
    this.#report = report
    this.#objects = 0
    this.#inheritsNothing = inheritsNothing()
    try {
      return this.#of(value, kept) ?? null
    } finally {
      this.#clear()
    }
  }

  #clear(): void {
    this.#busy = false
    if (this.#path.length > 0) this.#path.length = 0
    if (this.#open.length > 0) this.#open.length = 0
    this.#decimals = undefined
    this.#fields = 0
    if (this.#keys.length <= MAX_SCRATCH) return
    this.#keys = []
    this.#values = []
  }

  #of(value: unknown, kept: Json | undefined): Json | undefined {
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
        return value && this.#ofObject(value, kept)
      default:
        return undefined
    }
  }

  #ofObject(value: object, kept: Json | undefined): Json | undefined {
    this.#objects += 1
    if (this.#objects > MAX_OBJECTS) {
      return this.#objects === MAX_OBJECTS + 1 ? this.#refuse(`more than ${MAX_OBJECTS} objects`) : null
    }
    if (this.#open.includes(value)) return this.#refuse('it contains itself')
    if (this.#open.length >= MAX_DEPTH) return this.#refuse(`deeper than ${MAX_DEPTH}`)
    this.#open.push(value)
    const copy = this.#ofContent(value, kept)
    this.#open.pop()
    return copy
  }

  #ofContent(value: object, kept: Json | undefined): Json | undefined {
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.#of(value.toJSON(), kept)
    if (Array.isArray(value)) return this.#ofList(value, isList(kept) ? kept : NOTHING)
    const isPlain = Object.getPrototypeOf(value) === Object.prototype
    if (!isPlain && (value instanceof Map || value instanceof Set))
      return this.#refuse('a map or set has no fields: list its entries')
    const fields = value as FieldsOf<unknown> // an object is what its fields are
    return this.#ofFields(fields, isFields(kept) ? kept : undefined, isPlain && this.#inheritsNothing)
  }

  #ofList(list: readonly unknown[], kept: readonly Json[]): readonly Json[] {
    const { length } = list
    let copy: Json[] | undefined
    for (let i = 0; i < length; i++) {
      const old = kept[i]
      const json = this.#ofField(i, list[i], old) ?? null
      if (copy) copy[i] = json
      else if (json !== old) {
        copy = new Array<Json>(length)
        for (let k = 0; k < i; k++) copy[k] = kept[k] ?? null
        copy[i] = json
      }
    }
    return copy ?? (kept.length === length ? kept : kept.slice(0, length))
  }

  /** `own`: all the fields that there are to walk are its own. */
  #ofFields(value: FieldsOf<unknown>, kept: FieldsOf<Json> | undefined, own: boolean): Json {
    const first = this.#fields
    let same = kept !== undefined
    for (const key in value) {
      if (!own && !Object.hasOwn(value, key)) continue
      const old = kept && keptField(kept, key, this.#inheritsNothing)
      const around = this.#decimals
      this.#decimals = this.#form.decimalsOf(key) ?? around
      const json = this.#ofField(key, value[key], old)
      this.#decimals = around
      if (json === undefined || this.#form.isUsual(key, json)) continue
      if (json !== old) same = false
      this.#keys[this.#fields] = key
      this.#values[this.#fields] = json
      this.#fields += 1
    }
    const count = this.#fields - first
    this.#fields = first
    return same && kept && fieldCount(kept) === count ? kept : this.#built(first, first + count)
  }

  #built(from: number, to: number): Json {
    if (to - from > MAX_INSERTED) return this.#builtOfMany(from, to)
    const keys = this.#keys
    const values = this.#values
    for (let i = from + 1; i < to; i++) {
      const key = keys[i] ?? ''
      const value = values[i] ?? null
      let at = i
      for (; at > from && (keys[at - 1] ?? '') > key; at--) {
        keys[at] = keys[at - 1] ?? ''
        values[at] = values[at - 1] ?? null
      }
      keys[at] = key
      values[at] = value
    }
    const copy: Record<string, Json> = {}
    for (let i = from; i < to; i++) setField(copy, keys[i] ?? '', values[i] ?? null)
    return copy
  }

  #builtOfMany(from: number, to: number): Json {
    const copy: Record<string, Json> = {}
    const order = Array.from({ length: to - from }, (_, i) => from + i)
    order.sort((a, b) => ((this.#keys[a] ?? '') < (this.#keys[b] ?? '') ? -1 : 1))
    for (const i of order) setField(copy, this.#keys[i] ?? '', this.#values[i] ?? null)
    return copy
  }

  #ofField(key: string | number, field: unknown, kept: Json | undefined): Json | undefined {
    if (typeof field === 'string') return field
    if (typeof field === 'number' && Number.isFinite(field))
      return this.#decimals === undefined ? field + 0 : quantise(field, this.#decimals)
    this.#path.push(key)
    const copy = this.#of(field, kept)
    this.#path.pop()
    return copy
  }

  #refuse(reason: string): null {
    const path = this.#path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i ? `.${key}` : key)).join('')
    this.#report(path || '(root)', reason)
    return null
  }
}

/** More fields than that are sorted by the platform, which makes lists of its own. */
const MAX_INSERTED = 24
/** What is held on to between two copies. */
const MAX_SCRATCH = 1000
const NOTHING: readonly Json[] = []
const AS_IT_IS = new NormalForm()

type FieldsOf<V> = { readonly [key: string]: V }

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

function isFields(value: Json | undefined): value is FieldsOf<Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function inheritsNothing(): boolean {
  for (const _ in Object.prototype) return false
  return true
}

/** What else objects inherit is functions, which are no JSON, and their prototype. */
function keptField(kept: FieldsOf<Json>, key: string, inheritsNothing: boolean): Json | undefined {
  return (inheritsNothing && key !== '__proto__') || Object.hasOwn(kept, key) ? kept[key] : undefined
}

/** An assignment to what all objects have would change the copy's prototype, or throw where that is frozen. */
function setField(copy: Record<string, Json>, key: string, value: Json): void {
  if (key in Object.prototype) Object.defineProperty(copy, key, { value, enumerable: true })
  else copy[key] = value
}
