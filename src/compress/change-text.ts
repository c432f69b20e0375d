import type { Json } from '../world.ts'
import { compactJson, fieldText, isJsonObject, isList, type JsonObject, word } from './compact-json.ts'
import { sameJson } from './normal-form.ts'

/** What is gone. Never a word of the game's, which would stand in quotes. */
export const GONE = '-'

/**
 * What turns `before` into `now`, in compact JSON; nothing when they are equal. An object has the fields that changed, with `-`
 * for one that is gone; a list is `~[id,hp|7,30]` for rows that changed or are new, by their id, `-[…]` for what is gone and
 * `+[…]` for what was added at its end; everything else, and a list whose order changed, is written in full.
 */
export function changeText(
  before: Json | undefined,
  now: Json | undefined,
  idKeys: ReadonlySet<string>,
): string | undefined {
  if (now === undefined) return before === undefined ? undefined : GONE
  if (before === undefined) return compactJson(now)
  if (sameJson(before, now)) return undefined
  if (isJsonObject(before) && isJsonObject(now)) return objectChange(before, now, idKeys)
  const full = compactJson(now)
  const change =
    isList(before) && isList(now) ? (rowsChange(before, now, idKeys) ?? itemsChange(before, now)) : undefined
  // Items that differ only in what a fence leaves out are no change that could be told.
  return change && change.length < full.length ? change : full
}

function objectChange(before: JsonObject, now: JsonObject, idKeys: ReadonlySet<string>): string {
  const fields = changedKeys(before, now).map(key => {
    const change = fieldChange(key, fieldOf(before, key), fieldOf(now, key), idKeys)
    return `${word(key)}:${change ?? GONE}`
  })
  return `{${fields.join(',')}}`
}

/** As `changeText`, for a field. Text by players is text alone where it has other fields beside it. */
export function fieldChange(
  key: string,
  before: Json | undefined,
  now: Json | undefined,
  idKeys: ReadonlySet<string>,
): string | undefined {
  return typeof now === 'string' ? fieldText(key, now) : changeText(before, now, idKeys)
}

/** The fields that are not the same in both, sorted. */
export function changedKeys(before: JsonObject, now: JsonObject): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].sort().filter(key => {
    const [old, new_] = [fieldOf(before, key), fieldOf(now, key)]
    return old === undefined || new_ === undefined ? old !== new_ : !sameJson(old, new_)
  })
}

export function fieldOf(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** Lists of rows that all have an id of their own, by one of the fields that hold ids. */
function rowsChange(before: readonly Json[], now: readonly Json[], idKeys: ReadonlySet<string>): string | undefined {
  for (const key of idKeys) {
    const [old, new_] = [rowsById(before, key), rowsById(now, key)]
    if (!old || !new_) continue
    const gone = [...old.keys()].filter(id => !new_.has(id))
    if (!keepsOrder([...old.keys()], [...new_.keys()])) return undefined
    const rows: { readonly id: Json; readonly cells: ReadonlyMap<string, string> }[] = []
    const columns = new Set<string>()
    for (const [id, row] of new_) {
      const known = old.get(id) ?? { [key]: id }
      const keys = changedKeys(known, row)
      if (keys.length === 0 && old.has(id)) continue
      const cells = new Map(keys.map(column => [column, cellText(column, fieldOf(row, column))]))
      rows.push({ id, cells })
      for (const column of keys) columns.add(column)
    }
    const sorted = [...columns].sort()
    const header = [key, ...sorted].map(word).join(',')
    const lines = rows.map(({ id, cells }) =>
      [compactJson(id), ...sorted.map(column => cells.get(column) ?? '')].join(','),
    )
    return `${rows.length > 0 ? `~[${[header, ...lines].join('|')}]` : ''}${
      gone.length > 0 ? `-[${[word(key), ...gone.map(compactJson)].join('|')}]` : ''
    }`
  }
  return undefined
}

function cellText(key: string, value: Json | undefined): string {
  return value === undefined ? GONE : fieldText(key, value)
}

function rowsById(list: readonly Json[], key: string): Map<string | number, JsonObject> | undefined {
  const rows = new Map<string | number, JsonObject>()
  for (const row of list) {
    const id = isJsonObject(row) ? fieldOf(row, key) : undefined
    if (!isJsonObject(row) || (typeof id !== 'string' && typeof id !== 'number') || rows.has(id)) return undefined
    rows.set(id, row)
  }
  return rows
}

/** Lists of which each item is there once, told apart by what they are. */
function itemsChange(before: readonly Json[], now: readonly Json[]): string | undefined {
  const [old, new_] = [before.map(compactJson), now.map(compactJson)]
  const [oldSet, newSet] = [new Set(old), new Set(new_)]
  if (oldSet.size !== old.length || newSet.size !== new_.length || !keepsOrder(old, new_)) return undefined
  const part = (sign: string, items: readonly Json[]) => (items.length > 0 ? `${sign}${compactJson(items)}` : '')
  const gone = before.filter((_, i) => !newSet.has(old[i] ?? ''))
  const added = now.filter((_, i) => !oldSet.has(new_[i] ?? ''))
  return `${part('-', gone)}${part('+', added)}`
}

/** Is `now` what is left of `before`, in its order, and then whatever is new? */
function keepsOrder<T>(before: readonly T[], now: readonly T[]): boolean {
  const kept = new Set(now)
  const left = before.filter(item => kept.has(item))
  return left.every((item, i) => now[i] === item)
}
