import { expect, test } from 'vitest'
import { settingsOf } from '../../src/batch/batch-options.ts'
import { byAgent, PlanTicket } from '../../src/batch/plan-ticket.ts'
import { PromptReading, type ReadingHandler } from '../../src/batch/prompt-reading.ts'
import { LlmError } from '../../src/errors.ts'
import { type FedCall, FedClient } from './fed-client.ts'
import { actions, planText, replyText, type VillageStep, villagers, type World, wait } from './village.ts'

const settled = () => new Promise(resolve => setImmediate(resolve))

/** A prompt for two agents, whose plans close their tickets; what it tells, and who is left without a plan. */
async function readingOf(reply: (call: FedCall) => void) {
  const client = new FedClient()
  const tickets = villagers(2).map(request => new PlanTicket<VillageStep, World>(request, 0))
  const told: string[] = []
  const failures: string[] = []
  const handler: ReadingHandler<VillageStep, World> = {
    text: () => {},
    event: (event, reading) => {
      told.push(event.type)
      if (event.type !== 'plan') return
      reading.ticket(event.plan.agentId)?.claim()
      reading.release()
    },
    over: (reading, end) => {
      told.push(end.type)
      for (const [{ agentId }, { error, retryable, raw }] of reading.failures()) {
        failures.push(`${agentId} ${error.code}${retryable ? ' again' : ''}${raw === undefined ? '' : ` ${raw}`}`)
      }
    },
    settled: () => {},
  }
  const reading = new PromptReading<VillageStep, World>(
    {
      runId: 'r',
      tier: 'model',
      prompt: 'plan',
      aliases: new Map(),
      tickets,
      ticketByAgent: byAgent(tickets),
      timing: undefined,
    },
    settingsOf({ client, actions, emergency: [wait] }),
    handler,
  )
  reading.start(client, {})
  const [call] = client.calls
  if (!call) throw new Error('nothing was sent')
  reply(call)
  await settled()
  return { told, failures, call }
}

test('a reply is left as soon as everybody has a plan, and its connection closed', async () => {
  const { told, failures, call } = await readingOf(call => call.write(replyText(planText('a0'), planText('a1'))))
  expect(told).toEqual(['step', 'plan', 'step', 'plan', 'left'])
  expect(failures).toEqual([])
  expect(call.closed).toBe(true)
})

const ILLEGAL = planText('a1', [{ act: 'Attack', target: 'ghost' }])
const CUT = '{"agent":"a1","steps":[{"act":"Mo'

test.each<[string, (call: FedCall) => void, string[]]>([
  ['leaves one out', call => call.write(replyText(planText('a0'))).finish(), ['a1 missing again']],
  ['was too long', call => call.write(`{"plans":[${planText('a0')},`).finish('length'), ['a1 truncated again']],
  [
    'has an illegal plan',
    call => call.write(replyText(planText('a0'), ILLEGAL)).finish(),
    [`a1 invalid again ${ILLEGAL}`],
  ],
  ['breaks', call => call.fail(new LlmError('truncated', 'cut')), ['a0 truncated again', 'a1 truncated again']],
  ['is refused', call => call.fail(new LlmError('forbidden', 'no')), ['a0 forbidden', 'a1 forbidden']],
  [
    'breaks inside a plan, which is not the plan’s fault',
    call => call.write(`{"plans":[${planText('a0')},${CUT}`).fail(new LlmError('timeout-idle', 'silence')),
    [`a1 timeout-idle again ${CUT}`],
  ],
])('who has no plan of a reply that %s knows why', async (_, reply, expected) => {
  expect((await readingOf(reply)).failures).toEqual(expected)
})
