import { jsonrepair } from 'jsonrepair'
import { messageOf } from '../errors.ts'
import { mend } from './mend.ts'

export type JsonObject = Record<string, unknown>

export type ReadObject =
  | { readonly value: JsonObject; readonly repairs: readonly string[] }
  | { readonly value: undefined; readonly reason: string }

const NO_REPAIRS: readonly string[] = []
const NO_KEYS: readonly string[] = []

/**
 * One closed `{…}` as an object: by `JSON.parse` where it can, otherwise mended, and what was mended said in words. `strict`
 * mends nothing; `hasLongKey` is false when no key is as long as those that are forbidden. Never throws.
 */
export function readObject(text: string, strict: boolean, hasLongKey = true): ReadObject {
  let value: unknown
  let repairs = NO_REPAIRS
  try {
    value = JSON.parse(text)
  } catch (error) {
    if (strict) return { value: undefined, reason: `not JSON: ${messageOf(error)}` }
    const mended = mend(text)
    if (mended.refused !== undefined) return { value: undefined, reason: mended.refused }
    try {
      value = parseMended(mended.text)
    } catch (failure) {
      return { value: undefined, reason: `not JSON, and beyond repair: ${messageOf(failure)}` }
    }
    repairs = mended.repairs.length > 0 ? mended.repairs : ['mended malformed JSON']
  }
  if (!isObject(value)) return { value: undefined, reason: `expected an object, got ${kindOf(value)}` }
  const dropped = hasLongKey || repairs !== NO_REPAIRS ? withoutForbidden(value) : NO_KEYS
  if (dropped.length === 0) return { value, repairs }
  if (strict) return { value: undefined, reason: `the key ${dropped[0]} is not allowed` }
  return { value, repairs: [...repairs, ...dropped.map(key => `left out the key ${key}`)] }
}

function parseMended(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return JSON.parse(jsonrepair(text))
  }
}

/**
 * Takes keys that reach behind an object's own fields out of it, at any depth, and lists them after those dropped before: each
 * once, however many there are. The scanner has bounded the depth.
 */
function withoutForbidden(value: object, before = NO_KEYS): readonly string[] {
  let dropped = before
  for (const key in value) {
    if (isForbiddenKey(key)) {
      if (!dropped.includes(key)) dropped = [...dropped, key]
      Reflect.deleteProperty(value, key)
    } else dropped = droppedInside(value[key as keyof typeof value], dropped) // a key of `value`, by the loop
  }
  return dropped
}

/** What is dropped of an object or of the elements of a list, after what was dropped before. */
function droppedInside(value: unknown, before: readonly string[]): readonly string[] {
  if (typeof value !== 'object' || value === null) return before
  // A list by its indices: as keys they would be made into strings.
  if (!Array.isArray(value)) return withoutForbidden(value, before)
  let dropped = before
  for (let i = 0; i < value.length; i++) dropped = droppedInside(value[i], dropped)
  return dropped
}

/** How many characters the shortest of those keys has. */
export const SHORTEST_FORBIDDEN = 9

/** A key that reaches behind an object's own fields. */
export function isForbiddenKey(key: string): boolean {
  // The length first, because it answers for almost every key.
  return (
    (key.length === 9 || key.length === 11) && (key === '__proto__' || key === 'constructor' || key === 'prototype')
  )
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`
}
