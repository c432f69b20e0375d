import type { Json } from '../world.ts'
import { type AgentSection, KeptItem, KeptSection } from './agent-section.ts'
import { isJsonObject, type JsonObject } from './compact-json.ts'
import { aliasIds, isAliasable, renameIds, renameIn, wordsOf } from './id-aliases.ts'
import { MadeOfFields } from './made-of-fields.ts'
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
  readonly #worldWords = new WorldWords()
  readonly #renamedWorld = new RenamedWorld()
  #lastNames: ReadonlyMap<string, string> = new Map()
  /** The ids of the section that is being looked through. */
  readonly #found = new Set<string>()

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
    for (const section of sections) for (const id of this.#idsOf(section)) ids.add(id)
    if (world !== undefined) this.#collectIn(world, ids)
    if (goal !== undefined) this.#collectIn(goal, ids)
    if (ids.size === 0 && !history) return { document, ids: NO_NAMES, keptHold: true }
    const spoken = [...ids].filter(id => !isAliasable(id)).flatMap(id => [id, ...wordsOf(id)])
    for (const id of spoken) ids.delete(id)
    if (ids.size === 0 && !history) return { document, ids: NO_NAMES, keptHold: true }

    const words = new Set(history?.words ?? this.#prefixWords)
    for (const section of sections) for (const word of sectionWords(section)) words.add(word)
    if (world !== undefined) this.#worldWords.addTo(words, world)
    if (goal !== undefined) addJsonWords(goal, words)
    const named = aliasIds(ids, words, history?.aliasById)
    // Sorted, so that the same names are one list, whatever was told in which order.
    const all = [...new Map([...(history?.aliasById ?? []), ...named])]
    const aliasById = this.#names(new Map(all.sort(([a], [b]) => (a < b ? -1 : 1))))
    if (aliasById.size === 0) return { document, ids: { aliasById, words }, keptHold: true }
    const keptHold = ![...aliasById.values()].some(alias => words.has(alias)) && !spoken.some(id => aliasById.has(id))
    return {
      document: {
        ...(world !== undefined && { world: this.#renamedWorld.of(world, aliasById) }),
        ...(goal !== undefined && { goal: renameIds(goal, aliasById) }),
        sections: sections.map(section => renamed(section, aliasById)),
      },
      ids: { aliasById, words },
      keptHold,
    }
  }

  /** The names of the prompt before when they are the same, so that what was renamed by them holds. */
  #names(aliasById: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    const last = this.#lastNames
    let same = last.size === aliasById.size
    if (same) for (const [id, alias] of aliasById) same &&= last.get(id) === alias
    if (!same) this.#lastNames = aliasById
    return this.#lastNames
  }

  #idsOf(section: AgentSection): readonly string[] {
    const notes = section instanceof KeptSection ? section.notes : {}
    if (!notes.ids) {
      // Most sections have none, and a set for each would be most of the work.
      this.#collect(section, this.#found)
      notes.ids = this.#found.size > 0 ? [...this.#found] : NO_IDS
      if (this.#found.size > 0) this.#found.clear()
    }
    return notes.ids
  }

  /** Before anything was told. */
  get noHistory(): IdHistory {
    return { aliasById: NO_NAMES.aliasById, words: this.#prefixWords }
  }

  #collect({ agentId, self, shared, objective, items }: AgentSection, ids: Set<string>): void {
    this.#add(agentId, ids)
    this.#collectIn(self, ids)
    if (shared !== undefined) this.#collectIn(shared, ids)
    if (objective !== undefined) this.#collectIn(objective, ids)
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

const NO_IDS: readonly string[] = []
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

/** The words of a section, kept with it. */
function sectionWords(section: AgentSection): Iterable<string> {
  const notes = section instanceof KeptSection ? section.notes : {}
  if (!notes.words) {
    const words = new Set<string>()
    addSectionWords(section, words)
    notes.words = [...words]
  }
  return notes.words
}

/** The words of one world after another; only the fields that changed are read anew. */
class WorldWords {
  readonly #words = new MadeOfFields<readonly string[]>()

  addTo(words: Set<string>, world: Json): void {
    if (!isJsonObject(world)) {
      addJsonWords(world, words)
      return
    }
    for (const [key, field] of Object.entries(world)) {
      addWords(key, words)
      if (key === UNTRUSTED_KEY) continue
      const made = this.#words.of(key, field, () => {
        const own = new Set<string>()
        addJsonWords(field, own)
        return [...own]
      })
      for (const word of made) words.add(word)
    }
    this.#words.forgetOthers()
  }
}

/** One world after another in short names; only the fields that changed, or all when the names did, are renamed anew. */
class RenamedWorld {
  #fields = new MadeOfFields<Json>()
  #names: ReadonlyMap<string, string> | undefined
  #world: Json | undefined
  #renamed: Json = null

  of(world: Json, aliasById: ReadonlyMap<string, string>): Json {
    if (aliasById !== this.#names) this.#fields = new MadeOfFields()
    else if (world === this.#world) return this.#renamed
    this.#names = aliasById
    this.#world = world
    this.#renamed = isJsonObject(world) ? this.#renamedFields(world, aliasById) : renameIds(world, aliasById)
    return this.#renamed
  }

  #renamedFields(world: JsonObject, aliasById: ReadonlyMap<string, string>): Json {
    const renamed = Object.fromEntries(
      Object.entries(world).map(([key, field]) => [
        renameIn(key, aliasById),
        key === UNTRUSTED_KEY ? field : this.#fields.of(key, field, () => renameIds(field, aliasById)),
      ]),
    )
    this.#fields.forgetOthers()
    return renamed
  }
}

function renamed(section: AgentSection, aliasById: ReadonlyMap<string, string>): AgentSection {
  const notes = section instanceof KeptSection ? section.notes : {}
  if (notes.renamed?.aliasById !== aliasById) notes.renamed = { aliasById, section: renamedAnew(section, aliasById) }
  return notes.renamed.section
}

function renamedAnew(section: AgentSection, aliasById: ReadonlyMap<string, string>): KeptSection {
  const { agentId, self, shared, objective, instructions, items } = section
  const form = {
    agentId: aliasById.get(agentId) ?? agentId,
    self: renameIds(self, aliasById),
    ...(shared !== undefined && { shared: renameIds(shared, aliasById) }),
    ...(objective !== undefined && { objective: renameIds(objective, aliasById) }),
    ...(instructions !== undefined && { instructions: renameIn(instructions, aliasById) }),
    items: items.map(item => {
      const id = item.id === undefined ? undefined : (aliasById.get(item.id) ?? item.id)
      return new KeptItem({ ...item, ...(id !== undefined && { id }), data: renameIds(item.data, aliasById) })
    }),
  }
  return section instanceof KeptSection ? section.inPlace(form) : new KeptSection(form)
}
