import type { AgentId } from '../plan.ts'
import type { Json } from '../world.ts'
import type { ViewItem } from './agent-view.ts'
import { type Column, columnsOf, compactJson, headerOf, isJsonObject, rowText, word } from './compact-json.ts'

/** One agent's part of a prompt: a line with its id and state, then a line for each other thing it knows. */
export interface AgentSection {
  readonly agentId: AgentId
  readonly self: Json
  readonly shared?: Json
  readonly objective?: Json
  readonly instructions?: string
  readonly items: readonly ViewItem[]
}

/** What the lines of several sections have in common: their columns are named once, before the first of them. */
export interface SectionColumns {
  readonly self: readonly Column[] | undefined
  readonly kinds: ReadonlyMap<string, readonly Column[]>
}

const NO_COLUMNS: SectionColumns = { self: undefined, kinds: new Map() }

/** The columns that save more than it takes to name them: else each agent's lines have their keys beside the values. */
export function columnsFor(sections: readonly AgentSection[]): SectionColumns {
  const groupsByKind = new Map<string, (readonly Json[])[]>()
  for (const { items } of sections) {
    for (const [kind, rows] of rowsByKind(items)) {
      const groups = groupsByKind.get(kind)
      if (groups) groups.push(rows)
      else groupsByKind.set(kind, [rows])
    }
  }
  const kinds = new Map<string, readonly Column[]>()
  for (const [kind, groups] of groupsByKind) {
    const columns = worthwhile(groups, compactJson, kind.length + 1)
    if (columns) kinds.set(kind, columns)
  }
  const selves = sections.map(({ self }) => [self])
  return { self: worthwhile(selves, ([self]) => compactJson(self ?? null), 0), kinds }
}

/** Columns for groups of rows, when with their header line and `labelChars` they are shorter than the groups by themselves. */
function worthwhile(
  groups: readonly (readonly Json[])[],
  alone: (rows: readonly Json[]) => string,
  labelChars: number,
): readonly Column[] | undefined {
  const columns = groups.length > 1 ? columnsOf(groups.flat()) : undefined
  if (!columns) return undefined
  let saved = -('Columns: \n'.length + labelChars + headerOf(columns).length)
  for (const rows of groups) {
    saved += alone(rows).length - rowsText(columns, rows).length
    if (saved > 0) return columns
  }
  return undefined
}

function rowsText(columns: readonly Column[], rows: readonly Json[]): string {
  return rows.map(row => rowText(columns, row)).join('|')
}

/** A line for each set of columns: `Columns: at,hp` for the agents' own states, `Columns nearest: cells,enemy` for items. */
export function writeColumns({ self, kinds }: SectionColumns): string {
  const lines = self ? [`Columns: ${headerOf(self)}\n`] : []
  for (const kind of [...kinds.keys()].sort()) {
    lines.push(`Columns ${kindLabel(kind)}: ${headerOf(kinds.get(kind) ?? [])}\n`)
  }
  return lines.join('')
}

/** The section's text. Every value is on one line, so that nothing inside it can begin another agent's section. */
export function writeSection(
  { agentId, self, shared, objective, instructions, items }: AgentSection,
  columns: SectionColumns = NO_COLUMNS,
): string {
  const lines = [`Agent ${JSON.stringify(agentId)}: ${columns.self ? rowText(columns.self, self) : compactJson(self)}`]
  if (shared !== undefined) lines.push(` world: ${compactJson(shared)}`)
  if (objective !== undefined) lines.push(` goal: ${compactJson(objective)}`)
  if (instructions) lines.push(` orders: ${JSON.stringify(instructions)}`)
  for (const [kind, rows] of rowsByKind(items)) {
    const cells = columns.kinds.get(kind)
    lines.push(` ${kindLabel(kind)}: ${cells ? rowsText(cells, rows) : compactJson(rows)}`)
  }
  return lines.join('\n')
}

/** In quotes where it would be taken for another line's label. */
export function kindLabel(kind: string): string {
  return kind === 'world' || kind === 'goal' || kind === 'orders' ? JSON.stringify(kind) : word(kind)
}

/** An item as one value: its id becomes a field, so that items of one shape make a table. Data with another id keeps it. */
export function rowOf({ id, data }: ViewItem): Json {
  if (id === undefined) return data
  if (isJsonObject(data) && (!Object.hasOwn(data, 'id') || data.id === id)) return { ...data, id }
  return [id, data]
}

/** In the order in which the kinds were first listed. */
export function rowsByKind(items: readonly ViewItem[]): ReadonlyMap<string, readonly Json[]> {
  const groups = new Map<string, Json[]>()
  for (const item of items) {
    const group = groups.get(item.kind)
    if (group) group.push(rowOf(item))
    else groups.set(item.kind, [rowOf(item)])
  }
  return groups
}
