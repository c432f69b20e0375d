import { expect, test } from 'vitest'
import { openObject } from '../../src/parser/open-object.ts'
import { openPlan } from '../../src/parser/open-plan.ts'
import { faultOf } from '../../src/parser/plan-fault.ts'

const AGENT = { id: 'cook', attempts: 1, planned: false }
const STEP = { act: 'Wait' }

test.each([
  ['nothing', { agent: AGENT }, {}, {}, undefined],
  ['a fault it has already', { fault: { code: 'limit', message: 'x' } }, {}, {}, 'limit'],
  ['no agent', {}, {}, {}, 'malformed'],
  ['the name of nobody', { stranger: 'ghost' }, {}, {}, 'unknown-agent'],
  ['no steps', { agent: AGENT }, { hasSteps: false }, {}, 'malformed'],
  ['a repair', { agent: AGENT }, { repairs: ['x'] }, {}, undefined],
  ['a repair, in strict', { agent: AGENT }, { repairs: ['x'] }, { strict: true }, 'malformed'],
  ['a refused first step', { agent: AGENT, refusal: 'x' }, {}, {}, 'invalid'],
  ['a refused later step', { agent: AGENT, refusal: 'x', steps: [STEP] }, {}, {}, undefined],
  [
    'a refused later step, where that refuses the plan',
    { agent: AGENT, refusal: 'x', steps: [STEP] },
    {},
    { onIllegalStep: 'reject' },
    'invalid',
  ],
] as const)('a plan with %s', (_, plan, written, policy, code) => {
  const open = Object.assign(openPlan(0), plan)
  const object = Object.assign(openObject(0, ''), { hasSteps: true }, written)
  expect(faultOf(open, object, policy)?.code).toBe(code)
})

test('a long name is told by its start', () => {
  const plan = Object.assign(openPlan(0), { stranger: 'x'.repeat(10_000) })
  expect(faultOf(plan, openObject(0, ''), {})?.message.length).toBeLessThan(300)
})
