import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

let folder: string | undefined

/**
 * The address of a module of the package as users have it, built anew in a folder that lasts as long as the process: what lies in
 * `dist` may be old, and what compiles on the fly is not what they run: there each constant of another file is looked up each time.
 *
 * @param module an entry of `scripts/bundle.mjs`, or `empty`, which holds nothing.
 */
export function builtModule(module: string): string {
  folder ??= process.env[folderOf(process.ppid)] ?? build()
  return pathToFileURL(join(folder, 'dist', `${module}.js`)).href
}

/** Where a process leaves word for those that it starts, and for no other. */
function folderOf(pid: number): string {
  return `PLANWEAVE_BUILT_BY_${pid}`
}

function build(): string {
  const folder = mkdtempSync(join(tmpdir(), 'planweave-bench-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const dist = join(folder, 'dist')
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [compiler, '-p', join(ROOT, 'tsconfig.build.json'), '--outDir', dist])
  execFileSync(process.execPath, [join(ROOT, 'scripts/bundle.mjs'), dist])
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction')
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  writeFileSync(join(dist, 'empty.js'), '')
  process.env[folderOf(process.pid)] = folder
  return folder
}
