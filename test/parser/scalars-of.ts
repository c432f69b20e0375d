export interface ScalarAt {
  readonly path: readonly (string | number)[]
  readonly value: unknown
}

/** What the fields of a value are, by definition. */
export function scalarsOf(value: unknown, path: readonly (string | number)[] = []): readonly ScalarAt[] {
  if (Array.isArray(value)) return value.flatMap((inner, i) => scalarsOf(inner, [...path, i]))
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, inner]) =>
      ['__proto__', 'constructor', 'prototype'].includes(key) ? [] : scalarsOf(inner, [...path, key]),
    )
  return [{ path, value }]
}
