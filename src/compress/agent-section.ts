import type { AgentId } from '../plan.ts'
import type { Json } from '../world.ts'
import type { ViewItem } from './agent-view.ts'
import { compactJson } from './compact-json.ts'
import { isUntrusted } from './untrusted.ts'

/** One agent's part of a prompt: a line with its id and state, then a line for each other thing it knows. */
export interface AgentSection {
  readonly agentId: AgentId
  readonly self: Json
  readonly shared?: Json
  readonly objective?: Json
  readonly instructions?: string
  readonly items: readonly ViewItem[]
}

/** The section's text. Every value is on one line, so that nothing inside it can begin another agent's section. */
export function writeSection({ agentId, self, shared, objective, instructions, items }: AgentSection): string {
  const lines = [`Agent ${JSON.stringify(agentId)}: ${compactJson(self)}`]
  if (shared !== undefined) lines.push(` world: ${compactJson(shared)}`)
  if (objective !== undefined) lines.push(` goal: ${compactJson(objective)}`)
  if (instructions) lines.push(` orders: ${JSON.stringify(instructions)}`)
  for (const [kind, group] of groupByKind(items)) lines.push(` ${compactJson(kind)}: ${compactJson(group.map(rowOf))}`)
  return lines.join('\n')
}

/** An item as one value: its id becomes a field, so that items of one shape make a table. */
function rowOf({ id, data }: ViewItem): Json {
  if (id === undefined) return data
  if (typeof data === 'object' && data !== null && !Array.isArray(data) && !isUntrusted(data)) return { ...data, id }
  return [id, data]
}

/** In the order in which the kinds were first listed. */
function groupByKind(items: readonly ViewItem[]): ReadonlyMap<string, readonly ViewItem[]> {
  const groups = new Map<string, ViewItem[]>()
  for (const item of items) {
    const group = groups.get(item.kind)
    if (group) group.push(item)
    else groups.set(item.kind, [item])
  }
  return groups
}
