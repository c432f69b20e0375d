import { compactJson } from '../../src/compress/compact-json.ts'
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
      set(agent.kinds, kind, Array.isArray(list) ? list : expectLine(line))
    }
  }
  return prompt
}

function expectLine(line: string): never {
  throw new SyntaxError(`not a line of a prompt: ${line}`)
}

/** What is known once an update was read, too. All in the prompt's own names. */
export function readUpdate(
  known: ReadPrompt,
  text: string,
): { readonly prompt: ReadPrompt; readonly asked: readonly string[] } {
  const prompt: ReadPrompt = { ...known, agents: { ...known.agents } }
  const lines = text.trimEnd().split('\n')
  if (lines.shift() !== 'Update') expectLine(text)
  const last = lines.pop() ?? ''
  const fresh = lines.filter(line => !/^(?:World|Goal of all|Agents): /.test(line))
  for (const line of lines) {
    const [, label = '', change = ''] = /^(World|Goal of all|Agents): (.*)$/u.exec(line) ?? []
    if (label === 'World') set(prompt, 'world', changed(prompt.world, change))
    if (label === 'Goal of all') set(prompt, 'goal', changed(prompt.goal, change))
    if (label === 'Agents') readAgentTable(prompt, change)
  }
  const added = fresh.length > 0 ? readPrompt(fresh.join('\n'), new Map()).agents : {}
  for (const [id, agent] of Object.entries(added)) set(prompt.agents, id, agent)
  const asked =
    last === 'Plan for all.'
      ? Object.keys(prompt.agents)
      : JSON.parse(`[${/^Plan for: (.*)$/u.exec(last)?.[1] ?? expectLine(last)}]`)
  return { prompt, asked }
}

/** The prompt with the game's own ids. */
export function withRealIds({ agents, ...shared }: ReadPrompt, aliases: ReadonlyMap<string, string>): ReadPrompt {
  const real = <T>(part: T): T => renameIds(part as Json, aliases) as T
  return {
    ...real(shared),
    agents: Object.fromEntries(
      Object.entries(agents).map(([id, { kinds, ...agent }]) => [
        renameIn(id, aliases),
        { ...real(agent), kinds: Object.fromEntries(Object.entries(kinds).map(([kind, rows]) => [kind, real(rows)])) },
      ]),
    ),
  }
}

function readAgentTable(prompt: ReadPrompt, text: string): void {
  const reader = new ChangeReader(text)
  reader.expect('[')
  const columns: { readonly line: boolean; readonly key: string; readonly quoted: boolean }[] = []
  if (reader.word() !== 'agent') expectLine(text)
  while (reader.take(',')) {
    const line = reader.take('#')
    const quoted = reader.next === '"'
    const key = line && (reader.next === ',' || reader.next === '|') ? '' : String(reader.word())
    columns.push({ line, quoted, key })
  }
  while (reader.take('|')) {
    const id = String(reader.word())
    const before = (Object.hasOwn(prompt.agents, id) ? prompt.agents[id] : undefined) ?? expectLine(text)
    const agent: ReadAgent = { ...before, kinds: { ...before.kinds } }
    const self: Record<string, Json> = isObject(agent.self) ? { ...agent.self } : {}
    for (const { line, key, quoted } of columns) {
      reader.expect(',')
      if (reader.next === ',' || reader.next === '|' || reader.next === ']') continue
      if (!line) {
        set(self, key, reader.changeOf(Object.hasOwn(self, key) ? self[key] : undefined, key))
        agent.self = self
      } else if (key === '' && !quoted) set(agent, 'self', reader.changeOf(agent.self))
      else if (!quoted && (key === 'world' || key === 'goal')) set(agent, key, reader.changeOf(agent[key]))
      else if (!quoted && key === 'orders') set(agent, key, reader.changeOf(undefined))
      else set(agent.kinds, key, reader.changeOf(Object.hasOwn(agent.kinds, key) ? agent.kinds[key] : undefined))
    }
    Object.defineProperty(prompt.agents, id, { value: agent, enumerable: true, configurable: true, writable: true })
  }
  reader.expect(']')
  reader.end()
}

function set(target: object, key: string, value: unknown): void {
  if (value === undefined) Reflect.deleteProperty(target, key)
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}

/** A value with a change applied that was written by `changeText`; nothing when it is gone. */
export function changed(before: Json | undefined, text: string): Json | undefined {
  const reader = new ChangeReader(text)
  const now = reader.changeOf(before)
  reader.end()
  return now
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(Object.keys(value).join() === '$untrusted')
  )
}

class ChangeReader extends CompactReader {
  changeOf(before: Json | undefined, key = ''): Json | undefined {
    if (this.next === '{' && isObject(before)) return this.#merged(before)
    if (this.next === '~' || this.next === '+' || (this.next === '-' && this.peek(1) === '[')) return this.#list(before)
    if (this.next === '-' && !/\d/.test(this.peek(1))) {
      this.at++
      return undefined
    }
    const value = this.value()
    return key === '$untrusted' && isMarked(value) ? value.$untrusted : value
  }

  #merged(before: { readonly [key: string]: Json }): Json {
    const now = { ...before }
    this.expect('{')
    if (this.take('}')) return now
    do {
      const key = String(this.word())
      this.expect(':')
      set(now, key, this.changeOf(Object.hasOwn(now, key) ? now[key] : undefined, key))
    } while (this.take(','))
    this.expect('}')
    return now
  }

  #list(before: Json | undefined): Json {
    let now: Json[] = Array.isArray(before) ? [...before] : []
    if (this.take('~')) {
      this.expect('[')
      const [key = { key: '' }, ...columns] = this.header()
      while (this.take('|')) {
        const id = this.word()
        const at = now.findIndex(row => isObject(row) && row[key.key] === id)
        const row: Record<string, Json> = { ...(isObject(now[at]) ? now[at] : {}) }
        set(row, key.key, id)
        for (const column of columns) {
          this.expect(',')
          // A cell that is empty has not changed.
          if (this.next !== ',' && this.next !== '|' && this.next !== ']')
            set(row, column.key, this.changeOf(undefined, column.key))
        }
        if (at === -1) now.push(row)
        else now[at] = row
      }
      this.expect(']')
    }
    if (this.next === '-' && this.peek(1) === '[') {
      this.at++
      now = this.#without(now)
    }
    if (this.take('+')) {
      const added = this.value()
      now.push(...(Array.isArray(added) ? added : []))
    }
    return now
  }

  /** Rows by their ids, `-[id|3|4]`, where there are rows with ids; items by what they are, else. */
  #without(now: readonly Json[]): Json[] {
    const start = this.at
    this.expect('[')
    if (now.every(isObject)) {
      const key = this.next === '{' ? '' : String(this.word())
      const ids: Json[] = []
      while (this.take('|'))
        ids.push(
          this.next === '|' || this.next === ']' || this.next === '{' || this.next === '['
            ? expectLine(key)
            : this.word(),
        )
      const all =
        ids.length > 0 && this.next === ']' && ids.every(id => now.some(row => isObject(row) && row[key] === id))
      if (all) {
        this.at++
        return now.filter(row => !(isObject(row) && ids.some(id => row[key] === id)))
      }
    }
    this.at = start
    const gone = this.value()
    const texts = new Set((Array.isArray(gone) ? gone : []).map(item => compactJson(item)))
    return now.filter(item => !texts.has(compactJson(item)))
  }
}

function isMarked(value: Json): value is { readonly $untrusted: string } {
  return typeof value === 'object' && value !== null && '$untrusted' in value
}
