import { expect, test } from 'vitest'
import { numberRows } from '../../src/compress/number-rows.ts'
import type { Json } from '../../src/world.ts'

test.each<[string, readonly Json[], string | undefined]>([
  [
    'lists that are as long go without their brackets',
    [
      [1, 2.5],
      [-3, 4],
    ],
    '[1,2.5|-3,4]',
  ],
  ['…of any length', [[1], [2]], '[1|2]'],
  [
    '…whose first number may repeat',
    [
      [1, 2, 3],
      [1, 2, 4],
    ],
    '[1,2,3|1,2,4]',
  ],
  [
    'pairs name a first number once that repeats',
    [
      [2, 5],
      [2, 9],
      [3, 7],
    ],
    '[2:5,9|3:7]',
  ],
  [
    '…but never change their order',
    [
      [2, 5],
      [3, 7],
      [2, 9],
      [2, 9],
    ],
    '[2:5|3:7|2:9,9]',
  ],
  ['one list keeps its brackets', [[1, 2]], undefined],
  ['no list', [], undefined],
  ['lists of several lengths', [[1, 2], [3]], undefined],
  ['empty lists', [[], []], undefined],
  [
    'more than numbers',
    [
      [1, 2],
      [3, '4'],
    ],
    undefined,
  ],
  ['lists of lists', [[[1]], [[2]]], undefined],
])('%s', (_, list, expected) => expect(numberRows(list)).toBe(expected))
