import type { Json } from '../world.ts'
import { fenceUntrusted, isUntrusted, UNTRUSTED_KEY } from './untrusted.ts'

/**
 * JSON in fewer tokens, still read at a glance: no quotes where a word needs none, and rows of one shape as a table that names
 * its columns once. `[{"id":"a","hp":3},{"id":"b","hp":4}]` becomes `[hp,id|3,a|4,b]`. Always one line; keys sorted by code
 * unit, so that equal values give equal bytes.
 */
export function compactJson(value: Json): string {
  if (typeof value === 'string') return word(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (isUntrusted(value)) return fenceUntrusted(value)
  if (isList(value)) {
    const columns = columnsOf(value)
    return `[${columns ? table(columns, value) : value.map(compactJson).join(',')}]`
  }
  const fields = Object.keys(value).sort()
  return `{${fields.map(key => `${word(key)}:${fieldText(key, value[key] ?? null)}`).join(',')}}`
}

function isList(value: readonly Json[] | { readonly [key: string]: Json }): value is readonly Json[] {
  return Array.isArray(value)
}

function table(columns: readonly string[], rows: readonly Json[]): string {
  const lines = rows.map(row => columns.map(column => fieldText(column, fieldOf(row, column))).join(','))
  return [columns.map(word).join(','), ...lines].join('|')
}

/** The columns of rows that all have the same fields, at least two rows and one field; otherwise nothing. */
function columnsOf(rows: readonly Json[]): string[] | undefined {
  const [first] = rows
  if (rows.length < 2 || !isRow(first)) return undefined
  const columns = Object.keys(first).sort()
  if (columns.length === 0) return undefined
  const same = rows.every(
    row =>
      isRow(row) && Object.keys(row).length === columns.length && columns.every(column => Object.hasOwn(row, column)),
  )
  return same ? columns : undefined
}

function isRow(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isUntrusted(value)
}

/** Player-written text stays fenced where a game put other fields beside it. */
function fieldText(key: string, value: Json): string {
  return key === UNTRUSTED_KEY && typeof value === 'string' ? fenceUntrusted({ $untrusted: value }) : compactJson(value)
}

function fieldOf(row: Json, column: string): Json {
  return isRow(row) ? (row[column] ?? null) : null
}

/** Bare where nothing but a word could be meant, else a JSON string: ids and text never turn into syntax. */
function word(text: string): string {
  return BARE_WORD.test(text) && !LITERALS.has(text) ? text : JSON.stringify(text)
}

const BARE_WORD = /^[A-Za-z_][\w.-]*$/
const LITERALS = new Set(['true', 'false', 'null'])
