import type { Json } from '../world.ts'

/** What a game declares about its numbers and its usual values, so that prompts need not repeat them. */
export interface NormalFormOptions {
  /**
   * Decimals that matter, by field name: `{ pos: 1 }` holds for the field and for what is inside it. Other numbers stay as they
   * are. Half a unit of the last decimal is what a value may be off by.
   */
  readonly decimals?: Readonly<Record<string, number>>
  /**
   * Values that go without saying, by field name: such a field is left out, wherever it stands, and the static prefix tells the
   * model what its absence means. A field that is absent in a world means the same.
   */
  readonly defaults?: Readonly<Record<string, Json>>
}

/** A game's declarations, ready to be asked for each field. */
export class NormalForm {
  readonly #decimals: ReadonlyMap<string, number>
  readonly #defaults: ReadonlyMap<string, Json>

  /** @throws RangeError for decimals that are no whole number from 0 to 15. */
  constructor({ decimals = {}, defaults = {} }: NormalFormOptions = {}) {
    for (const [key, places] of Object.entries(decimals)) {
      if (!Number.isInteger(places) || places < 0 || places > 15)
        throw new RangeError(`decimals.${key} is ${places}: use a whole number from 0 to 15`)
    }
    // Maps, because a world may have a field called `constructor`.
    this.#decimals = new Map(Object.entries(decimals))
    this.#defaults = new Map(Object.entries(defaults))
  }

  /** How many decimals matter in a field; nothing when what is around it decides. */
  decimalsOf(key: string): number | undefined {
    return this.#decimals.get(key)
  }

  /** Does a field with this value go without saying? */
  isUsual(key: string, value: Json): boolean {
    const usual = this.#defaults.get(key)
    return usual !== undefined && sameJson(usual, value)
  }
}

/** To the nearest number with so many decimals; never minus zero. */
export function quantise(value: number, decimals: number): number {
  return Number(value.toFixed(decimals)) + 0
}

/** Equal in value; the order of fields means nothing. */
export function sameJson(a: Json, b: Json): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, i) => sameJson(item, b[i] ?? null))
    )
  }
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  const [left, right] = [a as { readonly [key: string]: Json }, b as { readonly [key: string]: Json }]
  return keys.every(key => Object.hasOwn(right, key) && sameJson(left[key] ?? null, right[key] ?? null))
}
