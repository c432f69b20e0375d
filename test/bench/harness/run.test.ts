import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
/** Each file of `bench/` is a benchmark. */
const names = readdirSync(`${root}bench`)
  .filter(file => file.endsWith('.ts'))
  .map(file => file.slice(0, -'.ts'.length))
  .join(', ')
const bench = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', 'bench/harness/run.ts', ...args], { cwd: root, encoding: 'utf8' })

test('the help names the benchmarks', () => {
  const { status, stdout } = bench('--help')
  expect([status, stdout]).toEqual([0, expect.stringContaining(`Benchmarks: ${names}\n`)])
})

test.each([
  ['an unknown benchmark', ['nope'], `No benchmark is called 'nope': there are ${names}`],
  ['an unknown flag', ['--fast'], "Unknown option '--fast'"],
])('%s is one line and exit 2', (_, args, message) => {
  const { status, stdout, stderr } = bench(...args)
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr.trim()).toContain(message)
  expect(stderr.trim().split('\n')).toHaveLength(1)
})
