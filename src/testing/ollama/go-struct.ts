/** Reads one field. `field` is its path as Go names it: `ChatRequest.messages`. @throws Error with Go's own words. */
export type GoReader<T> = (value: unknown, field: string) => T

/** A struct's fields: names are matched whatever their case, unknown ones are ignored, and `null` is as good as absent. */
export function readStruct<Fields extends Readonly<Record<string, GoReader<unknown>>>>(
  value: unknown,
  fields: Fields,
  path: string,
  goType: string,
): { readonly [Name in keyof Fields]?: ReturnType<Fields[Name]> } {
  if (value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw mismatch(value, path, goType)
  const names = new Map(Object.keys(fields).map(name => [name.toLowerCase(), name]))
  const struct: Record<string, unknown> = {}
  for (const [key, given] of Object.entries(value)) {
    const name = names.get(key.toLowerCase())
    const read = name === undefined ? undefined : fields[name]
    if (name !== undefined && read && given !== null) struct[name] = read(given, `${path}.${name}`)
  }
  // What each reader returns stands under its own name; no type can follow that through the loop.
  return struct as { [Name in keyof Fields]?: ReturnType<Fields[Name]> }
}

/** Wrong types are told as Go tells them. A path without a dot is the whole body. */
export function mismatch(value: unknown, path: string, goType: string): Error {
  const where = path.includes('.') ? `Go struct field ${path}` : 'Go value'
  return new Error(`json: cannot unmarshal ${kindOf(value)} into ${where} of type ${goType}`)
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}

export const goString: GoReader<string> = (value, field) => {
  if (typeof value !== 'string') throw mismatch(value, field, 'string')
  return value
}

export const goBool: GoReader<boolean> = (value, field) => {
  if (typeof value !== 'boolean') throw mismatch(value, field, 'bool')
  return value
}

export const goInt: GoReader<number> = (value, field) => {
  if (typeof value !== 'number') throw mismatch(value, field, 'int')
  if (!Number.isInteger(value)) {
    throw new Error(`json: cannot unmarshal number ${value} into Go struct field ${field} of type int`)
  }
  return value
}

export const goNumber: GoReader<number> = (value, field) => {
  if (typeof value !== 'number') throw mismatch(value, field, 'float64')
  return value
}

export const goMap: GoReader<Readonly<Record<string, unknown>>> = (value, field) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw mismatch(value, field, 'map[string]interface {}')
  }
  return { ...value }
}

export function goList<T>(item: GoReader<T>, goType: string): GoReader<readonly T[]> {
  return (value, field) => {
    if (!Array.isArray(value)) throw mismatch(value, field, goType)
    return value.map((each: unknown) => item(each, field))
  }
}

export const goRaw: GoReader<unknown> = value => value
