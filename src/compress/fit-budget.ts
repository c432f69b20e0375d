import type { AgentId } from '../plan.ts'
import { type AgentSection, rowOf, type SectionColumns, writeSection } from './agent-section.ts'
import type { ViewItem } from './agent-view.ts'
import { compactJson, rowText } from './compact-json.ts'
import { keepOrder } from './keep-order.ts'
import { LastCount } from './last-count.ts'
import type { PromptDocument } from './prompt-document.ts'

export interface OwnedItem {
  readonly agentId: AgentId
  readonly item: ViewItem
  /** Whose item it is. */
  readonly section: AgentSection
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
  const less = new LessAndLess(sections, columns, order)
  const tokensOf = new Map<number, number>()
  const tokensWithout = (count: number) => {
    const known = tokensOf.get(count) ?? countTokens(less.textWithout(count))
    tokensOf.set(count, known)
    return known
  }
  const guess = likelyCount(order, columns, { tokens, over: tokens - room, chars: text.length }, tokensWithout)
  const count = leastThatFits(order.length, guess, count => tokensWithout(count) <= room)
  return {
    sections: less.sectionsWithout(count),
    text: less.textWithout(count),
    tokens: tokensWithout(count),
    dropped: order.slice(0, count),
  }
}

const GUESSES = 4

/**
 * About how many items have to go, by their characters: to count each one's tokens would cost more than to look a few times. What
 * the first guess took out tells what a character of them costs, which is not what one of the whole text does.
 */
function likelyCount(
  order: readonly OwnedItem[],
  columns: SectionColumns,
  whole: { readonly tokens: number; readonly over: number; readonly chars: number },
  tokensWithout: (count: number) => number,
): number {
  /** Of the first so many items together. */
  const chars = [0]
  let tokensPerChar = whole.tokens / whole.chars
  let guess = 0
  for (let i = 0; i < GUESSES; i++) {
    const before = guess
    const enough = whole.over / tokensPerChar
    for (guess = 0; guess < order.length && (chars[guess] ?? 0) < enough; guess++)
      chars[guess + 1] ??= (chars[guess] ?? 0) + charsOf(order[guess]?.item, columns)
    if (guess === before) break
    const saved = whole.tokens - tokensWithout(guess)
    if (saved <= 0) break
    tokensPerChar = saved / (chars[guess] ?? 1)
  }
  return guess
}

function charsOf(item: ViewItem | undefined, columns: SectionColumns): number {
  if (!item) return 0
  const named = columns.kinds.get(item.kind)
  return 1 + (named ? rowText(named.columns, rowOf(item)) : compactJson(rowOf(item))).length
}

/** The sections with the first so many of an order left out. Between two looks, only those that differ are written anew. */
class LessAndLess {
  readonly #sections: readonly AgentSection[]
  readonly #columns: SectionColumns
  readonly #order: readonly OwnedItem[]
  /** Of each section, by how many of its items are left out. */
  readonly #written = new Map<AgentSection, Map<number, Written>>()

  constructor(sections: readonly AgentSection[], columns: SectionColumns, order: readonly OwnedItem[]) {
    this.#sections = sections
    this.#columns = columns
    this.#order = order
  }

  sectionsWithout(count: number): readonly AgentSection[] {
    return this.#without(count).map(({ section }) => section)
  }

  textWithout(count: number): string {
    return this.#without(count)
      .map(({ text }) => text)
      .join('\n')
  }

  #without(count: number): readonly Written[] {
    const gone = new Map<AgentSection, ViewItem[]>()
    for (let i = 0; i < count; i++) {
      const owned = this.#order[i]
      if (!owned) break
      const items = gone.get(owned.section)
      if (items) items.push(owned.item)
      else gone.set(owned.section, [owned.item])
    }
    return this.#sections.map(section => this.#one(section, gone.get(section) ?? []))
  }

  #one(section: AgentSection, gone: readonly ViewItem[]): Written {
    const known = this.#written.get(section) ?? new Map<number, Written>()
    this.#written.set(section, known)
    let written = known.get(gone.length)
    if (!written) {
      const out = new Set(gone)
      const left = gone.length === 0 ? section : { ...section, items: section.items.filter(item => !out.has(item)) }
      written = { section: left, text: writeSection(left, this.#columns) }
      known.set(gone.length, written)
    }
    return written
  }
}

interface Written {
  readonly section: AgentSection
  readonly text: string
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
