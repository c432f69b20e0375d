/** An agent's name, and how a model wrote it. */
export interface WrittenName {
  readonly key: string
  readonly name: string
  readonly quoted: boolean
}

const NO_NAME = /^(?:null|true|false|None|True|False)$|\s/

/** The name that was meant by what was written, without its quotes: what is between quotes, a number or a bare word. Nothing for other values. */
export function nameOf(written: string, quoted: boolean): string | undefined {
  if (!quoted) return NO_NAME.test(written) ? undefined : written
  if (!written.includes('\\')) return written
  try {
    const name: unknown = JSON.parse(`"${written}"`)
    return typeof name === 'string' ? name : undefined
  } catch {
    return written
  }
}
