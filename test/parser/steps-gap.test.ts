import { expect, test } from 'vitest'
import { readStepsGap } from '../../src/parser/steps-gap.ts'

test.each([
  ['', 0, []],
  [' \n', 0, []],
  [' , ', 1, []],
  ['', 1, ['added a missing comma']],
  [',,', 1, ['left out an extra comma']],
  [',', 0, ['left out an extra comma']],
  [', and then:', 1, ['left out text between the steps']],
  [", that's it", 1, ['left out text between the steps']],
  [',...,', 1, ['left out text between the steps', 'left out an extra comma']],
] as const)('%j where %i commas are due', (gap, commas, repairs) =>
  expect(readStepsGap(gap, commas)).toEqual({ repairs, stray: undefined }),
)

test.each([
  [',"go north",', '"go north"'],
  [', 3', '3'],
  [',null', 'null'],
  [",'go'", "'go'"],
  [',[{"act":"Wait"}]', '[{"act":"Wait"}]'],
])('%j is meant as a step', (gap, stray) => expect(readStepsGap(gap, 1)).toEqual({ repairs: [], stray }))
