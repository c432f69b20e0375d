import { expect, test } from 'vitest'
import { PlanTicket } from '../../src/batch/plan-ticket.ts'
import { ask } from './village.ts'

const plan = { planId: 'p', agentId: 'guard', steps: [], notes: {} }

test('only the first one to claim a ticket gets it', () => {
  const ticket = new PlanTicket(ask('guard'), 0)
  expect([ticket.open, ticket.claim(), ticket.claim(), ticket.open]).toEqual([true, true, false, false])
})

test('the times of its attempts add up to the time it took', () => {
  const ticket = new PlanTicket(ask('guard'), 100)
  ticket.fail('model', { code: 'missing', message: '' }, 150)
  ticket.fail('re-ask', { code: 'missing', message: '' }, 175)
  expect(ticket.finish(plan, 'emergency').attempts.map(({ ms }) => ms)).toEqual([50, 25])
})

test('what the model wrote is cut to 500 characters, never inside one', () => {
  const ticket = new PlanTicket(ask('guard'), 0)
  ticket.fail('model', { code: 'invalid', message: 'x'.repeat(501) }, 0, `${'x'.repeat(498)}🐺🐺`)
  const [attempt] = ticket.finish(plan, 'emergency').attempts
  expect(attempt?.raw).toBe(`${'x'.repeat(498)}…`)
  expect(attempt?.error.message).toBe(`${'x'.repeat(499)}…`)
})
