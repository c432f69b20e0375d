/** The body is empty: what Go calls EOF. */
export class EmptyBody extends Error {}

/** The first JSON value of a body, as Go's decoder reads it: what follows it is ignored. @throws Error with Go's own words. */
export function firstJsonValue(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    const value: unknown = JSON.parse(body.slice(0, firstValueEnd(body)))
    return value
  }
}

const BLANKS = /[ \t\r\n]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

function firstValueEnd(body: string): number {
  const open: ('{' | '[')[] = []
  let at = skipBlanks(body, 0)
  if (at === body.length) throw new EmptyBody()
  for (;;) {
    at = skipBlanks(body, at)
    const char = body[at]
    if (char === '{' || char === '[') {
      const inside = skipBlanks(body, at + 1)
      if (body[inside] === (char === '{' ? '}' : ']')) at = inside + 1
      else {
        open.push(char)
        if (open.length > 10_000) throw new Error('exceeded max depth')
        at = char === '{' ? keyEnd(body, inside) : inside
        continue
      }
    } else at = scalarEnd(body, at)
    // A value has ended here: so may the ones around it.
    for (;;) {
      const around = open.at(-1)
      if (!around) return at
      at = skipBlanks(body, at)
      if (body[at] === ',') {
        at = around === '{' ? keyEnd(body, skipBlanks(body, at + 1)) : at + 1
        break
      }
      if (body[at] !== (around === '{' ? '}' : ']')) {
        throw unexpected(body, at, around === '{' ? 'after object key:value pair' : 'after array element')
      }
      open.pop()
      at++
    }
  }
}

function skipBlanks(body: string, from: number): number {
  BLANKS.lastIndex = from
  BLANKS.test(body)
  return BLANKS.lastIndex
}

function keyEnd(body: string, at: number): number {
  if (body[at] !== '"') throw unexpected(body, at, 'looking for beginning of object key string')
  const colon = skipBlanks(body, stringEnd(body, at))
  if (body[colon] !== ':') throw unexpected(body, colon, 'after object key')
  return colon + 1
}

function scalarEnd(body: string, at: number): number {
  const char = body[at] ?? ''
  if (char === '"') return stringEnd(body, at)
  if (char === '-' || (char >= '0' && char <= '9')) return numberEnd(body, at)
  const literal = ['true', 'false', 'null'].find(word => word[0] === char)
  if (!literal) throw unexpected(body, at, 'looking for beginning of value')
  for (let i = 1; i < literal.length; i++) {
    if (body[at + i] !== literal[i])
      throw unexpected(body, at + i, `in literal ${literal} (expecting '${literal[i] ?? ''}')`)
  }
  return at + literal.length
}

function numberEnd(body: string, from: number): number {
  NUMBER.lastIndex = from
  if (!NUMBER.test(body)) throw unexpected(body, from + 1, 'in numeric literal')
  const at = NUMBER.lastIndex
  const number = body.slice(from, at)
  if (body[at] === '.' && !/[.eE]/.test(number))
    throw unexpected(body, at + 1, 'after decimal point in numeric literal')
  if (/[eE]/.test(body[at] ?? '') && !/[eE]/.test(number)) {
    throw unexpected(body, at + (/[+-]/.test(body[at + 1] ?? '') ? 2 : 1), 'in exponent of numeric literal')
  }
  return at
}

function stringEnd(body: string, from: number): number {
  for (let at = from + 1; ; at++) {
    const char = body[at]
    if (char === undefined || char < ' ') throw unexpected(body, at, 'in string literal')
    if (char === '"') return at + 1
    if (char !== '\\') continue
    at++
    const kind = body[at] ?? ''
    if (kind !== 'u') {
      if (!kind || !'"\\/bfnrt'.includes(kind)) throw unexpected(body, at, 'in string escape code')
      continue
    }
    for (let digit = 1; digit <= 4; digit++) {
      if (!/[0-9a-fA-F]/.test(body[at + digit] ?? '')) {
        throw unexpected(body, at + digit, 'in \\u hexadecimal character escape')
      }
    }
    at += 4
  }
}

function unexpected(body: string, at: number, where: string): Error {
  const point = body.codePointAt(at)
  if (point === undefined) return new Error('unexpected EOF')
  return new Error(`invalid character ${quoted(point)} ${where}`)
}

/** Go looks at bytes: of a character outside ASCII it names the first. */
function quoted(point: number): string {
  if (point === 0x27) return `'\\''`
  if (point === 0x22) return `'"'`
  if (point === 0x5c) return `'\\\\'`
  if (point < 0x20) return `'${ESCAPES.get(point) ?? `\\x${point.toString(16).padStart(2, '0')}`}'`
  const byte =
    point < 0x80 ? point : point < 0x800 ? 0xc0 | (point >> 6) : point < 0x1_0000 ? 0xe0 | (point >> 12) : 0xf0
  return `'${String.fromCharCode(byte)}'`
}

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [7, '\\a'],
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [11, '\\v'],
  [12, '\\f'],
  [13, '\\r'],
])
