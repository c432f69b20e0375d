import { type JsonObject, type ReadObject, readObject } from './read-object.ts'
import type { Shape, stepShapesOf } from './step-shapes.ts'

/** Text that needs no quotes. */
const WORD = /^[\p{L}_][\p{L}\p{N}_.-]*$/u
const LITERAL = /^(?:null|true|false)$/
const NAMED = /^([A-Za-z_]\w*)\s*[=:]\s*(\S[\s\S]*)$/

/** `MoveTo(3,4,run)` as the step it stands for: values by place, in the order of the action's signature. Never throws. */
export function readCall(text: string, shapes: ReturnType<typeof stepShapesOf>, strict: boolean): ReadObject {
  const open = text.indexOf('(')
  const act = text.slice(0, open).trim()
  const value: JsonObject = { act }
  const shape = shapes.get(act)
  // Whatever its arguments: the registry says which actions there are.
  if (!shape) return { value, repairs: [] }
  const repairs: string[] = []
  for (const [i, written] of splitItems(text.slice(open + 1, text.lastIndexOf(')'))).entries()) {
    let field = shape.fields[i]
    let item = written.trim()
    const [, name, rest = ''] = NAMED.exec(item) ?? []
    const named = name === undefined ? undefined : shape.fields.find(([key]) => key === name)
    if (named && !strict) {
      repairs.push(`read ${named[0]} by its name`)
      field = named
      item = rest
    }
    if (item === '' || item === 'null') continue
    if (!field) return { value: undefined, reason: `${act} takes ${shape.fields.length} arguments at most` }
    const read = readItem(item, strict)
    if (read.value === undefined) return read
    repairs.push(...read.repairs)
    value[field[0]] = byPlace(read.value.v, field[1])
  }
  return { value, repairs }
}

/** Cuts at commas, but for those inside brackets and strings. */
function splitItems(text: string): string[] {
  const items: string[] = []
  let depth = 0
  let quoted = false
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (quoted) {
      if (char === '\\') i++
      else if (char === '"') quoted = false
    } else if (char === '"') quoted = true
    else if (/[[{(]/.test(char)) depth++
    else if (/[\]})]/.test(char)) depth--
    else if (char === ',' && depth === 0) {
      items.push(text.slice(start, i))
      start = i + 1
    }
  }
  items.push(text.slice(start))
  return items
}

/** The value as the field `v`. */
function readItem(item: string, strict: boolean): ReadObject {
  if (WORD.test(item) && !LITERAL.test(item)) return { value: { v: item }, repairs: [] }
  return readObject(`{"v":${item}}`, strict)
}

/** An object that is written as a list has its fields in the order declared. */
function byPlace(value: unknown, shape: Shape): unknown {
  if (!Array.isArray(value)) return value
  if (shape.type === 'list') return value.map(item => byPlace(item, shape.item))
  if (shape.type !== 'object' || value.length > shape.fields.length) return value
  const fields = shape.fields.flatMap(([key, inner], i) =>
    value[i] === undefined || value[i] === null ? [] : [[key, byPlace(value[i], inner)] as const],
  )
  return Object.fromEntries(fields)
}
