import type { Json } from '../world.ts'
import { fieldCount } from './normal-form.ts'
import { numberRows, numberText } from './number-rows.ts'
import { fenceUntrusted, isUntrusted, UNTRUSTED_KEY } from './untrusted.ts'

export type JsonObject = { readonly [key: string]: Json }

/** One column of a table; with `within`, one for each field of the object that every row has there. */
export interface Column {
  readonly key: string
  readonly within?: readonly Column[]
}

/** What the fields of one object are written as. */
export interface FieldTexts {
  of(key: string): string
}

/**
 * JSON in fewer tokens, still read at a glance: no quotes where a word needs none, and rows of one shape as a table that names
 * its columns once. `[{"id":"a","hp":3},{"id":"b","hp":4}]` becomes `[hp,id|3,a|4,b]`; a row without a field leaves its cell
 * empty. Lists of number lists go without their inner brackets (`numberRows`). Always one line; keys sorted by code unit, so that equal values give equal bytes.
 */
export function compactJson(value: Json): string {
  if (typeof value === 'string') return word(value)
  if (typeof value === 'number') return numberText(value)
  if (typeof value !== 'object' || value === null) return `${value}`
  if (isUntrusted(value)) return fenceUntrusted(value)
  return isList(value) ? listText(value) : objectText(value, fieldText)
}

function listText(list: readonly Json[]): string {
  const columns = columnsOf(list)
  if (columns) return `[${headerOf(columns)}|${rowsText(columns, list)}]`
  const numbers = numberRows(list)
  if (numbers !== undefined) return numbers
  const [only] = list
  if (list.length === 1 && typeof only === 'string' && CAPITALS.test(only)) return `[${quoted(only)}]`
  let text = '['
  for (let i = 0; i < list.length; i++) text += `${i > 0 ? ',' : ''}${compactJson(list[i] ?? null)}`
  return `${text}]`
}

/** An object in compact JSON, its fields' values as `textOf` has them. */
export function objectText(object: JsonObject, textOf: (key: string, value: Json) => string): string {
  let text = '{'
  for (const key of sortedKeys(object))
    text += `${text.length > 1 ? ',' : ''}${word(key)}:${textOf(key, object[key] ?? null)}`
  return `${text}}`
}

/** Sorted by code unit. Those of plain copies mostly are. */
export function sortedKeys(object: JsonObject): readonly string[] {
  const keys = Object.keys(object)
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] ?? '') > (keys[i] ?? '')) return keys.sort()
  return keys
}

/**
 * The columns of a table with these rows: at least two, all objects, and no more cells empty than filled. Otherwise nothing,
 * and each value is written with its keys.
 */
export function columnsOf(rows: readonly Json[]): readonly Column[] | undefined {
  const [first] = rows
  if (rows.length < 2 || !isJsonObject(first)) return undefined
  const keys = sortedKeys(first)
  // Mostly all rows have the same fields, and need not be counted.
  if (keys.length > 0 && rows.every(row => isJsonObject(row) && hasJust(keys, row)))
    return keys.map(key => columnOf(rows, key))
  return unevenColumnsOf(rows)
}

function unevenColumnsOf(rows: readonly Json[]): readonly Column[] | undefined {
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
  // Only where every row has an object there: empty cells could else mean an object without fields, or none.
  return [...counts.keys()].sort().map(key => (counts.get(key) === rows.length ? columnOf(rows, key) : { key }))
}

/** Of a field that all rows have. */
function columnOf(rows: readonly Json[], key: string): Column {
  const within = isJsonObject(cellOf(rows[0] ?? null, key))
    ? columnsOf(rows.map(row => cellOf(row, key) ?? null))
    : undefined
  return within ? { key, within } : { key }
}

function hasJust(keys: readonly string[], row: JsonObject): boolean {
  for (const key of keys) if (!Object.hasOwn(row, key)) return false
  return fieldCount(row) === keys.length
}

/** `hp,id,pos{x,y}` */
export function headerOf(columns: readonly Column[]): string {
  return columns.map(({ key, within }) => (within ? `${word(key)}{${headerOf(within)}}` : word(key))).join(',')
}

/** Rows under these columns. */
export function rowsText(columns: readonly Column[], rows: readonly Json[]): string {
  let text = ''
  for (let i = 0; i < rows.length; i++) text += `${i > 0 ? '|' : ''}${rowText(columns, rows[i] ?? null)}`
  return text
}

/** One row's cells under these columns; with `fields`, as they have them. */
export function rowText(columns: readonly Column[], row: Json, fields?: FieldTexts): string {
  let text = ''
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]
    if (i > 0) text += ','
    if (column) text += cellText(column, cellOf(row, column.key), fields)
  }
  return text
}

function cellText({ key, within }: Column, cell: Json | undefined, fields: FieldTexts | undefined): string {
  if (within) return rowText(within, cell ?? null)
  if (cell === undefined) return ''
  return fields ? fields.of(key) : fieldText(key, cell)
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
  return BARE_WORD.test(text) && !LITERALS.has(text) ? text : quoted(text)
}

/**
 * A JSON string with nothing in it that a server would read as a special token (`<|im_end|>`, `</s>`, `[INST]`) or that breaks a line,
 * because ids and names may be chosen by players. It reads back like any JSON string.
 */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(RISKY, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Player-written text stays fenced where a game put other fields beside it. */
export function fieldText(key: string, value: Json): string {
  return key === UNTRUSTED_KEY && typeof value === 'string' ? fenceUntrusted({ $untrusted: value }) : compactJson(value)
}

function cellOf(row: Json, key: string): Json | undefined {
  return isJsonObject(row) && Object.hasOwn(row, key) ? row[key] : undefined
}

const RISKY = /<(?=[\p{L}|/｜!][^<>]{0,64}>)|\[(?=\/?[A-Z_]+\])|[\u007f-\u009f\u2028\u2029]/gu
/** Bare between brackets it would be a special token of Mistral's, `[INST]`. */
const CAPITALS = /^[A-Z_]+$/
const BARE_WORD = /^[A-Za-z_][\w.-]*$/
const LITERALS = new Set(['true', 'false', 'null'])
