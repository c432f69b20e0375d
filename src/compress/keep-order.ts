import type { Json } from '../world.ts'
import type { OwnedItem } from './fit-budget.ts'
import type { PromptDocument } from './prompt-document.ts'
import { addJsonWords } from './prompt-ids.ts'

/**
 * The items that may be dropped, the one to be kept longest first: higher priority, then earlier agents, then first listed. An item
 * that another one names is kept as long as that one. What the agent's state, goal, orders or the shared world names is never
 * dropped, and so is not among them.
 */
export function keepOrder({ world, goal, sections }: PromptDocument): OwnedItem[] {
  const sharedNames = namesIn(world, goal)
  const owned: OwnedItem[] = []
  const named = new Map<OwnedItem, readonly OwnedItem[]>()
  for (const { agentId, self, shared, objective, instructions, items } of sections) {
    const pinned = namesIn(self, shared, objective, instructions)
    const own = items
      .filter(({ id }) => id === undefined || !(pinned.has(id) || sharedNames.has(id)))
      .map(item => ({ agentId, item }))
    const ownById = new Map(own.flatMap(entry => (entry.item.id === undefined ? [] : [[entry.item.id, entry]])))
    for (const entry of own) {
      owned.push(entry)
      if (ownById.size === 0) continue
      const mentions = [...namesIn(entry.item.data)].flatMap(name => ownById.get(name) ?? [])
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
  if (typeof value === 'string') names.add(value)
  else if (typeof value === 'object' && value !== null)
    for (const field of Object.values(value)) addStrings(field, names)
}
