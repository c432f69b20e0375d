import { describe, expect, test } from 'vitest'
import { LiveRun } from '../../src/batch/live-run.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { answering, FedClient } from './fed-client.ts'
import {
  executorOf,
  inWords,
  move,
  outcomesOf,
  planText,
  recordOf,
  replyText,
  type VillageStep,
  villagers,
} from './village.ts'

const two = replyText(planText('a0'), planText('a1'))
const turn = () => new ManualClock().advanceAsync(0)

describe('events', () => {
  test('begin after the caller’s turn, and end with the result', async () => {
    const run = executorOf(answering(two)).run(villagers(2))
    const record = recordOf(run)
    expect(record).toEqual([])
    const result = await run.result
    const { name, event } = record.at(-1) ?? {}
    expect([name, event]).toEqual(['end', result])
    expect(record.filter(entry => entry.name !== 'chunk').map(entry => entry.name)).toEqual(
      'step outcome step outcome end'.split(' '),
    )
  })

  test('come in the order of the reply: its text, then what the text completed', async () => {
    const client = new FedClient(call => call.write(`{"plans":[${planText('dragon')},${planText('a0')}`))
    const run = executorOf(client).run(villagers(2))
    const record = recordOf(run)
    await turn()
    expect(record.map(({ name }) => name)).toEqual(['chunk', 'rejected', 'step', 'outcome'])
    expect(record[1]?.event).toEqual({
      agentId: 'dragon',
      code: 'unknown-agent',
      message: expect.any(String),
      raw: planText('dragon'),
    })
    run.cancel()
  })

  test('tell of a step that was refused, and of what became of its plan', async () => {
    const bad = { act: 'Attack', target: 'ghost' }
    const client = answering(replyText(planText('a0', [move, bad, move]), planText('a1', [bad])))
    const run = executorOf(client, { reAsks: 0 }).run(villagers(2))
    const record = recordOf(run)
    const { outcomes } = await run.result
    expect(outcomes.map(inWords)).toEqual(['a0 model', 'a1 emergency after model:invalid'])
    expect(outcomes[0]?.plan.steps).toEqual([move])
    const refused = record.filter(({ name }) => name === 'stepRejected').map(({ event }) => event)
    expect(refused).toEqual([
      { planId: 'run-1/a0/1', agentId: 'a0', index: 1, reason: expect.any(String), raw: JSON.stringify(bad) },
      { planId: 'run-1/a1/1', agentId: 'a1', index: 0, reason: expect.any(String), raw: JSON.stringify(bad) },
    ])
    expect(record.filter(({ name }) => name === 'rejected').length).toBe(1)
  })

  test('tell what a plan adds to its text fields', async () => {
    const client = new FedClient(call => call.write('{"plans":[{"agent":"a0","steps":[],"say":"Who', ' goes?'))
    const run = executorOf(client, { textFields: ['say'] }).run(villagers(1))
    let said = ''
    run.on('text', ({ agentId, field, delta }) => {
      said += `${agentId} ${field} ${delta};`
    })
    await turn()
    expect(said).toBe('a0 say Who;a0 say  goes?;')
    run.cancel()
  })

  test('are the same when the parser also tells fields, which only its own callers hear', async () => {
    const heard = async (fields: boolean) => {
      const client = new FedClient(call => call.write(...two.split('')))
      const run = executorOf(client, { fields, clock: new ManualClock() }).run(villagers(2))
      const record = recordOf(run)
      await run.result
      return record
    }
    const plain = await heard(false)
    expect(plain.map(({ name }) => name)).toEqual(expect.arrayContaining(['chunk', 'step', 'outcome', 'end']))
    expect(await heard(true)).toEqual(plain)
  })

  test('of a step tell what is promised, and nothing of the text that it was read from', async () => {
    const run = executorOf(answering(replyText(planText('a0')))).run(villagers(1))
    const record = recordOf(run)
    await run.result
    const steps = record.filter(({ name }) => name === 'step').map(({ event }) => event)
    expect(steps).toEqual([{ planId: 'run-1/a0/1', agentId: 'a0', index: 0, step: move }])
  })

  test('find all of the state behind them settled', async () => {
    const client = new FedClient(call => call.write(two))
    const run = executorOf(client).run(villagers(2))
    run.on('chunk', () => run.cancel())
    // The text of the chunk had already brought both plans, so there was nothing left to cancel.
    expect((await run.result).outcomes.map(inWords)).toEqual(['a0 model', 'a1 model'])
  })

  test('caused by a listener come after those under way', async () => {
    const client = new FedClient(call => call.write(replyText(planText('a0')).slice(0, -2)))
    const run = executorOf(client).run(villagers(3))
    const heard: string[] = []
    run.on('step', ({ agentId }) => {
      heard.push(`step ${agentId}`)
      run.cancel('a2')
      heard.push('cancelled a2')
    })
    run.on('outcome', outcome => heard.push(inWords(outcome)))
    await turn()
    expect(heard).toEqual(['step a0', 'cancelled a2', 'a0 model', 'a2 emergency after model:cancelled'])
    run.cancel()
  })
})

describe('listeners', () => {
  test('hear all that comes after they were registered, also of the piece that is being told of', async () => {
    const client = new FedClient(call => call.write(two))
    const run = executorOf(client).run(villagers(2))
    const heard: string[] = []
    run.once('outcome', () => {
      run.on('step', ({ agentId }) => heard.push(`step of ${agentId}`))
      run.on('outcome', ({ agentId }) => heard.push(`outcome of ${agentId}`))
    })
    await run.result
    expect(heard).toEqual(['step of a1', 'outcome of a1'])
  })

  test('have events made for them, which without them are not', () => {
    const run = new LiveRun<VillageStep>(() => {})
    const made: number[] = []
    const stepOf = (index: number): [{ planId: string; agentId: string; index: number; step: VillageStep }] => {
      made.push(index)
      return [{ planId: 'p', agentId: 'a', index, step: move }]
    }
    run.postMade('step', 0, stepOf)
    run.deliver()
    expect(made).toEqual([])
    run.postMade('step', 1, stepOf)
    const heard: number[] = []
    run.on('step', ({ index }) => heard.push(index))
    run.deliver()
    expect([made, heard]).toEqual([[1], [1]])
  })

  test('that throw, or fail later, are reported and the others still hear', async () => {
    const run = executorOf(answering(two)).run(villagers(2))
    const heard: string[] = []
    const errors: unknown[] = []
    run.on('outcome', () => {
      throw new Error('thrown')
    })
    run.on('outcome', async () => {
      throw new Error('rejected')
    })
    run.on('outcome', ({ agentId }) => heard.push(agentId))
    run.on('listenerError', error => errors.push(error))
    await run.result
    await turn()
    expect(heard).toEqual(['a0', 'a1'])
    expect(errors.map(error => error instanceof Error && error.message).sort()).toEqual([
      'rejected',
      'rejected',
      'thrown',
      'thrown',
    ])
  })

  test('for errors that throw themselves are called once per error, and harm nobody', async () => {
    const run = executorOf(answering(two)).run(villagers(2))
    let calls = 0
    run.on('step', () => {
      throw new Error('first')
    })
    run.on('listenerError', () => {
      calls += 1
      throw new Error('second')
    })
    expect((await run.result).outcomes.length).toBe(2)
    expect(calls).toBe(2)
  })

  test('for errors that fail later are not told of their own failure, or they would fail for ever', async () => {
    const run = executorOf(answering(two)).run(villagers(2))
    let calls = 0
    const failsLater = async () => {
      calls += 1
      // Ends what would never end, so that a broken guard fails the test and does not hang it.
      if (calls < 100) throw new Error('later')
    }
    run.on('step', failsLater)
    run.on('listenerError', failsLater)
    await run.result
    await turn()
    expect(calls).toBe(4)
  })

  test('hear once, or no more, as they asked', async () => {
    const run = executorOf(answering(two)).run(villagers(2))
    const heard: string[] = []
    const off = () => heard.push('off')
    run.once('step', ({ agentId }) => heard.push(`once ${agentId}`))
    run.on('step', off).off('step', off)
    run.once('outcome', off)
    run.off('outcome', off)
    await run.result
    expect(heard).toEqual(['once a0'])
  })

  test('keep the context they were registered with', async () => {
    const run = executorOf(answering(two)).run(villagers(2))
    const party = {
      names: [] as string[],
      join({ agentId }: { agentId: string }) {
        this.names.push(agentId)
      },
    }
    run.on('outcome', party.join, party)
    await run.result
    expect(party.names).toEqual(['a0', 'a1'])
  })
})

describe('the iterator', () => {
  const collect = async (run: AsyncIterable<{ agentId: string }>) => {
    const names: string[] = []
    for await (const { agentId } of run) names.push(agentId)
    return names
  }

  test('gives outcomes in the order of arrival, also to several and to late ones', async () => {
    const client = answering(replyText(planText('a1'), planText('a0')))
    const run = executorOf(client).run(villagers(2))
    const both = Promise.all([collect(run), collect(run)])
    expect((await run.result).outcomes.map(({ agentId }) => agentId)).toEqual(['a0', 'a1'])
    expect(await both).toEqual([
      ['a1', 'a0'],
      ['a1', 'a0'],
    ])
    expect(await collect(run)).toEqual(['a1', 'a0'])
  })

  test('gives each outcome as soon as it is known', async () => {
    const client = new FedClient()
    const run = executorOf(client).run(villagers(2))
    const outcomes = run[Symbol.asyncIterator]()
    const first = outcomes.next()
    await turn()
    client.call(0).write(`{"plans":[${planText('a1')}`)
    expect((await first).value).toMatchObject({ agentId: 'a1' })
    const second = outcomes.next()
    run.cancel('a0')
    expect((await second).value).toMatchObject({ agentId: 'a0' })
    expect((await outcomes.next()).done).toBe(true)
  })

  test('that is left stops listening, not the work', async () => {
    const client = new FedClient()
    const run = executorOf(client).run(villagers(2))
    await turn()
    client.call(0).write(`{"plans":[${planText('a1')}`)
    for await (const _ of run) break
    client.call(0).write(`,${planText('a0')}]}`)
    expect((await run.result).outcomes.map(inWords)).toEqual(['a0 model', 'a1 model'])
  })

  test('that is left while it waits is over at once, and the work goes on', async () => {
    const client = new FedClient()
    const run = executorOf(client).run(villagers(1))
    const outcomes = run[Symbol.asyncIterator]()
    const next = outcomes.next()
    const left = outcomes.return?.().then(() => 'left')
    expect(await Promise.race([left, turn()])).toBe('left')
    expect(await next).toEqual({ done: true, value: undefined })
    client.call(0).write(replyText(planText('a0')))
    expect(await outcomesOf(run)).toEqual(['a0 model'])
  })

  test('of a run without requests is over at once', async () => {
    expect(await collect(executorOf(new FedClient()).run([]))).toEqual([])
  })
})

test('a run chains as an emitter does', () => {
  const run = executorOf(new FedClient()).run([])
  const heard: VillageStep[] = []
  expect(run.on('step', ({ step }) => heard.push(step)).once('end', () => {})).toBe(run)
})
