import { z } from 'zod'

type ArgSchema = z.core.JSONSchema.JSONSchema

/** One action as a model reads it: `MoveTo(x:int,y:int,speed?:walk|run) walk to a cell`. */
export function signatureOf(name: string, args: z.ZodRawShape, doc = ''): string {
  // Through JSON Schema, because it is zod's public and stable view of its own schemas. A type that JSON can't express reads as `any`.
  const schema = z.toJSONSchema(z.object(args), { io: 'input', unrepresentable: 'any' })
  return `${name}(${fieldsOf(schema)})${doc && ` ${doc.replace(/\s+/g, ' ').trim()}`}`
}

function fieldsOf({ properties = {}, required = [] }: ArgSchema): string {
  return Object.entries(properties)
    .map(([key, schema]) => `${key}${required.includes(key) ? '' : '?'}:${typeOf(schema)}`)
    .join(',')
}

function typeOf(schema: z.core.JSONSchema._JSONSchema): string {
  if (typeof schema === 'boolean') return 'any'
  if (schema.const !== undefined) return literal(schema.const)
  if (schema.enum) return schema.enum.map(literal).join('|')
  const options = schema.anyOf ?? schema.oneOf
  if (options) return options.map(typeOf).join('|')
  if (schema.prefixItems) return `[${schema.prefixItems.map(typeOf).join(',')}]`
  switch (schema.type) {
    case 'integer':
      return `int${rangeOf(schema)}`
    case 'number':
      return `number${rangeOf(schema)}`
    case 'string':
      return schema.maxLength === undefined ? 'string' : `string(max ${schema.maxLength})`
    case 'boolean':
      return 'bool'
    case 'array': {
      const item = Array.isArray(schema.items) ? 'any' : typeOf(schema.items ?? {})
      return item.includes('|') ? `(${item})[]` : `${item}[]`
    }
    case 'object':
      return schema.properties ? `{${fieldsOf(schema)}}` : 'object'
    default:
      return Array.isArray(schema.type) ? schema.type.join('|') : (schema.type ?? (schema.$ref ? 'object' : 'any'))
  }
}

/** `>0`, `>=1`, `1..5`; the bounds of a safe integer go without saying. */
function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: ArgSchema): string {
  const low = minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined
  const high = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined
  if (low !== undefined && high !== undefined) return `(${low}..${high})`
  return [
    low !== undefined && `>=${low}`,
    high !== undefined && `<=${high}`,
    exclusiveMinimum !== undefined && `>${exclusiveMinimum}`,
    exclusiveMaximum !== undefined && `<${exclusiveMaximum}`,
  ]
    .filter(bound => bound !== false)
    .join('')
}

/** A word as it is; anything else as JSON, so that it can't be read as syntax. */
function literal(value: unknown): string {
  return typeof value === 'string' && /^[\p{L}_][\p{L}\p{N}_-]*$/u.test(value) ? value : JSON.stringify(value)
}
