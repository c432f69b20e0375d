/** Deeper is no snapshot of a world, or one that contains itself. */
const DEEPEST = 64

/**
 * Plain data as text that is the same for equal data, whatever the order of its keys, and another for any other: 1, "1", -0, NaN
 * and undefined all differ. Undefined for what may hold more than it shows: functions, symbols, maps, dates, instances of classes,
 * what contains itself, and what throws when it is read.
 */
export function exactText(value: unknown): string | undefined {
  try {
    return write(value, 0)
  } catch {
    return undefined
  }
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'bigint':
      return `${value}n`
    case 'boolean':
    case 'undefined':
      return String(value)
    case 'object':
      return value === null ? 'null' : writeObject(value, depth + 1)
    default:
      throw new TypeError(`a ${typeof value} has no exact text`)
  }
}

function writeObject(value: object, depth: number): string {
  if (depth > DEEPEST) throw new RangeError('too deep')
  const names = Reflect.ownKeys(value)
  if (Array.isArray(value)) {
    // Its items and its length; not a hole, and nothing beside.
    if (names.length !== value.length + 1) throw new TypeError('a list with holes or names')
    return `[${value.map(item => write(item, depth)).join(',')}]`
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) throw new TypeError('an instance of a class')
  const entries = names.map(name => {
    if (typeof name === 'symbol') throw new TypeError('a symbol as a name')
    return [name, Reflect.get(value, name)] as const
  })
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, field]) => `${JSON.stringify(name)}:${write(field, depth)}`).join(',')}}`
}
