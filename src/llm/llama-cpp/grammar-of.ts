import { isRecord } from '../json.ts'
import { integerAlternatives, numberAlternatives } from './number-grammar.ts'

type Schema = Readonly<Record<string, unknown>>

/** Where a schema sets no bound: random or looping models fill whatever they are given. */
const STRING_CHARS = 200
const LIST_ITEMS = 16
/** What llama.cpp takes at most for one repetition is 2000. */
const MAX_REPEAT = 1000
/** How deep a value may be whose schema says nothing about it. */
const ANY_DEPTH = 3

/**
 * The grammar, as llama.cpp reads it (GBNF), of the JSON texts that a schema allows. The engine's own converter knows no bounds of
 * numbers, and lets a whole number have an exponent: `1E3515` is Infinity.
 *
 * Without white space, with the keys in the schema's order. It may allow too much (patterns, formats, `not`), since every reply is
 * validated anyway, and no number is outside its bounds.
 */
export function grammarOf(format: 'json' | object): string {
  return new GrammarWriter(format === 'json' ? { type: 'object' } : { ...format }).write()
}

class GrammarWriter {
  readonly #schema: Schema
  /** Names by body, so that what is the same is written once. */
  readonly #names = new Map<string, string>()
  readonly #bodies = new Map<string, string>()
  /** The rules of `$ref`s, named before they are written, because a schema may contain itself. */
  readonly #refs = new Map<string, string>()

  constructor(schema: Schema) {
    this.#schema = schema
  }

  write(): string {
    const root = this.#valueOf(this.#schema)
    return [`root ::= ${root}`, ...[...this.#bodies].map(([name, body]) => `${name} ::= ${body}`)].join('\n')
  }

  #rule(kind: string, body: string): string {
    const known = this.#names.get(body)
    if (known) return known
    const name = `${kind}-${this.#bodies.size}`
    this.#names.set(body, name)
    this.#bodies.set(name, body)
    return name
  }

  #oneOf(kind: string, alternatives: readonly string[]): string {
    return this.#rule(kind, [...new Set(alternatives)].join(' | '))
  }

  #valueOf(schema: unknown): string {
    if (!isRecord(schema)) return this.#any(ANY_DEPTH)
    if (typeof schema.$ref === 'string') return this.#reference(schema.$ref)
    if ('const' in schema) return literal(schema.const)
    if (Array.isArray(schema.enum)) return this.#oneOf('enum', schema.enum.map(literal))
    const options = schema.anyOf ?? schema.oneOf
    if (Array.isArray(options))
      return this.#oneOf(
        'choice',
        options.map(option => this.#valueOf(option)),
      )
    if (Array.isArray(schema.allOf)) return this.#valueOf(merged(schema.allOf))
    const { type } = schema
    if (Array.isArray(type))
      return this.#oneOf(
        'choice',
        type.map(one => this.#typed({ ...schema, type: one })),
      )
    return this.#typed(schema)
  }

  #typed(schema: Schema): string {
    switch (schema.type ?? typeByKeys(schema)) {
      case 'object':
        return this.#object(schema)
      case 'array':
        return this.#array(schema)
      case 'string':
        return this.#string(schema)
      case 'integer':
        return this.#number('integer', integerAlternatives(schema))
      case 'number':
        return this.#number('number', numberAlternatives(schema))
      case 'boolean':
        return this.#rule('boolean', '"true" | "false"')
      case 'null':
        return '"null"'
      default:
        return this.#any(ANY_DEPTH)
    }
  }

  #reference(ref: string): string {
    const known = this.#refs.get(ref)
    if (known) return known
    const name = `ref-${this.#refs.size}`
    this.#refs.set(ref, name)
    this.#bodies.set(name, this.#valueOf(targetOf(this.#schema, ref)))
    return name
  }

  #object(schema: Schema): string {
    const properties = isRecord(schema.properties) ? Object.entries(schema.properties) : []
    if (properties.length === 0) {
      if (schema.additionalProperties === false) return '"{}"'
      return this.#record(schema)
    }
    const required = new Set(Array.isArray(schema.required) ? schema.required : [])
    const fields = properties.map(([key, value]) => ({
      text: `${literal(key)} ":" ${this.#valueOf(value)}`,
      isRequired: required.has(key),
    }))
    // Up to the first required key every key may be the first, and has a comma only behind another.
    const lead = fields.findIndex(field => field.isRequired)
    const follow = (from: number) =>
      fields.slice(from).map(({ text, isRequired }) => (isRequired ? `"," ${text}` : `("," ${text})?`))
    const beginnings = fields
      .slice(0, lead === -1 ? fields.length : lead + 1)
      .map(({ text }, i) => [text, ...follow(i + 1)].join(' '))
    const inside = beginnings.length === 1 ? beginnings[0] : `(${beginnings.join(' | ')})`
    return this.#rule('object', `"{" ${inside}${lead === -1 ? '?' : ''} "}"`)
  }

  /** Keys of the game's choice. */
  #record(schema: Schema): string {
    const key = isRecord(schema.propertyNames) ? this.#valueOf(schema.propertyNames) : this.#string({})
    const values = schema.additionalProperties
    const value = isRecord(values) ? this.#valueOf(values) : this.#any(ANY_DEPTH - 1)
    return this.#rule('record', `"{" ${list(`${key} ":" ${value}`, 0, LIST_ITEMS)} "}"`)
  }

  #array(schema: Schema): string {
    if (Array.isArray(schema.prefixItems)) {
      const items = schema.prefixItems.map(item => this.#valueOf(item))
      return this.#rule('tuple', `"[" ${items.join(' "," ') || '""'} "]"`)
    }
    const least = Math.min(countOf(schema.minItems, 0), MAX_REPEAT)
    const most = Math.min(countOf(schema.maxItems, Math.max(least, LIST_ITEMS)), MAX_REPEAT)
    if (most === 0) return '"[]"'
    const item = 'items' in schema ? this.#valueOf(schema.items) : this.#any(ANY_DEPTH - 1)
    return this.#rule('array', `"[" ${list(item, least, Math.max(least, most))} "]"`)
  }

  #string(schema: Schema): string {
    const least = Math.min(countOf(schema.minLength, 0), MAX_REPEAT)
    const most = Math.min(countOf(schema.maxLength, Math.max(least, STRING_CHARS)), MAX_REPEAT)
    // JavaScript counts characters beyond the first plane twice, and so does validation.
    const beyond = 'maxLength' in schema ? '\\U00010000-\\U0010FFFF' : ''
    const char = this.#rule('char', `[^"\\\\\\x00-\\x1F\\x7F${beyond}] | "\\\\" ["\\\\/bfnrt]`)
    return this.#rule('string', `"\\"" ${char}{${least},${Math.max(least, most)}} "\\""`)
  }

  #number(kind: string, alternatives: readonly string[]): string {
    // Bounds between which there is no such number: whatever is written will be refused.
    return this.#oneOf(kind, alternatives.length === 0 ? ['"0"'] : alternatives)
  }

  #any(depth: number): string {
    const scalars = [this.#string({}), this.#number('number', numberAlternatives({})), '"true"', '"false"', '"null"']
    if (depth <= 0) return this.#oneOf('any', scalars)
    const inner = this.#any(depth - 1)
    const object = `"{" ${list(`${this.#string({})} ":" ${inner}`, 0, LIST_ITEMS)} "}"`
    const array = `"[" ${list(inner, 0, LIST_ITEMS)} "]"`
    return this.#oneOf('any', [...scalars, this.#rule('object', object), this.#rule('array', array)])
  }
}

/** `least` to `most` items with commas between them; `most` is at least 1. */
function list(item: string, least: number, most: number): string {
  const rest = `("," ${item}){${Math.max(0, least - 1)},${most - 1}}`
  const items = most === 1 ? item : `${item} ${rest}`
  return least === 0 ? `(${items})?` : items
}

/** A JSON text as GBNF quotes it. */
function literal(value: unknown): string {
  return JSON.stringify(JSON.stringify(value) ?? 'null')
}

function countOf(value: unknown, otherwise: number): number {
  return typeof value === 'number' && value >= 0 ? Math.floor(value) : otherwise
}

function typeByKeys(schema: Schema): string | undefined {
  if ('properties' in schema || 'additionalProperties' in schema) return 'object'
  return 'items' in schema || 'prefixItems' in schema ? 'array' : undefined
}

/** What all of several schemas ask for, as far as they are about different things. */
function merged(schemas: readonly unknown[]): Schema {
  const records = schemas.filter(isRecord)
  return {
    ...Object.assign({}, ...records),
    ...(records.some(schema => isRecord(schema.properties)) && {
      properties: Object.assign({}, ...records.map(schema => schema.properties)),
      required: records.flatMap(schema => (Array.isArray(schema.required) ? schema.required : [])),
    }),
  }
}

/** What a pointer such as `#/$defs/pos` leads to. */
function targetOf(schema: Schema, ref: string): unknown {
  let target: unknown = schema
  for (const part of ref.replace(/^#\/?/, '').split('/').filter(Boolean)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    target = isRecord(target) && Object.hasOwn(target, key) ? target[key] : undefined
  }
  return target
}
