import type { Json } from '../world.ts'
import { numberRows } from './number-rows.ts'
import { fenceUntrusted, isUntrusted, UNTRUSTED_KEY } from './untrusted.ts'

export type JsonObject = { readonly [key: string]: Json }

/** One column of a table; with `within`, one for each field of the object that every row has there. */
export interface Column {
  readonly key: string
  readonly within?: readonly Column[]
}

/**
 * JSON in fewer tokens, still read at a glance: no quotes where a word needs none, and rows of one shape as a table that names
 * its columns once. `[{"id":"a","hp":3},{"id":"b","hp":4}]` becomes `[hp,id|3,a|4,b]`; a row without a field leaves its cell
 * empty. Lists of number lists go without their inner brackets (`numberRows`). Always one line; keys sorted by code unit, so that equal values give equal bytes.
 */
export function compactJson(value: Json): string {
  if (typeof value === 'string') return word(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (isUntrusted(value)) return fenceUntrusted(value)
  if (isList(value)) {
    const columns = columnsOf(value)
    return columns
      ? `[${[headerOf(columns), ...value.map(row => rowText(columns, row))].join('|')}]`
      : (numberRows(value) ?? `[${value.map(compactJson).join(',')}]`)
  }
  const fields = Object.keys(value).sort()
  return `{${fields.map(key => `${word(key)}:${fieldText(key, value[key] ?? null)}`).join(',')}}`
}

/**
 * The columns of a table with these rows: at least two, all objects, and no more cells empty than filled. Otherwise nothing,
 * and each value is written with its keys.
 */
export function columnsOf(rows: readonly Json[]): readonly Column[] | undefined {
  if (rows.length < 2) return undefined
  const counts = new Map<string, number>()
  let filled = 0
  for (const row of rows) {
    if (!isJsonObject(row)) return undefined
    for (const key of Object.keys(row)) {
      counts.set(key, (counts.get(key) ?? 0) + 1)
      filled += 1
    }
  }
  if (filled === 0 || filled * 2 < counts.size * rows.length) return undefined
  return [...counts.keys()].sort().map(key => {
    // Only where every row has an object there: empty cells could else mean an object without fields, or none.
    const within = counts.get(key) === rows.length ? columnsOf(rows.map(row => cellOf(row, key) ?? null)) : undefined
    return within ? { key, within } : { key }
  })
}

/** `hp,id,pos{x,y}` */
export function headerOf(columns: readonly Column[]): string {
  return columns.map(({ key, within }) => (within ? `${word(key)}{${headerOf(within)}}` : word(key))).join(',')
}

/** One row's cells under these columns. */
export function rowText(columns: readonly Column[], row: Json): string {
  return columns
    .map(({ key, within }) => {
      const cell = cellOf(row, key)
      if (within) return rowText(within, cell ?? null)
      return cell === undefined ? '' : fieldText(key, cell)
    })
    .join(',')
}

/** Neither a scalar, nor a list, nor text by players. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isUntrusted(value)
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** Bare where nothing but a word could be meant, else a JSON string: ids and text never turn into syntax. */
export function word(text: string): string {
  return BARE_WORD.test(text) && !LITERALS.has(text) ? text : JSON.stringify(text)
}

/** Player-written text stays fenced where a game put other fields beside it. */
export function fieldText(key: string, value: Json): string {
  return key === UNTRUSTED_KEY && typeof value === 'string' ? fenceUntrusted({ $untrusted: value }) : compactJson(value)
}

function cellOf(row: Json, key: string): Json | undefined {
  return isJsonObject(row) && Object.hasOwn(row, key) ? row[key] : undefined
}

const BARE_WORD = /^[A-Za-z_][\w.-]*$/
const LITERALS = new Set(['true', 'false', 'null'])
