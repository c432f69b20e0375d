import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Planner } from '../../src/loop/planner.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { actions, aim, arena, attack, climb, emptyArena, move, wait } from './arena.ts'
import { HandFedExecutor } from './hand-fed-executor.ts'
import { Stage } from './stage.ts'

const NAMES = ['a', 'b', 'ab', 'ba', 'É', 'boss', '0', '10', '2']

describe('the arbiter of an agent’s time', () => {
  test('the heuristic acts while the model thinks, and the plan takes over at the end of a step', () => {
    const stage = new Stage()
    expect(stage.ask('guard').tick()).toEqual(['guard thinking since 1', 'guard Wait f1#0'])
    stage.executor.lastRun.plan('guard', 'p1', [move(1), move(2)])
    expect(stage.tick()).toEqual([])
    stage.done('guard')
    expect(stage.tick()).toEqual(['guard MoveTo p1#0'])
    stage.done('guard')
    expect(stage.tick()).toEqual(['guard MoveTo p1#1'])
  })

  test('without a plan of the model’s an agent goes on by heuristic, and nobody asks unasked', () => {
    const stage = new Stage()
    stage.ask('guard').tick()
    stage.executor.lastRun.plan('guard', 'p1', [move(1)])
    const seen = [1, 2, 3, 4].flatMap(() => {
      stage.done('guard')
      return stage.tick()
    })
    expect(seen).toEqual(['guard MoveTo p1#0', 'guard Wait f2#0', 'guard Wait f3#0', 'guard Wait f4#0'])
    expect(stage.executor.runs).toHaveLength(1)
  })

  test('a heuristic’s own plan runs step by step, and gives way to the model’s for good', () => {
    const stage = new Stage({}, new HandFedExecutor(() => [move(1), move(2), move(3)]))
    expect(stage.ask('guard').tick()).toContain('guard MoveTo f1#0')
    stage.done('guard')
    expect(stage.tick()).toEqual(['guard MoveTo f1#1'])
    stage.executor.lastRun.plan('guard', 'p1', [attack])
    stage.done('guard')
    expect(stage.tick()).toEqual(['guard Attack p1#0'])
    stage.done('guard')
    expect(stage.tick()).toEqual(['guard MoveTo f2#0'])
  })

  test('when the model fails, its floor is not used: the heuristic looks at the newest world', () => {
    const stage = new Stage({}, new HandFedExecutor(({ enemies }) => (enemies.length > 0 ? [attack] : [wait])))
    stage.ask('guard').tick()
    stage.executor.lastRun.fail('guard')
    stage.planner.observe('guard', emptyArena)
    stage.done('guard')
    expect(stage.tick()).toEqual(['guard floor-guard failed', 'guard Wait f2#0'])
    expect(stage.planner.stats.thinking).toBe(0)
  })

  test('directives come by priority, then by id in code units, whatever came first', () => {
    const stage = new Stage()
    for (const id of ['b', 'é', 'B', 'a', 'boss']) stage.ask(id, id === 'boss' ? { priority: 1 } : {})
    expect(stage.tick().filter(words => !words.includes('thinking'))).toEqual(
      ['boss', 'B', 'a', 'b', 'é'].map((id, index) => `${id} Wait f${index + 1}#0`),
    )
  })
})

describe('a step', () => {
  test('runs until it is settled, however many ticks that takes', async () => {
    const stage = new Stage()
    stage.ask('guard').tick()
    expect(await stage.quietTicks(200)).toEqual([])
    expect(stage.done('guard')).toBe(true)
    expect(stage.tick()).toEqual(['guard Wait f2#0'])
  })

  test('that is over cannot be settled again, nor can one that never was', () => {
    const stage = new Stage()
    stage.ask('guard').tick()
    const first = { ...stage.step('guard') }
    expect(stage.planner.settle(first, 'done')).toBe(true)
    expect(stage.planner.settle(first, 'failed')).toBe(false)
    stage.tick()
    for (const stranger of [first, { ...stage.step('guard'), index: 1 }, { ...first, agentId: 'nobody' }]) {
      expect(stage.planner.settle(stranger, 'done')).toBe(false)
    }
    expect(stage.tick()).toEqual([])
    expect(stage.planner.stats.running).toBe(1)
  })

  test('that fails ends its plan, and the model hears why when it is asked next', () => {
    const stage = new Stage()
    stage.ask('guard').tick()
    stage.executor.lastRun.plan('guard', 'p1', [move(1), move(2)])
    stage.done('guard')
    stage.tick()
    stage.failed('guard', 'a wall')
    expect(stage.tick()).toEqual(['guard Wait f2#0'])
    stage.ask('guard', { instructions: 'Hold the gate.' }).tick()
    expect(stage.executor.lastRun.requests).toEqual([
      { agentId: 'guard', world: arena, priority: 0, instructions: 'Hold the gate. Last time, MoveTo failed: a wall' },
    ])
    stage.ask('guard').tick()
    expect(stage.executor.lastRun.requests).toEqual([{ agentId: 'guard', world: arena, priority: 0 }])
  })

  test('lasts its ticks.min, however early it is settled', () => {
    const stage = new Stage({}, new HandFedExecutor(() => [aim]))
    stage.ask('guard').tick()
    expect(stage.done('guard')).toBe(true)
    expect(stage.failed('guard')).toBe(false)
    expect([stage.tick(), stage.tick(), stage.tick()]).toEqual([[], [], ['guard Aim f2#0']])
    stage.tick()
    stage.tick()
    expect(stage.done('guard')).toBe(true)
    expect(stage.tick()).toEqual(['guard Aim f3#0'])
  })

  test('fails at its ticks.max, and its plan with it', () => {
    const stage = new Stage()
    stage.ask('guard').tick()
    stage.executor.lastRun.plan('guard', 'p1', [climb, move(1)])
    stage.done('guard')
    expect([stage.tick(), stage.tick(), stage.tick(), stage.tick()]).toEqual([
      ['guard Climb p1#0'],
      [],
      [],
      ['guard Wait f2#0'],
    ])
    stage.ask('guard').tick()
    expect(stage.executor.lastRun.requests[0]?.instructions).toBe('Last time, Climb failed: max-ticks')
  })
})

test('a limit that is over in the tick in which a plan arrives is over', () => {
  const stage = new Stage({}, new HandFedExecutor(() => [climb]))
  stage.ask('guard').tick()
  stage.tick()
  stage.tick()
  stage.executor.lastRun.plan('guard', 'p1', [move(1)])
  expect(stage.tick()).toEqual(['guard MoveTo p1#0'])
})

test('a heuristic’s step that fails ends its plan as well', () => {
  const stage = new Stage({}, new HandFedExecutor(() => [move(1), move(2)]))
  stage.ask('guard').tick()
  stage.failed('guard')
  expect(stage.tick()).toEqual(['guard MoveTo f2#0'])
})

test.each([
  ['a fraction', { max: 1.5 }, 2],
  ['nothing', { max: 0 }, 1],
  ['less than nothing', { max: -5 }, 1],
  ['no number', { min: Number.NaN, max: Number.NaN }, Number.POSITIVE_INFINITY],
  ['less than its minimum', { min: 9, max: 4 }, 4],
])('a step’s limit of %s is one that a loop can keep', (_, ticks, expected) => {
  const executor = new HandFedExecutor()
  const stage = new Stage({}, Object.assign(executor, { actions: { ...actions, ticks: () => ticks } }))
  stage.ask('guard').tick()
  let lasted = 1
  while (stage.tick().length === 0 && lasted < 50) lasted += 1
  expect(lasted).toBe(Math.min(expected, 50))
})

test('a limit that is no number hides no deadline', async () => {
  const executor = new HandFedExecutor()
  const odd = { ...actions, ticks: () => ({ max: Number.NaN }) }
  const stage = new Stage({ deadlineTicks: 3 }, Object.assign(executor, { actions: odd }))
  stage.ask('guard').tick()
  await stage.quietTicks(3)
  expect(executor.lastRun.cancelled).toEqual(['guard'])
})

test('in which order things come between two ticks changes nothing', () =>
  fc.assert(
    fc.property(fc.shuffledSubarray(NAMES, { minLength: NAMES.length }), shuffled => {
      const play = (names: readonly string[]) => {
        const stage = new Stage({ execution: 'eager' })
        for (const name of names) stage.ask(name, { priority: name.length })
        const told = [stage.tick()]
        for (const name of names) stage.executor.lastRun.step(name, `p-${name}`, 0, move(1))
        for (const name of names) stage.done(name)
        told.push(stage.tick())
        for (const name of names) {
          if (name.includes('b')) stage.executor.lastRun.fail(name)
          else stage.executor.lastRun.plan(name, `p-${name}`, [move(1), attack])
        }
        for (const name of names) stage.done(name)
        told.push(stage.tick())
        return told
      }
      expect(play(shuffled)).toEqual(play(NAMES))
    }),
  ))

describe('what a game may do at any time', () => {
  test('unknown agents are nobody: observing, settling and removing them changes nothing', () => {
    const { planner } = new Stage()
    planner.observe('ghost', arena)
    planner.remove('ghost')
    expect(planner.settle({ agentId: 'ghost', planId: 'p', index: 0 }, 'done')).toBe(false)
    expect(planner.has('ghost')).toBe(false)
    expect(planner.tick(1)).toEqual([])
  })

  test('an agent is known from its request until it is removed', () => {
    const stage = new Stage()
    stage.ask('guard')
    expect(stage.planner.has('guard')).toBe(true)
    stage.tick()
    stage.planner.remove('guard')
    expect(stage.planner.has('guard')).toBe(false)
    expect(stage.executor.lastRun.cancelled).toEqual(['guard'])
    expect(stage.tick()).toEqual([])
    expect(stage.done('guard')).toBe(false)
  })

  test('who is removed before the next tick is never asked for', () => {
    const stage = new Stage()
    stage.ask('guard').planner.remove('guard')
    expect(stage.tick()).toEqual([])
    expect(stage.executor.runs).toEqual([])
  })

  test('stats count who waits, who is thought about, and who is busy', () => {
    const stage = new Stage()
    const { planner } = stage
    stage.ask('a').ask('b')
    expect(planner.stats).toEqual({ agents: 2, thinking: 0, running: 0, queued: 2 })
    stage.tick()
    expect(planner.stats).toEqual({ agents: 2, thinking: 2, running: 2, queued: 0 })
    stage.executor.lastRun.plan('a', 'p1', [wait])
    stage.tick()
    stage.done('b')
    expect(planner.stats).toEqual({ agents: 2, thinking: 1, running: 1, queued: 0 })
  })

  test.each([
    ['no deadline at all', { deadlineTicks: 0 }],
    ['a cool-down of NaN', { coolDownTicks: Number.NaN }],
    ['a negative age', { maxAgeTicks: -1 }],
    ['no runs', { maxRunsInFlight: 0 }],
  ])('%s is refused at once', (_, options) =>
    expect(() => new Planner({ executor: new HandFedExecutor(), ...options })).toThrow(RangeError),
  )

  test.each([
    ['an id that is no string', { agentId: JSON.parse('7') }, TypeError],
    ['a priority of NaN', { priority: Number.NaN }, RangeError],
    ['a deadline of 0', { deadlineTicks: 0 }, RangeError],
  ])('a request with %s is refused before it harms others', (_, wrong, error) => {
    const stage = new Stage()
    expect(() => stage.ask('guard', wrong)).toThrow(error)
    expect(stage.planner.stats.agents).toBe(0)
  })

  test('after close() there are no runs, no agents and no directives', () => {
    const stage = new Stage()
    stage.ask('a').ask('b').tick()
    stage.ask('c')
    stage.planner.close()
    stage.planner.close()
    expect(stage.executor.runs).toHaveLength(1)
    expect(stage.executor.lastRun.cancelled).toEqual(['a', 'b'])
    expect(stage.tick()).toEqual([])
    expect(stage.executor.runs).toHaveLength(1)
    expect(stage.done('a')).toBe(false)
    expect(stage.planner.stats).toEqual({ agents: 0, thinking: 0, running: 0, queued: 0 })
    expect(() => stage.ask('a')).toThrow('this planner is closed')
  })

  test('a heuristic that calls the planner back gets nothing, and harms nobody', () => {
    const seen: unknown[] = []
    const executor = new HandFedExecutor((_, agentId) => {
      if (agentId === 'a') {
        seen.push(stage.planner.tick(99))
        stage.planner.remove('b')
        stage.ask('c')
      }
      return [wait]
    })
    const stage = new Stage({}, executor)
    stage.ask('a').ask('b')
    expect(stage.tick()).toEqual(['a thinking since 1', 'a Wait f1#0'])
    expect(seen).toEqual([[]])
    expect(stage.tick()).toEqual(['c thinking since 2', 'c Wait f2#0'])
  })

  test('who is removed by the heuristic of another, in the tick that ends its step, is not looked at ever after', async () => {
    let looks = 0
    const clock = {
      now: () => {
        looks += 1
        return 0
      },
      setTimer: () => () => {},
    }
    const stage = new Stage({ deadlineTicks: 3, clock }, new HandFedExecutor(() => [climb]))
    stage.ask('a').ask('b').tick()
    stage.executor.lastRun.cancel = () => stage.planner.remove('b')
    expect(await stage.quietTicks(3)).toEqual(['a Climb f3#0'])
    stage.planner.remove('a')
    stage.tick({ maxMicros: 100 })
    expect([stage.planner.stats.agents, looks]).toEqual([0, 0])
  })

  test('an executor that breaks its promise is reported, and costs one agent one tick', () => {
    let broken = true
    const executor = new HandFedExecutor((_, agentId) => {
      if (agentId === 'a' && broken) throw new Error('no fallback')
      return [wait]
    })
    const errors: unknown[] = []
    const stage = new Stage({ onError: error => errors.push(error) }, executor)
    stage.ask('a').ask('b')
    expect(stage.tick()).toEqual(['a thinking since 1', 'b thinking since 1', 'b Wait f2#0'])
    expect(errors).toEqual([new Error('no fallback')])
    broken = false
    expect(stage.tick()).toEqual(['a Wait f3#0'])
  })
})

test('a run that cannot be cancelled is reported, and the others keep their limits', async () => {
  const errors: unknown[] = []
  const executor = new HandFedExecutor(() => [climb])
  const stage = new Stage({ onError: error => errors.push(error) }, executor)
  stage.ask('a', { deadlineTicks: 3 }).ask('b', { deadlineTicks: 3 }).tick()
  executor.lastRun.cancel = () => {
    throw new Error('no cancel')
  }
  expect(await stage.quietTicks(2)).toEqual([])
  expect(await stage.quietTicks(1)).toEqual(['a Climb f3#0', 'b Climb f4#0'])
  expect(errors).toEqual([new Error('no cancel'), new Error('no cancel')])
})

test('a run that cannot be cancelled is reported, and neither its agent nor the others lose their requests', () => {
  const errors: unknown[] = []
  const stage = new Stage({ onError: error => errors.push(error) })
  stage.ask('a').tick()
  stage.executor.lastRun.cancel = () => {
    throw new Error('no cancel')
  }
  stage.ask('a').ask('b')
  expect(stage.tick()).toEqual(['a thinking since 2', 'b thinking since 2', 'b Wait f2#0'])
  expect(stage.executor.lastRun.agentIds).toEqual(['a', 'b'])
  stage.planner.remove('a')
  expect(errors).toEqual([new Error('no cancel')])
})

test('whoever hears of errors may be async and fail, and the game goes on', async () => {
  const unhandled: unknown[] = []
  const hear = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', hear)
  const executor = new HandFedExecutor()
  executor.run = () => {
    throw new Error('no run')
  }
  const stage = new Stage({ onError: () => Promise.reject(new Error('no log')) }, executor)
  expect(stage.ask('a').tick()).toEqual(['a thinking since 1', 'a Wait f1#0'])
  await new Promise(resolve => setTimeout(resolve))
  process.off('unhandledRejection', hear)
  expect(unhandled).toEqual([])
})

test('a run that cannot be started is reported; everybody acts without it', async () => {
  const executor = new HandFedExecutor()
  executor.run = () => {
    throw new Error('no run')
  }
  const errors: unknown[] = []
  const stage = new Stage({ deadlineTicks: 3, onError: error => errors.push(error) }, executor)
  stage.ask('a')
  expect(stage.tick()).toEqual(['a thinking since 1', 'a Wait f1#0'])
  expect(errors).toEqual([new Error('no run')])
  await stage.quietTicks(4)
  expect(stage.planner.stats).toMatchObject({ thinking: 0, running: 1 })
})

describe('a tick', () => {
  test('without news returns the same frozen array', () => {
    const stage = new Stage()
    const { planner } = stage
    const idle = planner.tick(0)
    expect(idle).toEqual([])
    expect(Object.isFrozen(idle)).toBe(true)
    stage.ask('guard').tick()
    expect(planner.tick(2)).toBe(idle)
    stage.executor.lastRun.plan('guard', 'p1', [wait])
    expect(planner.tick(3)).toBe(idle)
  })

  test.each([
    ['set back', [100, 101, 3, 4, 5]],
    ['standing still', [7, 7, 7, 7, 7]],
    ['jumping', [1, 1e9, 1e9 + 1, 2e9, 2e9 + 1]],
    ['no number', [Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN]],
  ])('counts as one, with its number %s', async (_, numbers) => {
    const { planner, executor } = new Stage({ deadlineTicks: 4 })
    planner.request({ agentId: 'guard', world: arena })
    const thinking: number[] = []
    for (const number of numbers) {
      planner.tick(number)
      thinking.push(planner.stats.thinking)
      await Promise.resolve()
    }
    expect(thinking).toEqual([1, 1, 1, 1, 0])
    expect(executor.lastRun.cancelled).toEqual(['guard'])
  })

  test('with maxMicros needs a clock', () => {
    const executor = new HandFedExecutor()
    expect(() => new Planner({ executor }).tick(1, { maxMicros: 100 })).toThrow(RangeError)
    expect(new Planner({ executor, clock: new ManualClock() }).tick(1, { maxMicros: 100 })).toEqual([])
  })
})
