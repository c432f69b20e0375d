/** The type of an argument, as a prompt's signatures tell it. */
export type ArgType =
  | { readonly kind: 'literal'; readonly value: unknown }
  | {
      readonly kind: 'int' | 'number'
      readonly low?: number
      readonly high?: number
      readonly openLow?: boolean
      readonly openHigh?: boolean
    }
  | { readonly kind: 'string'; readonly max?: number }
  | { readonly kind: 'bool' | 'any' }
  | { readonly kind: 'list'; readonly item: ArgType }
  | { readonly kind: 'tuple'; readonly items: readonly ArgType[] }
  | { readonly kind: 'object'; readonly fields: readonly ArgField[] }
  | { readonly kind: 'choice'; readonly options: readonly ArgType[] }

export interface ArgField {
  readonly key: string
  readonly optional: boolean
  readonly type: ArgType
}

export interface ActionSignature {
  readonly name: string
  readonly fields: readonly ArgField[]
}

/** Reads `MoveTo(x:int,y:int(0..9),speed?:walk|run) walk to a cell`; nothing when the line is not a signature. */
export function parseSignature(line: string): ActionSignature | undefined {
  const reader = new SignatureReader(line)
  try {
    return reader.action()
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const NUMBER = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/y
const WORD = /[\p{L}_][\p{L}\p{N}_-]*/uy
const KEY = /[^:?,(){}|[\]]+/y
const JSON_STRING = /"(?:[^"\\]|\\.)*"/y

class SignatureReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  action(): ActionSignature {
    const name = this.#expect(/[^\s(]+/y)
    this.#expect(/\(/y)
    const fields = this.#fields(')')
    this.#expect(/\)/y)
    return { name, fields }
  }

  #fields(closer: string): ArgField[] {
    const fields: ArgField[] = []
    while (this.#text[this.#at] !== closer) {
      if (fields.length > 0) this.#expect(/,/y)
      const key = this.#expect(KEY)
      const optional = this.#take(/\?/y) !== undefined
      this.#expect(/:/y)
      fields.push({ key, optional, type: this.#type() })
    }
    return fields
  }

  #type(): ArgType {
    const options = [this.#single()]
    while (this.#take(/\|/y) !== undefined) options.push(this.#single())
    const [only] = options
    return only && options.length === 1 ? only : { kind: 'choice', options }
  }

  #single(): ArgType {
    let type = this.#plain()
    while (this.#take(/\[\]/y) !== undefined) type = { kind: 'list', item: type }
    return type
  }

  #plain(): ArgType {
    if (this.#take(/\(/y) !== undefined) {
      const type = this.#type()
      this.#expect(/\)/y)
      return type
    }
    if (this.#take(/\{/y) !== undefined) {
      const fields = this.#fields('}')
      this.#expect(/\}/y)
      return { kind: 'object', fields }
    }
    if (this.#take(/\[/y) !== undefined) return this.#tuple()
    const quoted = this.#take(JSON_STRING)
    if (quoted !== undefined) return { kind: 'literal', value: JSON.parse(quoted) }
    const number = this.#take(NUMBER)
    if (number !== undefined) return { kind: 'literal', value: Number(number) }
    return this.#named(this.#expect(WORD))
  }

  #tuple(): ArgType {
    const items: ArgType[] = []
    while (this.#take(/\]/y) === undefined) {
      if (items.length > 0) this.#expect(/,/y)
      items.push(this.#type())
    }
    return { kind: 'tuple', items }
  }

  #named(word: string): ArgType {
    switch (word) {
      case 'int':
      case 'number':
        return { kind: word, ...this.#range() }
      case 'string': {
        const max = this.#take(/\(max \d+\)/y)
        return max === undefined ? { kind: 'string' } : { kind: 'string', max: Number(/\d+/.exec(max)?.[0]) }
      }
      case 'bool':
        return { kind: 'bool' }
      case 'any':
        return { kind: 'any' }
      case 'object':
        return { kind: 'object', fields: [] }
      case 'true':
      case 'false':
        return { kind: 'literal', value: word === 'true' }
      case 'null':
        return { kind: 'literal', value: null }
      default:
        return { kind: 'literal', value: word }
    }
  }

  /** `(1..5)`, `>=1`, `<9`, `>0<1`, or nothing. */
  #range(): { low?: number; high?: number; openLow?: boolean; openHigh?: boolean } {
    const range: { low?: number; high?: number; openLow?: boolean; openHigh?: boolean } = {}
    if (this.#take(/\((?=[-\d])/y) !== undefined) {
      range.low = Number(this.#expect(NUMBER))
      this.#expect(/\.\./y)
      range.high = Number(this.#expect(NUMBER))
      this.#expect(/\)/y)
    }
    for (let bound = this.#take(/[<>]=?/y); bound !== undefined; bound = this.#take(/[<>]=?/y)) {
      const value = Number(this.#expect(NUMBER))
      if (bound.startsWith('>')) {
        range.low = value
        range.openLow = bound === '>'
      } else {
        range.high = value
        range.openHigh = bound === '<'
      }
    }
    return range
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  #expect(pattern: RegExp): string {
    const found = this.#take(pattern)
    if (found === undefined) throw new SyntaxError(`not a signature at ${this.#at}: ${this.#text}`)
    return found
  }
}
