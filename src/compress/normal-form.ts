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
    return this.#decimals.size > 0 ? this.#decimals.get(key) : undefined
  }

  /** Does a field with this value go without saying? */
  isUsual(key: string, value: Json): boolean {
    const usual = this.#defaults.size > 0 ? this.#defaults.get(key) : undefined
    return usual !== undefined && sameJson(usual, value)
  }
}

/** To the nearest number with so many decimals, as `toFixed` finds it; never minus zero. */
export function quantise(value: number, decimals: number): number {
  if (Number.isInteger(value)) return value + 0
  const unit = POWERS_OF_TEN[decimals] ?? 1
  const scaled = value * unit
  const whole = Math.round(scaled)
  // A quotient of two exact numbers is what its digits would be read as. Near the middle of two, the product may be off.
  if (Math.abs(scaled) < MAX_SCALED && Math.abs(Math.abs(scaled - whole) - 0.5) > NEAR) return whole / unit + 0
  return Number(value.toFixed(decimals)) + 0
}

const POWERS_OF_TEN = Array.from({ length: 16 }, (_, decimals) => Number(`1e${decimals}`))
/** Up to here a product is off by less than a thousandth. */
const MAX_SCALED = 2 ** 40
const NEAR = 0.001

/** How many fields an object of plain JSON has; by walking them, which makes no list of their names. */
export function fieldCount(object: { readonly [key: string]: Json }): number {
  let count = 0
  for (const key in object) if (Object.hasOwn(object, key)) count += 1
  return count
}

/** Equal in value; the order of fields means nothing. */
export function sameJson(a: Json, b: Json): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (isList(a) || isList(b)) {
    if (!isList(a) || !isList(b) || a.length !== b.length) return false
    for (let i = 0; i < a.length; i++) if (!sameJson(a[i] ?? null, b[i] ?? null)) return false
    return true
  }
  let count = 0
  for (const key in a) {
    if (!Object.hasOwn(a, key)) continue
    if (!Object.hasOwn(b, key) || !sameJson(a[key] ?? null, b[key] ?? null)) return false
    count += 1
  }
  return count === fieldCount(b)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
