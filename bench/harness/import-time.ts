import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { builtModule } from './built-package.ts'
import { median } from './interleaved.ts'

const PROGRAM = `
  const start = process.cpuUsage()
  await import(process.argv[1])
  const { user, system } = process.cpuUsage(start)
  console.log((user + system) / 1000)`

/**
 * Processor time in milliseconds that a fresh Node takes to import a built module, beyond what an empty one takes: medians of
 * `runs` in turns.
 *
 * @param module an entry of `scripts/bundle.mjs`.
 */
export function importMs(module: string, runs: number): number {
  const empty: number[] = []
  const full: number[] = []
  for (let i = 0; i < runs; i++) {
    empty.push(timed(builtModule('empty')))
    full.push(timed(builtModule(module)))
  }
  return median(full) - median(empty)
}

function timed(address: string): number {
  const args = ['--input-type=module', '--eval', PROGRAM, address]
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8', cwd: tmpdir() }))
}
