import type { Json } from '../../src/world.ts'

/** A column as a header names it. */
export interface ReadColumn {
  readonly key: string
  readonly within?: readonly ReadColumn[]
}

/** Reads compact JSON back, to prove that nothing was lost in it. Throws on anything else. */
export function readCompactJson(text: string): Json {
  const reader = new CompactReader(text)
  const value = reader.value()
  reader.end()
  return value
}

/** Reads compact JSON from a place on. */
export class CompactReader {
  readonly #text: string
  at = 0

  constructor(text: string) {
    this.#text = text
  }

  get next(): string | undefined {
    return this.#text[this.at]
  }

  peek(distance: number): string {
    return this.#text[this.at + distance] ?? ''
  }

  end(): void {
    if (this.at !== this.#text.length) throw this.#unexpected()
  }

  take(char: string): boolean {
    if (this.next !== char) return false
    this.at++
    return true
  }

  expect(char: string): void {
    if (!this.take(char)) throw this.#unexpected()
  }

  value(): Json {
    if (this.next === '{') return this.#object()
    if (this.next === '[') return this.#list()
    if (this.next === '⟦') return this.#fenced()
    return this.word()
  }

  word(): string | number | boolean | null {
    const quoted = /^"(?:[^"\\]|\\.)*"/.exec(this.#text.slice(this.at))?.[0]
    if (quoted !== undefined) {
      this.at += quoted.length
      return JSON.parse(quoted)
    }
    const bare = /^\w[\w.+-]*|^-\d[\w.+-]*/.exec(this.#text.slice(this.at))?.[0]
    if (bare === undefined) throw this.#unexpected()
    this.at += bare.length
    return /^(?:true|false|null|-?\d.*)$/.test(bare) ? JSON.parse(bare) : bare
  }

  header(): ReadColumn[] {
    const columns: ReadColumn[] = []
    do {
      const key = String(this.word())
      if (this.take('{')) {
        columns.push({ key, within: this.header() })
        this.expect('}')
      } else columns.push({ key })
    } while (this.take(','))
    return columns
  }

  /** Rows up to what can't be one. */
  rows(columns: readonly ReadColumn[]): { readonly [key: string]: Json }[] {
    const rows = [this.#row(columns)]
    while (this.take('|')) rows.push(this.#row(columns))
    return rows
  }

  #row(columns: readonly ReadColumn[]): { readonly [key: string]: Json } {
    const fields: [string, Json][] = []
    columns.forEach(({ key, within }, i) => {
      if (i > 0) this.expect(',')
      if (within) fields.push([key, this.#row(within)])
      else if (this.next !== undefined && !',|]'.includes(this.next)) fields.push([key, this.#field(key)])
    })
    return Object.fromEntries(fields)
  }

  /** Fenced text beside other fields is the text alone. */
  #field(key: string): Json {
    const value = this.value()
    return key === '$untrusted' && isFenced(value) ? value.$untrusted : value
  }

  #fenced(): Json {
    const end = this.#text.indexOf('⟧', this.at)
    const text = this.#text.slice(this.at + 1, end)
    this.at = end + 1
    return { $untrusted: text }
  }

  #object(): Json {
    const fields: [string, Json][] = []
    for (this.expect('{'); !this.take('}'); ) {
      if (fields.length) this.expect(',')
      const key = String(this.word())
      this.expect(':')
      fields.push([key, this.#field(key)])
    }
    return Object.fromEntries(fields)
  }

  #list(): Json {
    const start = this.at
    this.expect('[')
    if (this.take(']')) return []
    const numbers = this.#numberRows()
    if (numbers) return numbers
    try {
      const columns = this.header()
      if (this.take('|')) {
        const rows = this.rows(columns)
        this.expect(']')
        return rows
      }
    } catch {
      // No header, so no table.
    }
    this.at = start + 1
    const items: Json[] = []
    do items.push(this.value())
    while (this.take(','))
    this.expect(']')
    return items
  }

  /** `2,5|3,7` or `2:5,9|3:7` up to its bracket, which no other list looks like; else nothing is taken. */
  #numberRows(): Json | undefined {
    const text = /^[-+.,:|\deE]*[|:][-+.,:|\deE]*\]/.exec(this.#text.slice(this.at))?.[0]
    if (text === undefined) return undefined
    this.at += text.length
    return text
      .slice(0, -1)
      .split('|')
      .flatMap(row => {
        const [head = '', tails] = row.split(':')
        const cells = (tails ?? head).split(',').map(cell => JSON.parse(cell))
        return tails === undefined ? [cells] : cells.map(cell => [JSON.parse(head), cell])
      })
  }

  #unexpected(): SyntaxError {
    return new SyntaxError(`unexpected ${this.next} at ${this.at}: ${this.#text.slice(this.at, this.at + 20)}`)
  }
}

function isFenced(value: Json): value is { readonly $untrusted: string } {
  return typeof value === 'object' && value !== null && '$untrusted' in value
}
