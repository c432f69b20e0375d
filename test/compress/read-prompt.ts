import { renameIds, renameIn } from '../../src/compress/id-aliases.ts'
import type { Json } from '../../src/world.ts'
import { CompactReader, type ReadColumn, readCompactJson } from './read-compact-json.ts'

export interface ReadAgent {
  self?: Json
  world?: Json
  goal?: Json
  orders?: string
  readonly kinds: Record<string, readonly Json[]>
}

export interface ReadPrompt {
  world?: Json
  goal?: Json
  readonly agents: Record<string, ReadAgent>
}

/** Reads a whole prompt back, as a model that understands it would, with the game's own ids. */
export function readPrompt(user: string, aliases: ReadonlyMap<string, string>): ReadPrompt {
  const prompt: ReadPrompt = { agents: {} }
  const columns = new Map<string | undefined, readonly ReadColumn[]>()
  const json = (text: string) => renameIds(readCompactJson(text), aliases)
  const rows = (header: readonly ReadColumn[], text: string): readonly Json[] => {
    const reader = new CompactReader(text)
    const read = reader.rows(header).map(row => renameIds(row, aliases))
    reader.end()
    return read
  }
  let agent: ReadAgent | undefined
  for (const line of user.split('\n')) {
    const [, label = '', text = ''] =
      /^( (?:"(?:[^"\\]|\\.)*"|[\w.-]+)|Agent "(?:[^"\\]|\\.)*"|Columns(?: (?:"(?:[^"\\]|\\.)*"|[\w.-]+))?|[A-Z][A-Za-z ]*): (.*)$/u.exec(
        line,
      ) ?? expectLine(line)
    if (label === 'World') prompt.world = json(text)
    else if (label === 'Goal of all') prompt.goal = json(text)
    else if (label === 'Columns') columns.set(undefined, new CompactReader(text).header())
    else if (label.startsWith('Columns '))
      columns.set(String(readCompactJson(label.slice(8))), new CompactReader(text).header())
    else if (label.startsWith('Agent ')) {
      const id = renameIn(String(JSON.parse(label.slice(6))), aliases)
      const header = columns.get(undefined)
      agent = { self: header ? (rows(header, text)[0] ?? null) : json(text), kinds: {} }
      Object.defineProperty(prompt.agents, id, { value: agent, enumerable: true })
    } else if (!agent) expectLine(line)
    else if (label === ' world') agent.world = json(text)
    else if (label === ' goal') agent.goal = json(text)
    else if (label === ' orders') agent.orders = renameIn(String(JSON.parse(text)), aliases)
    else {
      const kind = String(readCompactJson(label.slice(1)))
      const header = columns.get(kind)
      const list = header ? rows(header, text) : json(text)
      agent.kinds[kind] = Array.isArray(list) ? list : expectLine(line)
    }
  }
  return prompt
}

function expectLine(line: string): never {
  throw new SyntaxError(`not a line of a prompt: ${line}`)
}
