import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const bench = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', 'bench/harness/run.ts', ...args], { cwd: root, encoding: 'utf8' })

test('the help names the benchmarks', () => {
  const { status, stdout } = bench('--help')
  expect([status, stdout]).toEqual([0, expect.stringContaining('Benchmarks: main')])
})

test.each([
  ['an unknown benchmark', ['nope'], "No benchmark is called 'nope': there are main"],
  ['an unknown flag', ['--fast'], "Unknown option '--fast'"],
])('%s is one line and exit 2', (_, args, message) => {
  const { status, stdout, stderr } = bench(...args)
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr.trim()).toContain(message)
  expect(stderr.trim().split('\n')).toHaveLength(1)
})
