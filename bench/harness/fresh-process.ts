import { execFileSync } from 'node:child_process'
import { isDeepStrictEqual } from 'node:util'
import { median } from './interleaved.ts'
import type { Measurement } from './measurement.ts'

/** What runs longer is stuck. */
const LONGEST_MS = 10 * 60_000
const PROGRAM = `
  const [module, name, argument] = process.argv.slice(1)
  const { [name]: run } = await import(module)
  console.log(JSON.stringify(await run(JSON.parse(argument))))`

/**
 * What a function that `module` exports gives for `argument`, both of them JSON, in a process of its own: nothing was compiled there
 * before, nor for anything else.
 *
 * @throws Error when it throws.
 */
export function inFreshProcess<T>(module: URL, name: string, argument: unknown): T {
  const args = [
    ...process.execArgv,
    '--input-type=module',
    '--eval',
    PROGRAM,
    module.href,
    name,
    JSON.stringify(argument),
  ]
  const written = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe', timeout: LONGEST_MS })
  return JSON.parse(written) as T // what the function gave, by the caller's word
}

/**
 * The rows that each run gave, with the medians of their figures.
 *
 * @throws RangeError when the runs did not give the same rows, or a row has no figure.
 */
export function mediansOf(runs: readonly (readonly Measurement[])[]): Measurement[] {
  const [first = []] = runs
  return first.map((row, i) => {
    const figures = runs.map(run => {
      const { value, ...same } = run[i] ?? { value: Number.NaN }
      if (
        !isDeepStrictEqual({ ...same, value: row.value }, row) ||
        run.length !== first.length ||
        !Number.isFinite(value)
      )
        throw new RangeError(`the runs do not agree about ${row.case}, ${row.metric}`)
      return value
    })
    return { ...row, value: median(figures), range: [Math.min(...figures), Math.max(...figures)] as const }
  })
}
