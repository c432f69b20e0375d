import { expect, test } from 'vitest'
import { planIdOf } from '../src/plan.ts'

test('a plan id names its run, its agent and the attempt', () =>
  expect(planIdOf('run-1', 'guard 7', 2)).toBe('run-1/guard 7/2'))
