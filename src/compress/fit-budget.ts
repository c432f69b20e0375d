import type { AgentId } from '../plan.ts'
import { type AgentSection, rowOf, type SectionColumns, writeSection } from './agent-section.ts'
import type { ViewItem } from './agent-view.ts'
import { compactJson } from './compact-json.ts'
import { keepOrder } from './keep-order.ts'
import { LastCount } from './last-count.ts'
import type { PromptDocument } from './prompt-document.ts'

export interface OwnedItem {
  readonly agentId: AgentId
  readonly item: ViewItem
}

export interface FittedSections {
  readonly sections: readonly AgentSection[]
  readonly text: string
  readonly tokens: number
  readonly dropped: readonly OwnedItem[]
}

/**
 * The sections' text with as few items dropped as the room demands, in the reverse of `keepOrder`. `tokens` is the count of the
 * whole text; it is over `room` only when everything that may be dropped has been. `wholeTokens` counts the text with nothing dropped.
 */
export function fitBudget(
  document: PromptDocument,
  columns: SectionColumns,
  room: number,
  countTokens: (text: string) => number,
  wholeTokens = new LastCount(countTokens),
): FittedSections {
  const { sections } = document
  const text = sections.map(section => writeSection(section, columns)).join('\n')
  const tokens = wholeTokens.of(text)
  if (tokens <= room) return { sections, text, tokens, dropped: [] }

  const order = keepOrder(document).reverse()
  const write = (count: number): FittedSections => {
    const dropped = order.slice(0, count)
    const gone = new Set(dropped.map(({ item }) => item))
    const left = sections.map(section => {
      const items = section.items.filter(item => !gone.has(item))
      return items.length === section.items.length ? section : { ...section, items }
    })
    const text = left.map(section => writeSection(section, columns)).join('\n')
    return { sections: left, text, tokens: countTokens(text), dropped }
  }

  let guess = 0
  for (let over = tokens - room; over > 0 && guess < order.length; guess++) {
    const owned = order[guess]
    if (owned) over -= countTokens(compactJson(rowOf(owned.item)))
  }
  return write(leastThatFits(order.length, guess, count => write(count).tokens <= room))
}

/** The least number up to `most` that fits; `most` when none does. Looked for near a guess, because every look writes all lines anew. */
function leastThatFits(most: number, guess: number, fits: (count: number) => boolean): number {
  let [low, high] = [0, most]
  if (fits(guess)) {
    high = guess
    for (let stride = 1; low < high; stride *= 2) {
      const at = Math.max(low, high - stride)
      if (!fits(at)) {
        low = at + 1
        break
      }
      high = at
    }
  } else {
    low = guess + 1
    for (let stride = 1; low < high; stride *= 2) {
      const at = Math.min(high - 1, low + stride - 1)
      if (fits(at)) {
        high = at
        break
      }
      low = at + 1
    }
  }
  while (low < high) {
    const middle = (low + high) >> 1
    if (fits(middle)) high = middle
    else low = middle + 1
  }
  return high
}
