/** An agent's name as a model wrote it, without its quotes. */
export interface WrittenName {
  readonly written: string
  readonly quoted: boolean
}

const NO_NAME = /^(?:null|true|false|None|True|False)$|\s/

/** The name that was meant: what is between quotes, a number or a bare word. Nothing for other values. */
export function nameOf({ written, quoted }: WrittenName): string | undefined {
  if (!quoted) return NO_NAME.test(written) ? undefined : written
  if (!written.includes('\\')) return written
  try {
    const name: unknown = JSON.parse(`"${written}"`)
    return typeof name === 'string' ? name : undefined
  } catch {
    return written
  }
}
