import { describe, expect, test } from 'vitest'
import { move, wait } from './arena.ts'
import { Stage } from './stage.ts'

/** Has the model answer this agent once, after so many ticks. */
async function observe(stage: Stage, agentId: string, ticks: number): Promise<void> {
  stage.ask(agentId).tick()
  await stage.quietTicks(ticks - 1)
  stage.executor.lastRun.plan(agentId, `p-${agentId}`, [move(1)])
  stage.tick()
}

describe('more agents than the model can serve', () => {
  test('go out in runs of maxBatchAgents, by priority', () => {
    const stage = new Stage({ maxBatchAgents: 2, maxRunsInFlight: 2 })
    for (const id of ['d', 'c', 'b', 'a']) stage.ask(id)
    stage.ask('vip', { priority: 1 }).tick()
    expect(stage.executor.runs.map(run => run.agentIds)).toEqual([
      ['vip', 'a'],
      ['b', 'c'],
    ])
    expect(stage.planner.stats).toMatchObject({ thinking: 4, queued: 1 })
  })

  test('are refused at once where the queue cannot make the deadline; the heuristic acts, and nobody thinks', async () => {
    const stage = new Stage({ maxBatchAgents: 1, maxRunsInFlight: 1 })
    await observe(stage, 'a', 20)
    stage.ask('a').ask('b', { deadlineTicks: 45 }).ask('c', { deadlineTicks: 45 }).ask('d').tick()
    expect(stage.tick()).toEqual([])
    expect(stage.planner.stats).toMatchObject({ thinking: 1, queued: 2 })
    stage.ask('e', { deadlineTicks: 45 })
    expect(stage.tick()).toEqual(['e unplanned-2/e/0 refused', 'e Wait f5#0'])
  })

  test('an agent has one request in flight: a newer one takes its place', () => {
    const stage = new Stage()
    for (let i = 0; i < 5; i += 1) stage.ask('a').tick()
    expect(stage.executor.runs.map(run => run.cancelled)).toEqual([['a'], ['a'], ['a'], ['a'], []])
    expect(stage.planner.stats).toMatchObject({ thinking: 1, queued: 0 })
  })
})

describe('an agent whom the model fails', () => {
  async function failing(stage: Stage): Promise<string[]> {
    stage.ask('a').tick()
    await stage.quietTicks(9)
    if (stage.planner.stats.thinking === 1) stage.executor.lastRun.fail('a')
    return stage.tick()
  }

  test('is told so, once a request', async () => {
    const stage = new Stage()
    expect(await failing(stage)).toEqual(['a floor-a failed'])
    expect(await stage.quietTicks(5)).toEqual([])
  })

  test('is asked for again at once the first time, and then after a pause that doubles', async () => {
    const stage = new Stage({ coolDownTicks: 30 })
    const gaps: number[] = []
    for (let round = 0; round < 5; round += 1) {
      stage.ask('a')
      gaps.push(await stage.ticksUntilRun())
      stage.executor.lastRun.fail('a')
      await stage.quietTicks(1)
    }
    // From one request's going out to the next one's; a tick of it passes before the failure is known.
    expect(gaps).toEqual([1, 1, 29, 59, 119])
  })

  test('is refused when the pause is longer than it can wait; a plan by the model ends all pauses', async () => {
    const stage = new Stage({ coolDownTicks: 50 })
    await failing(stage)
    await failing(stage)
    stage.ask('a', { deadlineTicks: 20 })
    expect(stage.tick()).toEqual(['a unplanned-1/a/0 refused'])
    await stage.quietTicks(40)
    stage.ask('a').tick()
    stage.executor.lastRun.plan('a', 'p1', [wait])
    stage.tick()
    await failing(stage)
    expect(stage.ask('a').tick()).toEqual(['a thinking since 77'])
    expect(stage.planner.stats.thinking).toBe(1)
  })

  test('costs its neighbours no pause', async () => {
    const stage = new Stage({ coolDownTicks: 50 })
    await failing(stage)
    await failing(stage)
    stage.ask('a').ask('b').tick()
    expect(stage.executor.lastRun.agentIds).toEqual(['b'])
    expect(stage.planner.stats).toMatchObject({ thinking: 1, queued: 1 })
  })
})
