import type { Json } from '../world.ts'
import type { ViewItem } from './agent-view.ts'
import { compactJson } from './compact-json.ts'
import { namesIn } from './keep-order.ts'
import { lineOfSight, type Place } from './line-of-sight.ts'

/** How much an item matters in one respect, from 0 to 1. */
export type Relevance = (item: ViewItem) => number

/**
 * The items with what they score in all respects added to their own priority, the most relevant first. The same items in any order
 * give the same list: ties are ordered by kind, id and data. What has no number in some respect scores 0 there.
 */
export function rankItems(items: readonly ViewItem[], ...respects: readonly Relevance[]): ViewItem[] {
  return items
    .map(item => ({
      item: { ...item, priority: respects.reduce((sum, score) => sum + (score(item) || 0), item.priority ?? 0) || 0 },
      key: [item.kind, item.id ?? '', compactJson(item.data)] as const,
    }))
    .sort((a, b) => byFirst(b.item.priority, a.item.priority) || compareKeys(a.key, b.key))
    .map(({ item }) => item)
}

/** 1 at the agent's own place, 0.5 at `half` away, less beyond; 0 for what has no place. */
export function byDistance(
  from: Place,
  placeOf: (item: ViewItem) => Place | undefined,
  { half = 10 }: { readonly half?: number } = {},
): Relevance {
  return item => {
    const to = placeOf(item)
    // Not `Math.hypot`, whose last digit differs between engines; a square root does not.
    return to ? half / (half + Math.sqrt((to.x - from.x) ** 2 + (to.y - from.y) ** 2)) : 0
  }
}

/** 1 for what the agent sees over a grid: no blocked cell lies strictly between; 0 for the rest and for what has no place. */
export function bySight(
  from: Place,
  placeOf: (item: ViewItem) => Place | undefined,
  blocked: (x: number, y: number) => boolean,
): Relevance {
  return item => {
    const to = placeOf(item)
    return to && lineOfSight(from, to, blocked) ? 1 : 0
  }
}

/** 1 for what these values name by its id: a goal, orders, what an ally aims at. */
export function byMention(...values: readonly Json[]): Relevance {
  const names = namesIn(...values)
  return ({ id }) => (id !== undefined && names.has(id) ? 1 : 0)
}

/** Infinite scores have no difference, but an order. */
function byFirst(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1
}

function compareKeys(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length; i++) {
    const [left = '', right = ''] = [a[i], b[i]]
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}
