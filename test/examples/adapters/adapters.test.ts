import { EventEmitter } from 'eventemitter3'
import { World } from 'miniplex'
import { describe, expect, test } from 'vitest'
import { fixedTimestep } from '../../../examples/adapters/fixed-timestep.ts'
import { plannerSystem, type Thinker } from '../../../examples/adapters/miniplex-system.ts'
import { onUpdate } from '../../../examples/adapters/update-hook.ts'
import { type Arena, type ArenaStep, arena, move } from '../../loop/arena.ts'
import { Stage } from '../../loop/stage.ts'

describe('a plain loop with a fixed timestep', () => {
  function looped() {
    const { planner, executor } = new Stage()
    const log: string[] = []
    const frame = fixedTimestep(
      planner,
      { ticksPerSecond: 50, maxCatchUp: 4 },
      tick => log.push(`update ${tick}`),
      directive => log.push(directive.type),
    )
    return { planner, executor, log, frame }
  }

  test('ticks as often as time says, however frames fall', () => {
    const { log, frame } = looped()
    for (const deltaMs of [5, 5, 5, 5, 40, 19, 1]) frame(deltaMs)
    expect(log).toEqual(['update 1', 'update 2', 'update 3', 'update 4'])
  })

  test('catches up after a stall, but not for ever', () => {
    const { log, frame } = looped()
    frame(60_000)
    expect(log).toHaveLength(4)
  })

  test('performs what each tick brings', () => {
    const { planner, log, frame } = looped()
    planner.request({ agentId: 'a', world: arena })
    frame(40)
    expect(log).toEqual(['update 1', 'thinking', 'act', 'update 2'])
  })
})

describe('a system for miniplex', () => {
  function village() {
    const { planner, executor } = new Stage()
    const world = new World<Partial<Thinker<ArenaStep, Arena>> & { hp?: number }>()
    return { planner, executor, world, system: plannerSystem(planner, world.with('agentId', 'look')) }
  }

  test('gives every thinking entity a step, and the model’s once it is there', () => {
    const { executor, world, system } = village()
    const guard = world.add({ agentId: 'guard', look: () => arena })
    world.add({ hp: 3 })
    system(1)
    expect(executor.runs.map(run => run.agentIds)).toEqual([['guard']])
    expect(guard).toMatchObject({ act: { tier: 'heuristic' } })
    executor.lastRun.plan('guard', 'p1', [move(1), move(2)])
    Object.assign(guard, { result: 'done' })
    system(2)
    expect(guard).toMatchObject({ act: { planId: 'p1', index: 0, step: move(1) } })
    system(3)
    expect(guard).toMatchObject({ act: { planId: 'p1', index: 0 } })
    Object.assign(guard, { result: 'done' })
    system(4)
    expect(guard).toMatchObject({ act: { planId: 'p1', index: 1, step: move(2) } })
  })

  test('forgets who leaves the world, and asks again for who wants it', () => {
    const { planner, executor, world, system } = village()
    const guard = world.add({ agentId: 'guard', look: () => arena })
    const cook = world.add({ agentId: 'cook', look: () => arena })
    system(1)
    world.remove(guard)
    Object.assign(cook, { wantsAPlan: true })
    system(2)
    expect([planner.has('guard'), planner.has('cook')]).toEqual([false, true])
    expect(executor.runs.map(run => run.agentIds)).toEqual([['cook', 'guard'], ['cook']])
  })
})

describe('an engine’s update event', () => {
  test('ticks once per update, and no more once stopped', () => {
    const { planner } = new Stage()
    const engine = new EventEmitter()
    const told: string[] = []
    const stop = onUpdate(engine, 'postupdate', planner, ({ type }) => told.push(type))
    planner.request({ agentId: 'a', world: arena })
    engine.emit('postupdate')
    engine.emit('postupdate')
    expect(told).toEqual(['thinking', 'act'])
    stop()
    engine.emit('postupdate')
    expect([engine.listenerCount('postupdate'), planner.stats.agents]).toEqual([0, 0])
  })
})
