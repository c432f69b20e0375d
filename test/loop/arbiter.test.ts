import { describe, expect, test } from 'vitest'
import { BatchExecutor } from '../../src/batch/batch-executor.ts'
import { Planner } from '../../src/loop/planner.ts'
import { ScriptedClient } from '../../src/testing/scripted-client.ts'
import { type ArenaStep, actions, arena, attack, emptyArena, move, wait } from './arena.ts'
import { HandFedExecutor } from './hand-fed-executor.ts'
import { Stage } from './stage.ts'

/** A stage on which `a` has just been handed this plan, and is done with its first heuristic step. */
function withPlan(steps: readonly ArenaStep[], options: ConstructorParameters<typeof Stage>[0] = {}): Stage {
  const stage = new Stage(options)
  stage.ask('a').tick()
  stage.executor.lastRun.plan('a', 'p1', steps)
  stage.done('a')
  return stage
}

describe('a step that is illegal now', () => {
  test('is never issued: the rest of the plan is dropped, what was done stays done, and the agent asks again', () => {
    const stage = withPlan([move(1), attack, move(2)])
    expect(stage.tick()).toEqual(['a MoveTo p1#0'])
    stage.planner.observe('a', emptyArena)
    stage.done('a')
    expect(stage.tick()).toEqual(['a p1 illegal-now', 'a Wait f2#0'])
    expect(stage.tick()).toEqual(['a thinking since 4'])
    expect(stage.executor.lastRun.requests).toEqual([
      {
        agentId: 'a',
        world: emptyArena,
        priority: 0,
        instructions: 'Last time, Attack was not possible: no enemy orc',
      },
    ])
  })

  test('is checked against the newest world, not the one it was planned in', () => {
    const stage = new Stage()
    stage.ask('a', { world: emptyArena }).tick()
    stage.executor.lastRun.plan('a', 'p1', [attack])
    stage.planner.observe('a', arena)
    stage.done('a')
    expect(stage.tick()).toEqual(['a Attack p1#0'])
  })

  test('of the heuristic’s makes it think anew', () => {
    const executor = new HandFedExecutor(({ enemies }) => (enemies.length > 0 ? [wait, attack] : [move(1)]))
    const stage = new Stage({}, executor)
    stage.ask('a').tick()
    stage.planner.observe('a', emptyArena)
    stage.done('a')
    expect(stage.tick()).toEqual(['a MoveTo f2#0'])
  })

  test('does not ask again while a newer request is under way', () => {
    const stage = withPlan([move(1), attack])
    stage.tick()
    stage.ask('a').tick()
    stage.planner.observe('a', emptyArena)
    stage.done('a')
    expect(stage.tick()).toEqual(['a p1 illegal-now', 'a Wait f2#0'])
    expect(stage.tick()).toEqual([])
    expect(stage.executor.runs).toHaveLength(2)
  })
})

test('an agent whose every plan is illegal asks less and less often; one finished plan ends that', async () => {
  const stage = new Stage({ coolDownTicks: 10 })
  stage.ask('a', { world: emptyArena })
  const askedAt: number[] = []
  let plan: readonly ArenaStep[] = [attack]
  for (let tick = 1; tick <= 720; tick += 1) {
    const runs = stage.executor.runs.length
    stage.tick()
    if (stage.executor.runs.length > runs) {
      askedAt.push(tick)
      stage.executor.lastRun.plan('a', `p${tick}`, plan)
    }
    plan = tick < 500 ? [attack] : [move(1), move(2)]
    stage.done('a')
  }
  const pauses = askedAt.slice(1).map((at, index) => at - (askedAt[index] ?? 0))
  expect(pauses).toEqual([2, 10, 20, 40, 80, 160, 160, 160])

  stage.executor.lastRun.plan('a', 'last', [attack])
  stage.ask('a').tick()
  stage.executor.lastRun.plan('a', 'better', [move(1)])
  stage.done('a')
  stage.tick()
  stage.done('a')
  stage.ask('a', { world: emptyArena }).tick()
  stage.executor.lastRun.plan('a', 'illegal', [attack])
  stage.done('a')
  expect(stage.tick()[0]).toBe('a illegal illegal-now')
  expect(stage.tick()[0]).toMatch(/^a thinking/)
})

describe('a plan too old', () => {
  test.each([
    ['as old as allowed', 10, ['a MoveTo p1#0']],
    ['a tick older', 11, ['a p1 stale', 'a Wait f2#0']],
  ])('when it could start, %s', async (_, age, expected) => {
    const stage = new Stage({ maxAgeTicks: 10 })
    stage.ask('a').tick()
    await stage.quietTicks(age - 1)
    stage.executor.lastRun.plan('a', 'p1', [move(1)])
    stage.done('a')
    expect(stage.tick()).toEqual(expected)
  })

  test('is asked for again', () => {
    const stage = new Stage({ maxAgeTicks: 1 })
    stage.ask('a').tick()
    stage.tick()
    stage.executor.lastRun.plan('a', 'p1', [move(1)])
    stage.done('a')
    expect(stage.tick()[0]).toBe('a p1 stale')
    expect(stage.tick()).toEqual(['a thinking since 4'])
  })

  test('ages only until it starts', async () => {
    const stage = withPlan([move(1), move(2)], { maxAgeTicks: 2 })
    stage.tick()
    await stage.quietTicks(50)
    stage.done('a')
    expect(stage.tick()).toEqual(['a MoveTo p1#1'])
  })
})

test('an empty plan of the model’s is one that is done', () => {
  const stage = withPlan([])
  expect(stage.tick()).toEqual(['a Wait f2#0'])
})

test('the emergency is issued as it is: there is nothing below it', () => {
  const executor = new BatchExecutor({ client: new ScriptedClient([]), actions, emergency: [attack] })
  const planner = new Planner({ executor })
  planner.request({ agentId: 'a', world: emptyArena })
  expect(planner.tick(1)).toMatchObject([{ type: 'thinking' }, { type: 'act', step: attack, tier: 'emergency' }])
  planner.close()
})

test('an illegal heuristic is not issued, and is tried again in the next tick', () => {
  const stage = new Stage({}, new HandFedExecutor(() => [attack]))
  stage.ask('a', { world: emptyArena })
  expect(stage.tick()).toEqual(['a thinking since 1'])
  stage.planner.observe('a', arena)
  expect(stage.tick()).toEqual(['a Attack f1#0'])
})
