import type { Json } from '../world.ts'
import { type AgentSection, KeptSection } from './agent-section.ts'
import { aliasIds, isAliasable, renameIds, renameIn, wordsOf } from './id-aliases.ts'
import type { PromptDocument } from './prompt-document.ts'
import { isUntrusted, UNTRUSTED_KEY } from './untrusted.ts'

export interface IdOptions {
  /** The fields whose strings are ids, beside those of agents and items. @defaultValue ['id'] */
  readonly idKeys?: readonly string[]
  /**
   * Ids longer than this many characters get a short name in the prompt, which the parser maps back, for agents and in string
   * arguments of steps; `Infinity` for none. Words of a text that are such an id are renamed with it; one that is a word of another
   * id (`corpse of goblin-archer-0017`) keeps its name. @defaultValue 12
   */
  readonly aliasIdsOver?: number
}

/** The names of a prompt, and of those before it that it goes on from. */
export interface IdHistory {
  /** Id → short name. */
  readonly aliasById: ReadonlyMap<string, string>
  /** Words of the game's, which no short name may be. */
  readonly words: ReadonlySet<string>
}

/** A document in short names. */
export interface PromptIds {
  readonly document: PromptDocument
  readonly ids: IdHistory
  /** False when a short name that had to be kept means something else by now. */
  readonly keptHold: boolean
}

/** Gives long ids short names, everywhere in a prompt and the same in all of it. */
export class IdShortener {
  readonly #idKeys: ReadonlySet<string>
  readonly #longerThan: number
  readonly #prefixWords: ReadonlySet<string>

  /** No short name is a word of the static prefix. */
  constructor({ idKeys = ['id'], aliasIdsOver = 12 }: IdOptions, prefix: string) {
    this.#idKeys = new Set(idKeys)
    this.#longerThan = aliasIdsOver
    this.#prefixWords = new Set(wordsOf(prefix))
  }

  get idKeys(): ReadonlySet<string> {
    return this.#idKeys
  }

  /** An id that has a name in the history keeps it; `history` may be empty, but then its words are counted from here on. */
  shorten(document: PromptDocument, history?: IdHistory): PromptIds {
    const { world, goal, sections } = document
    const ids = new Set<string>()
    for (const section of sections) this.#collect(section, ids)
    for (const value of [world, goal]) if (value !== undefined) this.#collectIn(value, ids)
    const spoken = [...ids].filter(id => !isAliasable(id)).flatMap(id => [id, ...wordsOf(id)])
    for (const id of spoken) ids.delete(id)
    if (ids.size === 0 && !history) return { document, ids: NO_NAMES, keptHold: true }

    const words = new Set(history?.words ?? this.#prefixWords)
    for (const section of sections) addSectionWords(section, words)
    for (const value of [world, goal]) if (value !== undefined) addJsonWords(value, words)
    const aliasById = new Map([...(history?.aliasById ?? []), ...aliasIds(ids, words, history?.aliasById)])
    if (aliasById.size === 0) return { document, ids: { aliasById, words }, keptHold: true }
    const keptHold = ![...aliasById.values()].some(alias => words.has(alias)) && !spoken.some(id => aliasById.has(id))
    return {
      document: {
        ...(world !== undefined && { world: renameIds(world, aliasById) }),
        ...(goal !== undefined && { goal: renameIds(goal, aliasById) }),
        sections: sections.map(section => renamed(section, aliasById)),
      },
      ids: { aliasById, words },
      keptHold,
    }
  }

  /** Before anything was told. */
  get noHistory(): IdHistory {
    return { aliasById: NO_NAMES.aliasById, words: this.#prefixWords }
  }

  #collect({ agentId, self, shared, objective, items }: AgentSection, ids: Set<string>): void {
    this.#add(agentId, ids)
    for (const value of [self, shared, objective]) if (value !== undefined) this.#collectIn(value, ids)
    for (const { id, data } of items) {
      if (id !== undefined) this.#add(id, ids)
      this.#collectIn(data, ids)
    }
  }

  #collectIn(value: Json, ids: Set<string>): void {
    if (typeof value !== 'object' || value === null) return
    if (isList(value)) {
      for (const item of value) this.#collectIn(item, ids)
      return
    }
    for (const key in value) {
      const field = Object.hasOwn(value, key) ? value[key] : undefined
      if (typeof field === 'string') {
        if (this.#idKeys.has(key)) this.#add(field, ids)
      } else if (typeof field !== 'object') continue
      else if (this.#idKeys.has(key) && isStringList(field)) for (const id of field) this.#add(id, ids)
      else this.#collectIn(field, ids)
    }
  }

  #add(id: string, ids: Set<string>): void {
    if (id.length > this.#longerThan) ids.add(id)
  }
}

const NO_NAMES: IdHistory = { aliasById: new Map(), words: new Set() }

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function isStringList(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

/** Every word that a section has of the game. Players may write what they like: their text is fenced, and never renamed. */
export function addSectionWords(
  { agentId, self, shared, objective, instructions, items }: AgentSection,
  words: Set<string>,
): void {
  addWords(agentId, words)
  for (const value of [self, shared, objective, instructions]) if (value !== undefined) addJsonWords(value, words)
  for (const { kind, id, data } of items) {
    addWords(kind, words)
    if (id !== undefined) addWords(id, words)
    addJsonWords(data, words)
  }
}

/** Every word of the strings and keys of a value. */
export function addJsonWords(value: Json, words: Set<string>): void {
  if (typeof value === 'string') addWords(value, words)
  if (typeof value !== 'object' || value === null || isUntrusted(value)) return
  if (Array.isArray(value)) {
    for (const item of value) addJsonWords(item, words)
    return
  }
  for (const [key, field] of Object.entries(value)) {
    addWords(key, words)
    if (key !== UNTRUSTED_KEY) addJsonWords(field, words)
  }
}

function addWords(text: string, words: Set<string>): void {
  for (const word of wordsOf(text)) words.add(word)
}

function renamed(section: AgentSection, aliasById: ReadonlyMap<string, string>): AgentSection {
  const { agentId, self, shared, objective, instructions, items } = section
  return new KeptSection({
    agentId: aliasById.get(agentId) ?? agentId,
    self: renameIds(self, aliasById),
    ...(shared !== undefined && { shared: renameIds(shared, aliasById) }),
    ...(objective !== undefined && { objective: renameIds(objective, aliasById) }),
    ...(instructions !== undefined && { instructions: renameIn(instructions, aliasById) }),
    items: items.map(item => ({
      ...item,
      ...(item.id !== undefined && { id: aliasById.get(item.id) ?? item.id }),
      data: renameIds(item.data, aliasById),
    })),
  })
}
