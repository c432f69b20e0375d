import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { median } from './interleaved.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
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
  const folder = mkdtempSync(join(tmpdir(), 'planweave-bench-'))
  try {
    // Built anew, as users have it: what lies in dist may be old, and compiling on the fly is not what they pay for.
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
    execFileSync(process.execPath, [
      compiler,
      '-p',
      join(ROOT, 'tsconfig.build.json'),
      '--outDir',
      join(folder, 'dist'),
    ])
    execFileSync(process.execPath, [join(ROOT, 'scripts/bundle.mjs'), join(folder, 'dist')])
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction')
    copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
    writeFileSync(join(folder, 'empty.js'), '')
    const empty: number[] = []
    const full: number[] = []
    for (let i = 0; i < runs; i++) {
      empty.push(timed(join(folder, 'empty.js')))
      full.push(timed(join(folder, 'dist', `${module}.js`)))
    }
    return median(full) - median(empty)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function timed(file: string): number {
  const args = ['--input-type=module', '--eval', PROGRAM, pathToFileURL(file).href]
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8', cwd: tmpdir() }))
}
