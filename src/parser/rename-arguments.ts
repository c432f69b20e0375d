/** Puts, in place, the ids that short names stand for: where a string argument, or one in a list or an object, is such a name. */
export function renameArguments(step: object, aliases: ReadonlyMap<string, string>): void {
  for (const [key, value] of Object.entries(step)) {
    if (typeof value === 'string') {
      const id = key === 'act' ? undefined : aliases.get(value)
      if (id !== undefined) Reflect.set(step, key, id)
    } else if (typeof value === 'object' && value !== null) renameArguments(value, aliases)
  }
}
