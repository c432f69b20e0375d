/**
 * A grammar as a regular expression for the whole text, so that both directions can be tested: what matches, and what fast-check
 * writes from it. Only for grammars without a rule inside itself.
 */
export function patternOf(gbnf: string): RegExp {
  const bodies = new Map(gbnf.split('\n').map(line => line.split(' ::= ', 2) as [string, string]))
  const expand = (body: string): string =>
    body.replace(TOKEN, token => {
      if (token === ' ') return ''
      if (token.startsWith('"')) return unescaped(token).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
      if (token.startsWith('['))
        return token.replace(/\\U([0-9A-F]{8})/g, (_, hex) => String.fromCodePoint(Number.parseInt(hex, 16)))
      const rule = bodies.get(token)
      if (rule === undefined) throw new Error(`no rule ${token}`)
      return `(?:${expand(rule)})`
    })
  return new RegExp(`^(?:${expand('root')})$`, 'u')
}

/** A literal, a class of characters, a space, or a name of a rule; the rest is written as in regular expressions. */
const TOKEN = /"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]| |[a-z][a-z0-9-]*/g

function unescaped(token: string): string {
  return JSON.parse(token)
}
