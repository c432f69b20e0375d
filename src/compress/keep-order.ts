import type { Json } from '../world.ts'
import { isList } from './compact-json.ts'
import type { OwnedItem } from './fit-budget.ts'
import { wordsOf } from './id-aliases.ts'
import type { PromptDocument } from './prompt-document.ts'
import { addJsonWords } from './prompt-ids.ts'
import { isUntrusted, UNTRUSTED_KEY } from './untrusted.ts'

/**
 * The items that may be dropped, the one to be kept longest first: higher priority, then earlier agents, then first listed. An item
 * that another one names is kept as long as that one. What the agent's state, goal, orders or the shared world names is never
 * dropped, and so is not among them.
 */
export function keepOrder({ world, goal, sections }: PromptDocument): OwnedItem[] {
  const sharedNames = namesIn(world, goal)
  const owned: OwnedItem[] = []
  const named = new Map<OwnedItem, readonly OwnedItem[]>()
  for (const section of sections) {
    const { agentId, self, shared, objective, instructions, items } = section
    if (items.length === 0) continue
    const pinned = namesIn(self, shared, objective, instructions)
    const own: OwnedItem[] = []
    const ownById = new Map<string, OwnedItem>()
    for (const item of items) {
      if (item.id !== undefined && (pinned.has(item.id) || sharedNames.has(item.id))) continue
      const entry = { agentId, item, section }
      own.push(entry)
      owned.push(entry)
      if (item.id !== undefined) ownById.set(item.id, entry)
    }
    if (ownById.size === 0) continue
    for (const entry of own) {
      const mentions = mentionsIn(entry.item.data, ownById)
      if (mentions.length > 0) named.set(entry, mentions)
    }
  }
  // A stable sort: what is equal stays as it was listed.
  owned.sort((a, b) => {
    const [first, second] = [a.item.priority || 0, b.item.priority || 0]
    return first === second ? 0 : second > first ? 1 : -1
  })

  const order = new Set<OwnedItem>()
  const open = new Set<OwnedItem>()
  const keep = (entry: OwnedItem) => {
    if (order.has(entry) || open.has(entry)) return
    open.add(entry)
    for (const mention of named.get(entry) ?? []) keep(mention)
    order.add(entry)
  }
  for (const entry of owned) keep(entry)
  return [...order]
}

/** The items that a value names, by a string, a key or a word, in an order of its own. */
function mentionsIn(value: Json, ownById: ReadonlyMap<string, OwnedItem>): readonly OwnedItem[] {
  const found: OwnedItem[] = []
  const add = (name: string) => {
    const entry = ownById.get(name)
    if (entry && !found.includes(entry)) found.push(entry)
  }
  const look = (text: string, isKey: boolean) => {
    if (!isKey) add(text)
    // Mostly it is one word, which needs no search.
    if (!ONE_WORD.test(text)) for (const word of wordsOf(text)) add(word)
    else if (isKey) add(text)
  }
  const walk = (value: Json): void => {
    if (typeof value === 'string') look(value, false)
    if (typeof value !== 'object' || value === null) return
    if (isUntrusted(value)) {
      // A whole text may be an id, but its words are the player's.
      add(value.$untrusted)
      return
    }
    if (isList(value)) {
      for (const item of value) walk(item)
      return
    }
    for (const key in value) {
      if (!Object.hasOwn(value, key)) continue
      const field = value[key] ?? null
      look(key, true)
      if (key === UNTRUSTED_KEY) addStringsOf(field, add)
      else walk(field)
    }
  }
  walk(value)
  return found
}

const ONE_WORD = /^\w+$/

/** Every string, key and word of these values. Numbers name nothing: an item called `3` would else be in every health bar. */
export function namesIn(...values: readonly (Json | undefined)[]): Set<string> {
  const names = new Set<string>()
  for (const value of values) {
    if (value === undefined) continue
    addJsonWords(value, names)
    addStrings(value, names)
  }
  return names
}

/** An id need not be a word. */
function addStrings(value: Json, names: Set<string>): void {
  addStringsOf(value, name => names.add(name))
}

function addStringsOf(value: Json, add: (text: string) => void): void {
  if (typeof value === 'string') add(value)
  else if (typeof value === 'object' && value !== null)
    for (const field of Object.values(value)) addStringsOf(field, add)
}
