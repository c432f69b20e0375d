/** What differs on the wire between the versions of Ollama that are in use. */
export interface VersionTraits {
  /** As `/api/version` says it. */
  readonly version: string
  /** Before 0.12.6 an error before the first text came with status 200, as a line. */
  readonly errorsAreAlwaysLines: boolean
  /** Since 0.12.10 a tool call has an id. */
  readonly toolCallIds: boolean
  /** Since 0.30 `/api/tags` lists capabilities and sizes of context. */
  readonly tagsTellMore: boolean
  /** Before 0.32.6 each chunk of `/v1` named the role, and the last one had text and reason. */
  readonly roleInEveryChunk: boolean
  /** After 0.33 the last line tells how much of the prompt was cached. */
  readonly tellsCachedTokens: boolean
  /** Equal pieces in a row that are let through: 30, and 100 after 0.33. */
  readonly repeatLimit: number
  /** After 0.33 a reply that repeats itself ends in an error; before, in silence. */
  readonly repeatIsError: boolean
}

/** What stands for the version after 0.33. */
const NEXT = '0.34.0'

/**
 * The traits of a version: `0.12.5`, `v0.24`, `next`. `0.0.0`, as builds from source call themselves, is taken for 0.33.
 * @throws RangeError for what is no version
 */
export function versionTraits(name: string): VersionTraits {
  const version = name === 'next' ? NEXT : name.replace(/^v/, '')
  const [, major = '', minor = '', patch = '0'] = /^(\d+)\.(\d+)(?:\.(\d+))?(?:-[\w.]+)?$/.exec(version) ?? []
  if (!major) throw new RangeError(`'${name}' is not a version such as '0.33.0', nor 'next'`)
  const isSource = Number(major) + Number(minor) + Number(patch) === 0
  const rank = isSource ? rankOf(0, 33, 0) : rankOf(Number(major), Number(minor), Number(patch))
  const isSince = (since: readonly [number, number, number]) => rank >= rankOf(...since)
  return {
    version: /^\d+\.\d+$/.test(version) ? `${version}.0` : version,
    errorsAreAlwaysLines: !isSince([0, 12, 6]),
    toolCallIds: isSince([0, 12, 10]),
    tagsTellMore: isSince([0, 30, 0]),
    roleInEveryChunk: !isSince([0, 32, 6]),
    tellsCachedTokens: isSince([0, 34, 0]),
    repeatLimit: isSince([0, 34, 0]) ? 100 : 30,
    repeatIsError: isSince([0, 34, 0]),
  }
}

function rankOf(major: number, minor: number, patch: number): number {
  return (major * 1000 + minor) * 1000 + patch
}
