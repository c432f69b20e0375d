import { expect, test } from 'vitest'
import { timesOf } from '../../../bench/harness/parser-times.ts'

test('each figure is held against its own floor', async () => {
  const rows = await timesOf({ counts: [2, 3], rounds: 1, blockMs: 1 })
  expect(rows.map(({ case: name, metric, ratioTo }) => [name, metric, ratioTo])).toEqual(
    [2, 3].flatMap(count => [
      [`bare reader, ${count} agents`, 'per piece', undefined],
      [`bare reader, plans only, ${count} agents`, 'time', `bare reader, ${count} agents`],
      [`parser, ${count} agents`, 'time', `bare reader, ${count} agents`],
      [`parser, ${count} agents`, 'time, plans', `bare reader, plans only, ${count} agents`],
      [`parser with zod, ${count} agents`, 'time', `bare reader, ${count} agents`],
      [`parser with zod, noisy reply, ${count} agents`, 'time', `bare reader, ${count} agents`],
    ]),
  )
  for (const { value } of rows) expect(value).toBeGreaterThan(0)
}, 60_000)
