import type { AgentId } from '../plan.ts'
import type { Json } from '../world.ts'
import type { ViewItem } from './agent-view.ts'
import {
  type Column,
  columnsOf,
  compactJson,
  headerOf,
  isJsonObject,
  objectText,
  quoted,
  rowsText,
  rowText,
  word,
} from './compact-json.ts'
import { WrittenFields } from './written-fields.ts'

/** One agent's part of a prompt: a line with its id and state, then a line for each other thing it knows. */
export interface AgentSection {
  readonly agentId: AgentId
  readonly self: Json
  readonly shared?: Json
  readonly objective?: Json
  readonly instructions?: string
  readonly items: readonly ViewItem[]
}

/** The same, where what a section has not may also be undefined. */
type SectionFacts = { readonly [Key in keyof AgentSection]: AgentSection[Key] | undefined } & Pick<
  AgentSection,
  'agentId' | 'self' | 'items'
>

/** Columns, and the text that names them. */
export interface NamedColumns {
  readonly columns: readonly Column[]
  readonly header: string
}

/** What the lines of several sections have in common: their columns are named once, before the first of them. */
export interface SectionColumns {
  readonly self: NamedColumns | undefined
  readonly kinds: ReadonlyMap<string, NamedColumns>
  /** A line for each set of columns: `Columns: at,hp` for the agents' own states, `Columns nearest: cells,enemy` for items. */
  readonly text: string
}

const NO_COLUMNS: SectionColumns = { self: undefined, kinds: new Map(), text: '' }

/** The columns that save more than it takes to name them: else each agent's lines have their keys beside the values. */
export function columnsFor(sections: readonly AgentSection[]): SectionColumns {
  if (sections.length < 2) return NO_COLUMNS
  const linesByKind = new Map<string, SectionLine[]>()
  for (const section of sections) {
    for (const line of linesOf(section).items) {
      const lines = linesByKind.get(line.kind)
      if (lines) lines.push(line)
      else linesByKind.set(line.kind, [line])
    }
  }
  const self = worthwhile(
    sections.map(section => linesOf(section).self),
    0,
  )
  const kinds = new Map<string, NamedColumns>()
  let text = self ? `Columns: ${self.header}\n` : ''
  for (const kind of [...linesByKind.keys()].sort()) {
    const columns = worthwhile(linesByKind.get(kind) ?? [], kind.length + 1)
    if (!columns) continue
    kinds.set(kind, columns)
    text += `Columns ${kindLabel(kind)}: ${columns.header}\n`
  }
  return { self, kinds, text }
}

/** Columns for the rows of several lines, when with their header line and `labelChars` they are shorter than the lines by themselves. */
function worthwhile(lines: readonly SectionLine[], labelChars: number): NamedColumns | undefined {
  if (lines.length < 2) return undefined
  const columns = columnsOf(lines.flatMap(line => line.rows))
  if (!columns) return undefined
  const named = { columns, header: headerOf(columns) }
  let saved = -('Columns: \n'.length + labelChars + named.header.length)
  for (const line of lines) {
    saved += line.alone.length - line.under(named).length
    if (saved > 0) return named
  }
  return undefined
}

/** The section's text. Every value is on one line, so that nothing inside it can begin another agent's section. */
export function writeSection(section: AgentSection, columns: SectionColumns = NO_COLUMNS): string {
  return linesOf(section).text(columns)
}

/** A section's lines for items, by kind, in the order in which the kinds were first listed. */
export function itemLines(section: AgentSection): readonly SectionLine[] {
  return linesOf(section).items
}

/** Sections that are kept from one prompt to the next keep with them what was written of them. */
export class KeptSection implements AgentSection {
  readonly agentId: AgentId
  readonly self: Json
  readonly shared?: Json
  readonly objective?: Json
  readonly instructions?: string
  readonly items: readonly ViewItem[]
  // Private, so that a changed copy of a section does not have them.
  #lines: SectionLines | undefined
  #own: KeptSection | undefined
  #notes: SectionNotes | undefined
  /** Of the agent's state before this one, until this one is written. */
  #fieldsBefore: WrittenFields | undefined
  /** It, or what is the agent's own in it, was told before as it is. */
  #isToldAgain = false

  constructor({ agentId, self, shared, objective, instructions, items }: SectionFacts) {
    this.agentId = agentId
    this.self = self
    if (shared !== undefined) this.shared = shared
    if (objective !== undefined) this.objective = objective
    if (instructions !== undefined) this.instructions = instructions
    this.items = items
  }

  get lines(): SectionLines {
    if (!this.#lines) {
      this.#lines = new SectionLines(this, this.#fieldsBefore)
      this.#fieldsBefore = undefined
    }
    return this.#lines
  }

  get notes(): SectionNotes {
    this.#notes ??= {}
    return this.#notes
  }

  /** Some of its own state may be as it was in `before`: what that was written as holds. */
  takeFields(before: KeptSection): void {
    this.#fieldsBefore = before.#writtenFields
  }

  /** Another form of this section, which is written in its place. */
  inPlace(form: SectionFacts): KeptSection {
    const section = new KeptSection(form)
    section.#fieldsBefore = this.#fieldsBefore
    this.#fieldsBefore = undefined
    return section
  }

  get #writtenFields(): WrittenFields | undefined {
    const form = this.#notes?.renamed?.section ?? this.#own
    return form ? form.#writtenFields : (this.#lines?.self.fields ?? this.#fieldsBefore)
  }

  /** It is told once more as it was. */
  noteToldAgain(): void {
    this.#isToldAgain = true
  }

  /**
   * Keeps no more than what its fields were written as, unless it was told again: of an agent that tells something else each time the
   * rest would never be used, and each collection until then would carry it along.
   */
  forgetUnlessToldAgain(): void {
    if (this.#isToldAgain) return
    this.#fieldsBefore = this.#writtenFields
    this.#lines = undefined
    this.#own = undefined
    this.#notes = undefined
  }

  /** Only the shared world is another one than in `before`: what is the agent's own, and was written of it, holds. */
  takeOwn(before: KeptSection): void {
    this.#isToldAgain = true
    if (before.#own?.shared === undefined) this.#own = before.#own
    if (!this.#own) this.takeFields(before)
  }

  /** The section without what is told once for all agents. */
  own({ shared, objective }: { readonly shared: boolean; readonly objective: boolean }): KeptSection {
    const tells = { shared: shared && this.shared !== undefined, objective: objective && this.objective !== undefined }
    if (tells.shared === (this.shared !== undefined) && tells.objective === (this.objective !== undefined)) return this
    const last = this.#own
    if (last && tells.shared === (last.shared !== undefined) && tells.objective === (last.objective !== undefined))
      return last
    this.#own = this.inPlace({
      agentId: this.agentId,
      self: this.self,
      shared: tells.shared ? this.shared : undefined,
      objective: tells.objective ? this.objective : undefined,
      instructions: this.instructions,
      items: this.items,
    })
    return this.#own
  }
}

/** What else was made of a section, by those who made it. */
export interface SectionNotes {
  words?: readonly string[]
  ids?: readonly string[]
  renamed?: { readonly aliasById: ReadonlyMap<string, string>; readonly section: KeptSection }
}

function linesOf(section: AgentSection): SectionLines {
  return section instanceof KeptSection ? section.lines : new SectionLines(section)
}

class SectionLines {
  readonly self: SectionLine
  readonly items: readonly SectionLine[]
  readonly #section: AgentSection
  #columns: string | undefined
  #text = ''

  constructor(section: AgentSection, fieldsBefore?: WrittenFields) {
    this.#section = section
    const { self } = section
    const fields = isJsonObject(self) ? new WrittenFields(self, fieldsBefore) : undefined
    this.self = new SectionLine('', [self], self, fields)
    this.items = linesByKind(section.items)
  }

  text(columns: SectionColumns): string {
    if (this.#columns !== columns.text) {
      this.#text = this.#write(columns)
      this.#columns = columns.text
    }
    return this.#text
  }

  #write({ self, kinds }: SectionColumns): string {
    const { agentId, shared, objective, instructions } = this.#section
    let text = `Agent ${quoted(agentId)}: ${this.self.under(self)}`
    if (shared !== undefined) text += `\n world: ${compactJson(shared)}`
    if (objective !== undefined) text += `\n goal: ${compactJson(objective)}`
    if (instructions) text += `\n orders: ${quoted(instructions)}`
    for (const line of this.items) text += `\n ${kindLabel(line.kind)}: ${line.under(kinds.get(line.kind))}`
    return text
  }
}

/** Rows of one line: by themselves, or under columns that are named elsewhere. Each text is made when it is first needed. */
export class SectionLine {
  readonly kind: string
  readonly rows: readonly Json[]
  /** What is written where the rows stand by themselves. */
  readonly #value: Json
  /** Of the line's one object, if that is all it has. */
  readonly fields: WrittenFields | undefined
  #alone: string | undefined
  #header: string | undefined
  #under = ''

  constructor(kind: string, rows: readonly Json[], value: Json = rows, fields?: WrittenFields) {
    this.kind = kind
    this.rows = rows
    this.#value = value
    this.fields = fields
  }

  get alone(): string {
    const { fields } = this
    const value = this.#value
    this.#alone ??= fields && isJsonObject(value) ? objectText(value, key => fields.of(key)) : compactJson(value)
    return this.#alone
  }

  under(columns: NamedColumns | undefined): string {
    if (!columns) return this.alone
    if (this.#header !== columns.header) {
      this.#under = this.fields
        ? rowText(columns.columns, this.#value, this.fields)
        : rowsText(columns.columns, this.rows)
      this.#header = columns.header
    }
    return this.#under
  }
}

/** In quotes where it would be taken for another line's label. */
export function kindLabel(kind: string): string {
  return kind === 'world' || kind === 'goal' || kind === 'orders' ? quoted(kind) : word(kind)
}

/** An item that is kept from one prompt to the next, with its row. */
export class KeptItem implements ViewItem {
  readonly kind: string
  readonly id?: string
  readonly priority?: number
  readonly data: Json
  #row: Json | undefined

  constructor({ kind, id, priority, data }: ViewItem) {
    this.kind = kind
    if (id !== undefined) this.id = id
    if (priority !== undefined) this.priority = priority
    this.data = data
  }

  get row(): Json {
    this.#row ??= makeRow(this)
    return this.#row
  }
}

/** An item as one value: its id becomes a field, so that items of one shape make a table. Data with another id keeps it. */
export function rowOf(item: ViewItem): Json {
  return item instanceof KeptItem ? item.row : makeRow(item)
}

function makeRow({ id, data }: ViewItem): Json {
  if (id === undefined) return data
  if (isJsonObject(data) && (!Object.hasOwn(data, 'id') || data.id === id)) return { ...data, id }
  return [id, data]
}

function linesByKind(items: readonly ViewItem[]): readonly SectionLine[] {
  if (items.length === 0) return NO_LINES
  const rowsByKind = new Map<string, Json[]>()
  for (const item of items) {
    const rows = rowsByKind.get(item.kind)
    if (rows) rows.push(rowOf(item))
    else rowsByKind.set(item.kind, [rowOf(item)])
  }
  return Array.from(rowsByKind, ([kind, rows]) => new SectionLine(kind, rows))
}

const NO_LINES: readonly SectionLine[] = []
