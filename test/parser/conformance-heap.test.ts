import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const SCRIPT = fileURLToPath(new URL('../../scripts/parser-heap.ts', import.meta.url))

test('fifty thousand plans, one parser for each ten, leave the heap as it was', () => {
  const args = ['--expose-gc', '--import', 'tsx', SCRIPT, '--replies', '5000', '--growth-kb', '4096']
  // Exits with 1, and throws here, when the heap has grown. Keeping the plans would take some 20 MB; code compiled late takes hundreds of KB.
  const told = execFileSync(process.execPath, args, { encoding: 'utf8' })
  expect(told).toContain('5000 replies, 50000 plans')
}, 120_000)
