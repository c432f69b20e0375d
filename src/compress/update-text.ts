import type { Json } from '../world.ts'
import { type AgentSection, itemLines, kindLabel, writeSection } from './agent-section.ts'
import { changedKeys, changeText, fieldChange, fieldOf, GONE } from './change-text.ts'
import { isJsonObject, quoted, word } from './compact-json.ts'
import type { PromptDocument } from './prompt-document.ts'

/** What a keyframe says of what may follow it. */
export const UPDATES_FOLLOW = '\nUpdates may follow: ~ changed or new, + added, - gone, all else as before.\n'

/**
 * What changed since what is known, as the text of one message: shared world and goal, a row for each agent that changed, new
 * agents in full, and who is asked for a plan.
 */
export function writeUpdate(known: PromptDocument, now: PromptDocument, idKeys: ReadonlySet<string>): string {
  const lines = ['Update']
  const world = changeText(known.world, now.world, idKeys)
  if (world !== undefined) lines.push(`World: ${world}`)
  const goal = changeText(known.goal, now.goal, idKeys)
  if (goal !== undefined) lines.push(`Goal of all: ${goal}`)

  const sectionById = new Map(known.sections.map(section => [section.agentId, section]))
  const rows: AgentRow[] = []
  const added: AgentSection[] = []
  for (const section of now.sections) {
    const before = sectionById.get(section.agentId)
    if (!before) added.push(section)
    else {
      const cells = changedCells(before, section, idKeys)
      if (cells.size > 0) rows.push({ agentId: section.agentId, cells })
    }
  }
  if (rows.length > 0) lines.push(`Agents: ${agentTable(rows)}`)
  for (const section of added) lines.push(writeSection(section))

  const everyone = afterUpdate(known, now).sections.map(({ agentId }) => agentId)
  const asked = now.sections.map(({ agentId }) => agentId)
  const all = everyone.length === asked.length && everyone.every((agentId, i) => agentId === asked[i])
  lines.push(all ? 'Plan for all.' : `Plan for: ${asked.map(agentId => quoted(agentId)).join(',')}`)
  return `${lines.join('\n')}\n`
}

/** What is known once an update was read. Whoever was not asked for is as before. */
export function afterUpdate(known: PromptDocument, now: PromptDocument): PromptDocument {
  const sectionById = new Map(known.sections.map(section => [section.agentId, section]))
  for (const section of now.sections) sectionById.set(section.agentId, section)
  return { ...now, sections: [...sectionById.values()] }
}

interface AgentRow {
  readonly agentId: string
  readonly cells: ReadonlyMap<string, string>
}

function agentTable(rows: readonly AgentRow[]): string {
  const columns = [...new Set(rows.flatMap(({ cells }) => [...cells.keys()]))].sort()
  const lines = rows.map(({ agentId, cells }) =>
    [quoted(agentId), ...columns.map(column => cells.get(column) ?? '')].join(','),
  )
  return `[${[['agent', ...columns].join(','), ...lines].join('|')}]`
}

/** A cell for each field of the agent's state that changed, and for each line below it, whose columns begin with `#`. */
function changedCells(before: AgentSection, now: AgentSection, idKeys: ReadonlySet<string>): Map<string, string> {
  const cells = new Map<string, string>()
  const add = (column: string, change: string | undefined) => {
    if (change !== undefined) cells.set(column, change)
  }
  if (isJsonObject(before.self) && isJsonObject(now.self)) {
    for (const key of changedKeys(before.self, now.self)) {
      add(word(key), fieldChange(key, fieldOf(before.self, key), fieldOf(now.self, key), idKeys))
    }
  } else add('#', changeText(before.self, now.self, idKeys))
  add('#world', changeText(before.shared, now.shared, idKeys))
  add('#goal', changeText(before.objective, now.objective, idKeys))
  if ((before.instructions ?? '') !== (now.instructions ?? ''))
    add('#orders', now.instructions ? quoted(now.instructions) : GONE)
  const [old, new_] = [rowsByKind(before), rowsByKind(now)]
  for (const kind of new Set([...old.keys(), ...new_.keys()]))
    add(`#${kindLabel(kind)}`, changeText(old.get(kind), new_.get(kind), idKeys))
  return cells
}

function rowsByKind(section: AgentSection): ReadonlyMap<string, Json> {
  return new Map(itemLines(section).map(({ kind, rows }) => [kind, rows]))
}
