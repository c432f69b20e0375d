import type { AwaitedAgents } from './awaited-agents.ts'
import { nameOf } from './written-name.ts'

/** List bullets and marks of emphasis that models put around a name. */
const MARKS_BEFORE = /^(?:[-*•]\s+|\d+[.)]\s+)?["'`*]*/
const MARKS_AFTER = /["'`*]+$/
/** As the prompt introduces an agent. */
const AGENT_LABEL = /^Agent\s+["'`*]*/

/** Who is named before a colon, without what models put around a name, or as it stands in a prompt. */
export function agentNamedIn(text: string, agents: AwaitedAgents): string {
  const marked = text.trim()
  const bare = marked.replace(MARKS_BEFORE, '').replace(MARKS_AFTER, '').trim()
  const read = nameOf(bare, true) ?? bare
  // An id may itself look marked, and then stand in quotes.
  return [marked, inQuotes(marked), bare, read, bare.replace(AGENT_LABEL, '')].find(id => agents.find(id)) ?? bare
}

/** As the prompt writes ids. */
function inQuotes(text: string): string {
  const [, written = ''] = /^"(.+)"$/s.exec(text) ?? []
  return nameOf(written, true) ?? text
}

export function withoutMarksAfter(text: string): string {
  return text.trimEnd().replace(MARKS_AFTER, '')
}
