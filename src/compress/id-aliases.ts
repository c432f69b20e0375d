import type { Json } from '../world.ts'
import { isUntrusted, UNTRUSTED_KEY } from './untrusted.ts'

/** What an id may look like that gets a short name: a run of characters that is found again inside text. */
const ALIASABLE = /^\w(?:[\w:./#-]*\w)?$/
const RUN = /\w(?:[\w:./#-]*\w)?/g

/** Every word of a text that an id or an alias could be. */
export function wordsOf(text: string): Iterable<string> {
  return text.match(RUN) ?? []
}

/** Can this id be found again inside text? */
export function isAliasable(id: string): boolean {
  return ALIASABLE.test(id)
}

/**
 * A short name for each id, none of them among the words taken: `goblin-archer-0017` becomes `g17`. Which name an id gets depends on
 * the ids and words together, never on their order; an id with a name in `kept` keeps it.
 */
export function aliasIds(
  ids: ReadonlySet<string>,
  taken: ReadonlySet<string>,
  kept: ReadonlyMap<string, string> = new Map(),
): Map<string, string> {
  const aliasById = new Map<string, string>()
  const used = new Set(kept.values())
  const give = (id: string, alias: string) => {
    aliasById.set(id, alias)
    used.add(alias)
  }
  for (const id of ids) {
    const alias = kept.get(id)
    if (alias !== undefined) give(id, alias)
  }
  let open = [...ids].filter(id => !aliasById.has(id)).sort()
  for (const propose of PROPOSALS) {
    const idsByAlias = new Map<string, string[]>()
    for (const id of open) {
      const alias = propose(id)
      idsByAlias.set(alias, [...(idsByAlias.get(alias) ?? []), id])
    }
    for (const [alias, [id, ...others]] of idsByAlias) {
      if (id !== undefined && others.length === 0 && !taken.has(alias) && !used.has(alias)) give(id, alias)
    }
    open = open.filter(id => !aliasById.has(id))
  }
  for (const id of open) {
    for (let number = hashOf(id); ; number++) {
      const alias = `${initialsOf(id).charAt(0)}${number}`
      if (taken.has(alias) || used.has(alias)) continue
      give(id, alias)
      break
    }
  }
  return aliasById
}

/** Names by which a reader could still guess whom they stand for; what several ids would get, none of them gets. */
const PROPOSALS: readonly ((id: string) => string)[] = [
  id => `${initialsOf(id).charAt(0)}${numberOf(id) ?? hashOf(id) % 100}`,
  id => `${initialsOf(id).slice(0, 3)}${numberOf(id) ?? hashOf(id) % 100}`,
  id => `${initialsOf(id).charAt(0)}${hashOf(id) % 1000}`,
]

/** The first letters of its words; `n` when it has none. */
function initialsOf(id: string): string {
  const letters = id.match(/(?<![A-Za-z0-9])[A-Za-z]/g)?.join('') ?? ''
  return letters.toLowerCase() || 'n'
}

/** The number that it ends in, up to four digits. */
function numberOf(id: string): string | undefined {
  return /(?<!\d)0*(\d{1,4})$/.exec(id)?.[1]
}

/** FNV-1a. Not for secrets: it spreads the ids over a few numbers, the same on every machine. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/**
 * The value with every id in it under its other name: as a value, as a key and as a word of a text, but not in text by players. What
 * names none is the value itself.
 */
export function renameIds(value: Json, nameById: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string') return renameIn(value, nameById)
  if (typeof value !== 'object' || value === null || isUntrusted(value)) return value
  if (isList(value)) return renameInList(value, nameById)
  let changed = false
  const entries = Object.entries(value).map(([key, field]) => {
    const name = renameIn(key, nameById)
    const named = key === UNTRUSTED_KEY ? field : renameIds(field, nameById)
    if (name !== key || named !== field) changed = true
    return [name, named] as const
  })
  return changed ? Object.fromEntries(entries) : value
}

function renameInList(list: readonly Json[], nameById: ReadonlyMap<string, string>): readonly Json[] {
  let renamed: Json[] | undefined
  for (let i = 0; i < list.length; i++) {
    const item = list[i] ?? null
    const named = renameIds(item, nameById)
    if (renamed) renamed.push(named)
    else if (named !== item) renamed = [...list.slice(0, i), named]
  }
  return renamed ?? list
}

/** A text with every id in it under its other name. */
export function renameIn(text: string, nameById: ReadonlyMap<string, string>): string {
  return text.replace(RUN, run => nameById.get(run) ?? run)
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
