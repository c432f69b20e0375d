import type { Json } from '../../src/world.ts'

/** Reads compact JSON back, to prove that nothing was lost in it. Throws on anything else. */
export function readCompactJson(text: string): Json {
  let at = 0
  const value = readValue()
  if (at !== text.length) throw new SyntaxError(`unexpected ${text[at]} at ${at}`)
  return value

  function readValue(): Json {
    if (text[at] === '{') return readObject()
    if (text[at] === '[') return readList()
    return readWord()
  }

  function readWord(): Json {
    const quoted = /^"(?:[^"\\]|\\.)*"/.exec(text.slice(at))?.[0]
    if (quoted !== undefined) {
      at += quoted.length
      return JSON.parse(quoted)
    }
    const bare = /^[\w.+-]+/.exec(text.slice(at))?.[0]
    if (bare === undefined) throw new SyntaxError(`no value at ${at}: ${text.slice(at, at + 20)}`)
    at += bare.length
    return /^(?:true|false|null|-?\d.*)$/.test(bare) ? JSON.parse(bare) : bare
  }

  function readObject(): Json {
    const fields: [string, Json][] = []
    for (at++; text[at] !== '}'; ) {
      if (fields.length) expect(',')
      const key = String(readWord())
      expect(':')
      fields.push([key, readValue()])
    }
    at++
    return Object.fromEntries(fields)
  }

  function readList(): Json {
    const rows: Json[][] = [[]]
    for (at++; text[at] !== ']'; ) {
      rows.at(-1)?.push(readValue())
      if (text[at] === ',') at++
      else if (text[at] === '|') {
        rows.push([])
        at++
      }
    }
    at++
    const [columns = [], ...lines] = rows
    return lines.length === 0
      ? columns
      : lines.map(line => Object.fromEntries(columns.map((column, i) => [String(column), line[i] ?? null])))
  }

  function expect(char: string): void {
    if (text[at++] !== char) throw new SyntaxError(`no ${char} at ${at - 1}`)
  }
}
