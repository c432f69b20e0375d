import { describe, expect, test } from 'vitest'
import { arena, attack, emptyArena, move, wait } from './arena.ts'
import { Stage } from './stage.ts'

describe('requests', () => {
  test('of one tick go out as one run, with the newest world of each', () => {
    const stage = new Stage()
    stage.ask('b', { priority: 2 }).ask('a').ask('b', { world: emptyArena, instructions: 'Hide.' })
    stage.planner.observe('a', emptyArena)
    expect(stage.executor.runs).toHaveLength(0)
    stage.tick()
    expect(stage.executor.runs).toHaveLength(1)
    expect(stage.executor.lastRun.requests).toEqual([
      { agentId: 'a', world: emptyArena, priority: 0 },
      { agentId: 'b', world: emptyArena, priority: 0, instructions: 'Hide.' },
    ])
  })

  test('wait while all runs are taken, newest world first in line, and then go out together', () => {
    const stage = new Stage({ maxRunsInFlight: 2 })
    for (const id of ['a', 'b', 'c', 'd']) {
      stage.ask(id)
      expect(stage.tick()).toContain(`${id} thinking since ${id.charCodeAt(0) - 96}`)
    }
    expect(stage.executor.runs.map(run => run.agentIds)).toEqual([['a'], ['b']])
    expect(stage.planner.stats).toMatchObject({ thinking: 2, queued: 2 })
    stage.ask('c', { world: emptyArena })
    expect(stage.tick()).toEqual([])
    stage.executor.lastRun.plan('b', 'p1', [wait])
    stage.tick()
    expect(stage.executor.runs.map(run => run.agentIds)).toEqual([['a'], ['b'], ['c', 'd']])
    expect(stage.executor.lastRun.requests[0]?.world).toBe(emptyArena)
  })

  test('for an agent that the model is at work for cancel that, and nothing else', () => {
    const stage = new Stage()
    stage.ask('a').ask('b').tick()
    stage.ask('a')
    expect(stage.tick()).toEqual(['a thinking since 2'])
    expect(stage.executor.runs[0]?.cancelled).toEqual(['a'])
    expect(stage.executor.runs[1]?.agentIds).toEqual(['a'])
    expect(stage.tick()).toEqual([])
  })

  test('by the heuristic of an agent that is just being asked for again go out in the next tick', () => {
    const stage = new Stage()
    stage.ask('a').tick()
    // An executor's floor answers who is cancelled, by the game's heuristic.
    stage.executor.lastRun.cancel = () => void stage.ask('b').ask('a')
    stage.ask('a')
    expect(stage.tick()).toEqual(['a thinking since 2', 'b Wait f2#0'])
    expect(stage.tick()).toEqual(['b thinking since 3'])
    expect(stage.executor.runs.map(run => run.agentIds)).toEqual([['a'], ['a'], ['b']])
  })

  test('drop a plan that is here but has not started', () => {
    const stage = new Stage()
    stage.ask('a').tick()
    stage.executor.lastRun.plan('a', 'p1', [move(1)])
    stage.ask('a')
    expect(stage.tick()).toEqual(['a p1 superseded', 'a thinking since 2'])
    stage.tick()
    stage.done('a')
    expect(stage.tick()).toEqual(['a Wait f2#0'])
  })

  test('leave a plan in execution alone until the new one is here', () => {
    const stage = new Stage()
    stage.ask('a').tick()
    stage.executor.lastRun.plan('a', 'p1', [move(1), move(2), move(3)])
    stage.done('a')
    stage.tick()
    stage.ask('a').tick()
    stage.done('a')
    expect(stage.tick()).toEqual(['a MoveTo p1#1'])
    stage.executor.lastRun.plan('a', 'p2', [attack])
    expect(stage.tick()).toEqual([])
    stage.done('a')
    expect(stage.tick()).toEqual(['a p1 superseded', 'a Attack p2#0'])
  })

  test('of agents that their heuristic removes while they are superseded go nowhere', () => {
    const stage = new Stage()
    stage.ask('a').tick()
    stage.executor.lastRun.cancel = () => stage.planner.remove('a')
    stage.ask('a')
    expect(stage.tick()).toEqual([])
    expect([stage.executor.runs.length, stage.planner.has('a')]).toEqual([1, false])
  })

  test('of agents that are removed and met again are new ones: old results vanish', () => {
    const stage = new Stage()
    stage.ask('a').tick()
    const [old] = stage.executor.runs
    old?.plan('a', 'old', [move(1)])
    stage.planner.remove('a')
    stage.ask('a')
    expect(stage.tick()).toEqual(['a thinking since 2', 'a Wait f2#0'])
    stage.done('a')
    expect(stage.tick()).toEqual(['a Wait f3#0'])
    stage.executor.lastRun.plan('a', 'new', [move(2)])
    stage.done('a')
    expect(stage.tick()).toEqual(['a MoveTo new#0'])
  })
})

describe('a deadline', () => {
  test('counts from the tick after the request, cancels that agent alone, and is told once', async () => {
    const stage = new Stage({ deadlineTicks: 5 })
    stage.ask('a').ask('b', { deadlineTicks: 9 }).tick()
    const run = stage.executor.lastRun
    expect(await stage.quietTicks(4)).toEqual([])
    expect(run.cancelled).toEqual([])
    await stage.quietTicks(1)
    expect(run.cancelled).toEqual(['a'])
    expect(await stage.quietTicks(1)).toEqual(['a floor-a cancelled'])
    expect(stage.planner.stats).toMatchObject({ thinking: 1, running: 2 })
    await stage.quietTicks(3)
    expect(run.cancelled).toEqual(['a', 'b'])
  })

  test('that is over by a tick is not over for a plan that came in that tick', async () => {
    const stage = new Stage({ deadlineTicks: 5 })
    stage.ask('a').tick()
    await stage.quietTicks(4)
    stage.executor.lastRun.plan('a', 'p1', [move(1)])
    await stage.quietTicks(3)
    stage.done('a')
    expect(stage.tick()).toEqual(['a MoveTo p1#0'])
    expect(stage.executor.lastRun.cancelled).toEqual([])
  })

  test('waits for the event loop when a game catches up: what may have arrived meanwhile is taken in first', async () => {
    const stage = new Stage({ deadlineTicks: 5 })
    stage.ask('a').ask('b').tick()
    for (let tick = 0; tick < 500; tick += 1) expect(stage.tick()).toEqual([])
    expect(stage.executor.lastRun.cancelled).toEqual([])
    await Promise.resolve()
    stage.executor.lastRun.plan('a', 'p1', [move(1)])
    stage.tick()
    expect(stage.executor.lastRun.cancelled).toEqual(['b'])
    stage.done('a')
    expect(stage.tick()).toContain('a MoveTo p1#0')
  })

  test('also ends the wait for a run', async () => {
    const stage = new Stage({ deadlineTicks: 3, maxRunsInFlight: 1 })
    stage.ask('a', { deadlineTicks: 100 }).tick()
    stage.ask('b').tick()
    expect(await stage.quietTicks(3)).toEqual(['b unplanned-1/b/0 cancelled'])
    expect(stage.planner.stats).toMatchObject({ thinking: 1, queued: 0 })
    stage.executor.lastRun.plan('a', 'p1', [wait])
    stage.tick()
    expect(stage.executor.runs).toHaveLength(1)
  })

  test('of Infinity is none', async () => {
    const stage = new Stage({ deadlineTicks: Number.POSITIVE_INFINITY })
    stage.ask('a').tick()
    await stage.quietTicks(2000)
    expect(stage.executor.lastRun.cancelled).toEqual([])
  })
})

describe('text', () => {
  test('is told as it comes, a piece per field and tick, after the step', () => {
    const stage = new Stage()
    stage.ask('a').tick()
    const run = stage.executor.lastRun
    run.text('a', 'For ')
    run.text('a', 'honour!')
    run.text('a', 'flank', 'reasoning')
    stage.done('a')
    expect(stage.tick()).toEqual(['a Wait f2#0', 'a say: For honour!', 'a reasoning: flank'])
    run.text('a', ' Now!')
    expect(stage.tick()).toEqual(['a say:  Now!'])
    expect(stage.tick()).toEqual([])
  })

  test('for a request that was given up is not told', () => {
    const stage = new Stage()
    stage.ask('a').tick()
    const [run] = stage.executor.runs
    stage.ask('a').tick()
    run?.text('a', 'too late')
    expect(stage.tick()).toEqual([])
  })
})

describe('eager execution', () => {
  /** A draft whose first step runs already. */
  function started(options: ConstructorParameters<typeof Stage>[0] = {}): Stage {
    const stage = new Stage({ execution: 'eager', ...options })
    stage.ask('a').tick()
    stage.executor.lastRun.step('a', 'p1', 0, move(1))
    stage.done('a')
    expect(stage.tick()).toEqual(['a MoveTo p1#0'])
    return stage
  }

  test('starts with the first step, acts by heuristic where the next one is not here yet, and goes on', () => {
    const stage = started()
    const run = stage.executor.lastRun
    stage.done('a')
    expect(stage.tick()).toEqual(['a Wait f2#0'])
    run.step('a', 'p1', 1, move(2))
    stage.done('a')
    expect(stage.tick()).toEqual(['a MoveTo p1#1'])
    run.plan('a', 'p1', [move(1), move(2), move(3)])
    stage.done('a')
    expect(stage.tick()).toEqual(['a MoveTo p1#2'])
    stage.done('a')
    expect(stage.tick()).toEqual(['a Wait f3#0'])
  })

  test('a draft that was finished, and done, is not in the way of the next plan', () => {
    const stage = started()
    stage.executor.lastRun.plan('a', 'p1', [move(1)])
    stage.tick()
    stage.done('a')
    stage.tick()
    stage.ask('a').tick()
    stage.executor.lastRun.plan('a', 'p2', [move(2)])
    stage.done('a')
    expect(stage.tick()).toEqual(['a MoveTo p2#0'])
  })

  test('atomic execution waits for the plan’s own end', () => {
    const stage = new Stage()
    stage.ask('a').tick()
    stage.executor.lastRun.step('a', 'p1', 0, move(1))
    stage.done('a')
    expect(stage.tick()).toEqual(['a Wait f2#0'])
  })

  test.each([
    ['finish-step', ['a p1 revoked from 1: the reply was cut'], ['a Wait f2#0']],
    ['stop', ['a p1 revoked from 1: the reply was cut', 'a Wait f2#0'], []],
  ] as const)('a plan that fails after its first step is revoked: %s', (onPlanFailed, now, then) => {
    const stage = started({ onPlanFailed })
    stage.executor.lastRun.step('a', 'p1', 1, move(2))
    const running = stage.step('a')
    stage.executor.lastRun.fail('a')
    expect(stage.tick()).toEqual(now)
    stage.planner.settle(running, 'done')
    expect(stage.tick()).toEqual(then)
  })

  test('a model that is asked again starts over: the first draft is revoked, the second runs', () => {
    const stage = started()
    stage.executor.lastRun.step('a', 'p2', 0, attack)
    expect(stage.tick()).toEqual(['a p1 revoked from 1: the model started over'])
    stage.done('a')
    expect(stage.tick()).toEqual(['a Attack p2#0'])
    stage.executor.lastRun.plan('a', 'p2', [attack, wait], 're-ask')
    stage.done('a')
    expect(stage.tick()).toEqual(['a Wait p2#1'])
  })

  test('a draft that failed before its first step ran is dropped, and nobody revokes it', () => {
    const stage = new Stage({ execution: 'eager' })
    stage.ask('a').tick()
    stage.executor.lastRun.step('a', 'p1', 0, move(1))
    stage.tick()
    stage.executor.lastRun.fail('a')
    expect(stage.tick()).toEqual(['a p1 failed'])
    stage.done('a')
    expect(stage.tick()).toEqual(['a Wait f2#0'])
  })

  test('a deadline revokes what began and drops what did not', async () => {
    const stage = started({ deadlineTicks: 5 })
    stage.ask('b').tick()
    stage.executor.lastRun.step('b', 'p9', 0, move(9))
    expect(await stage.quietTicks(2)).toEqual([])
    expect(await stage.quietTicks(1)).toEqual(['a p1 revoked from 1: deadline'])
    expect(await stage.quietTicks(8)).toEqual(['b p9 cancelled'])
  })

  test('a new request supersedes the draft in execution; its step goes on', () => {
    const stage = started()
    stage.ask('a')
    expect(stage.tick()).toEqual(['a p1 superseded', 'a thinking since 3'])
    stage.done('a')
    expect(stage.tick()).toEqual(['a Wait f2#0'])
    expect(stage.executor.runs.map(run => run.cancelled)).toEqual([['a'], []])
    stage.executor.lastRun.plan('a', 'p2', [move(2)])
    stage.done('a')
    expect(stage.tick()).toEqual(['a MoveTo p2#0'])
  })

  test('an illegal step ends the draft, and the agent asks again', () => {
    const stage = started()
    stage.executor.lastRun.step('a', 'p1', 1, attack)
    stage.planner.observe('a', emptyArena)
    stage.done('a')
    expect(stage.tick()).toEqual(['a p1 illegal-now', 'a Wait f2#0'])
    expect(stage.tick()).toEqual(['a thinking since 4'])
    expect(stage.executor.runs.map(run => run.cancelled)).toEqual([['a'], []])
  })

  test('a finished draft knows which tier made it', () => {
    const stage = started()
    stage.executor.lastRun.plan('a', 'p1', [move(1), move(2)], 'simplified')
    stage.done('a')
    expect(stage.planner.tick(3)).toMatchObject([{ type: 'act', index: 1, tier: 'simplified' }])
  })

  test('a failed step ends the draft, and the model may stop', () => {
    const stage = started()
    stage.failed('a')
    expect(stage.executor.lastRun.cancelled).toEqual(['a'])
    expect(stage.tick()).toEqual(['a Wait f2#0'])
    expect(stage.planner.stats.thinking).toBe(0)
  })
})

test('worlds are looked at when they are used, not when they came', () => {
  const stage = new Stage()
  stage.ask('a', { world: arena }).tick()
  stage.executor.lastRun.plan('a', 'p1', [attack])
  stage.planner.observe('a', emptyArena)
  stage.planner.observe('a', arena)
  stage.done('a')
  expect(stage.tick()).toEqual(['a Attack p1#0'])
})
