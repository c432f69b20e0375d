import { execFileSync } from 'node:child_process'
import { median } from './interleaved.ts'
import type { Measurement } from './measurement.ts'

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
  const written = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe' })
  return JSON.parse(written) as T // what the function gave, by the caller's word
}

/** The rows of the first run, with the median of what all runs have there. */
export function mediansOf(runs: readonly (readonly Measurement[])[]): Measurement[] {
  const [first = []] = runs
  return first.map((row, i) => ({ ...row, value: median(runs.map(run => run[i]?.value ?? Number.NaN)) }))
}
