import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import { PlanParser } from '../../src/parser/plan-parser.ts'
import { renameArguments } from '../../src/parser/rename-arguments.ts'

const aliases = new Map([
  ['g17', 'goblin-archer-0017'],
  ['c1', 'captain-of-the-guard-1'],
])

test.each<[string, object, object]>([
  ['an argument', { act: 'Attack', target: 'g17' }, { act: 'Attack', target: 'goblin-archer-0017' }],
  ['one in a list', { act: 'Guard', all: ['g17', 'x'] }, { act: 'Guard', all: ['goblin-archer-0017', 'x'] }],
  ['one in an object', { act: 'Go', to: { near: 'c1' } }, { act: 'Go', to: { near: 'captain-of-the-guard-1' } }],
  ['not the action', { act: 'g17', target: 'g1' }, { act: 'g17', target: 'g1' }],
  ['not a part of a text', { act: 'Say', line: 'kill g17' }, { act: 'Say', line: 'kill g17' }],
])('%s', (_, step, expected) => {
  renameArguments(step, aliases)
  expect(step).toEqual(expected)
})

test('a parser’s steps and rules see the game’s ids, for the agent and in its arguments', () => {
  const seen: string[] = []
  const actions = defineActions({
    Attack: {
      args: { target: z.enum(['goblin-archer-0017']) },
      valid: ({ target }, _, agentId) => {
        seen.push(`${agentId} → ${target}`)
        return true
      },
    },
  })
  const parser = new PlanParser({ actions, agents: ['captain-of-the-guard-1'], world: () => ({}), aliases })
  const [step, plan] = parser.push('{"plans":[{"agent":"c1","steps":[{"act":"Attack","target":"g17"}]}]}')
  expect(step).toMatchObject({
    agentId: 'captain-of-the-guard-1',
    step: { act: 'Attack', target: 'goblin-archer-0017' },
    repairs: [],
  })
  expect(plan).toMatchObject({ type: 'plan', repairs: [] })
  expect(seen).toEqual(['captain-of-the-guard-1 → goblin-archer-0017'])
})
