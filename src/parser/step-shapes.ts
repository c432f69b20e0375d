import type { z } from 'zod'
import type { Actions } from '../actions.ts'
import type { AnyStep } from '../plan.ts'

/** How a value is written by place: an object's fields in the order declared, a list's items alike, anything else as it is. */
export type Shape =
  | { readonly type: 'object'; readonly fields: readonly (readonly [key: string, shape: Shape])[] }
  | { readonly type: 'list'; readonly item: Shape }
  | { readonly type: 'plain' }

type ObjectShape = Extract<Shape, { type: 'object' }>
type Schema = z.core.JSONSchema._JSONSchema

const PLAIN: Shape = { type: 'plain' }
/** One registry reads many replies. */
const known = new WeakMap<object, ReadonlyMap<string, ObjectShape>>()

/** The arguments of each action, in the order of its signature, which is that of the declaration. */
export function stepShapesOf<S extends AnyStep, W extends object>(
  actions: Actions<S, W>,
): ReadonlyMap<string, ObjectShape> {
  const found = known.get(actions)
  if (found) return found
  // Through JSON Schema, as the signatures in the prompt are: the order is then the one that the model read. By the schema's own
  // method, because to import zod takes Node several times as long as the parser.
  const schema = actions.step.toJSONSchema({ io: 'input', unrepresentable: 'any' })
  const shapes = new Map<string, ObjectShape>()
  for (const option of schema.anyOf ?? schema.oneOf ?? [schema]) {
    if (typeof option === 'boolean') continue
    const { act, ...args } = option.properties ?? {}
    if (typeof act === 'object' && typeof act.const === 'string')
      shapes.set(act.const, { type: 'object', fields: fieldsOf(args) })
  }
  known.set(actions, shapes)
  return shapes
}

function fieldsOf(properties: Readonly<Record<string, Schema>>): ObjectShape['fields'] {
  return Object.entries(properties).map(([key, schema]) => [key, shapeOf(schema)] as const)
}

function shapeOf(schema: Schema): Shape {
  if (typeof schema === 'boolean') return PLAIN
  const options = schema.anyOf ?? schema.oneOf
  if (options) return options.map(shapeOf).find(({ type }) => type !== 'plain') ?? PLAIN
  if (schema.type === 'object' && schema.properties) return { type: 'object', fields: fieldsOf(schema.properties) }
  if (schema.type === 'array' && schema.items && !Array.isArray(schema.items))
    return { type: 'list', item: shapeOf(schema.items) }
  return PLAIN
}
