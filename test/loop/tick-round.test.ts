import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { attack, emptyArena, move, wait } from './arena.ts'
import { HandFedExecutor } from './hand-fed-executor.ts'
import { Stage } from './stage.ts'

const NAMES = Array.from({ length: 50 }, (_, index) => `n${String(index).padStart(2, '0')}`)

/** Fifty agents whose plans all land now, none of them busy. */
function fiftyLanding(): Stage {
  const stage = new Stage({ maxBatchAgents: 50 })
  for (const name of NAMES) stage.ask(name)
  stage.tick()
  for (const name of NAMES) {
    stage.executor.lastRun.plan(name, `p-${name}`, [move(1), move(2)])
    stage.done(name)
  }
  return stage
}

test('an agent that its own heuristic removes is told no step', () => {
  const stage: Stage = new Stage(
    {},
    new HandFedExecutor((_, agentId) => {
      if (agentId === 'dead') stage.planner.remove(agentId)
      return [wait]
    }),
  )
  stage.ask('alive').ask('dead')
  expect(stage.tick()).toEqual(['alive thinking since 1', 'alive Wait f1#0', 'dead thinking since 1'])
  stage.done('alive')
  expect(stage.tick()).toEqual(['alive Wait f3#0'])
})

describe('a tick’s budget', () => {
  test.each([
    ['maxDirectives', { maxDirectives: 7 }],
    ['maxPlans', { maxPlans: 7 }],
  ])('with fifty plans landing at once, %s bounds the tick, and the rest follows in order', (_, budget) => {
    const stage = fiftyLanding()
    const ticks = Array.from({ length: 8 }, () => stage.tick(budget))
    expect(ticks.map(directives => directives.length)).toEqual([7, 7, 7, 7, 7, 7, 7, 1])
    expect(ticks.flat()).toEqual(NAMES.map(name => `${name} MoveTo p-${name}#0`))
  })

  test('without a budget all fifty start in one tick', () => expect(fiftyLanding().tick()).toHaveLength(50))

  test('left out is left out once: whoever waited longest comes first, whatever the others’ priority', () => {
    const stage = new Stage()
    stage.ask('low').ask('high', { priority: 9 }).tick()
    const acts: string[] = []
    for (let tick = 0; tick < 10; tick += 1) {
      for (const id of ['low', 'high']) if (acts.length === 0 || acts.at(-1)?.startsWith(id)) stage.done(id)
      acts.push(...stage.tick({ maxDirectives: 1 }))
    }
    expect(acts.map(words => words.split(' ')[0])).toEqual([
      'high',
      'low',
      'high',
      'low',
      'high',
      'low',
      'high',
      'low',
      'high',
      'low',
    ])
  })

  test('starves nobody: the low come to their turn however many high ones there are', () => {
    const stage = new Stage()
    stage.ask('low')
    for (const id of ['h1', 'h2', 'h3', 'h4']) stage.ask(id, { priority: 9 })
    stage.tick()
    for (const id of ['low', 'h1', 'h2', 'h3', 'h4']) stage.done(id)
    const acts: string[] = []
    for (let tick = 0; tick < 20; tick += 1) {
      acts.push(...stage.tick({ maxDirectives: 1 }).map(words => words.split(' ')[0] ?? ''))
      stage.done(acts.at(-1) ?? '')
    }
    expect(acts.filter(id => id === 'low')).toHaveLength(4)
  })

  test('is kept inside one agent as well: what is told first comes first, and nothing is told twice', () => {
    const stage = new Stage()
    stage.ask('a').tick()
    stage.executor.lastRun.plan('a', 'p1', [attack])
    stage.planner.observe('a', emptyArena)
    stage.done('a')
    expect(stage.tick({ maxDirectives: 1 })).toEqual(['a p1 illegal-now'])
    expect(stage.tick({ maxDirectives: 1 })).toEqual(['a thinking since 3'])
    expect(stage.tick({ maxDirectives: 1 })).toEqual(['a Wait f2#0'])
    expect(stage.tick({ maxDirectives: 1 })).toEqual([])
  })

  test('of nothing lets nothing through, and loses nothing', () => {
    const stage = new Stage()
    stage.ask('a')
    for (const budget of [{ maxDirectives: 0 }, { maxDirectives: 0.5 }]) expect(stage.tick(budget)).toEqual([])
    expect(stage.tick({ maxPlans: 0 })).toEqual(['a thinking since 1'])
    expect(stage.tick()).toEqual(['a Wait f1#0'])
  })

  test('of nothing, for long, piles nothing up', () => {
    const stage = new Stage()
    for (let tick = 0; tick < 100; tick += 1) stage.ask('a').tick({ maxDirectives: 0 })
    expect(stage.tick()).toEqual(['a thinking since 1', 'a Wait f1#0'])
  })

  test('counts a heuristic’s plan as a plan, but not its further steps', () => {
    const stage = new Stage({}, new HandFedExecutor(() => [move(1), move(2)]))
    stage.ask('a').tick()
    stage.done('a')
    expect(stage.tick({ maxPlans: 0 })).toEqual(['a MoveTo f1#1'])
    stage.done('a')
    expect(stage.tick({ maxPlans: 0 })).toEqual([])
  })

  test('puts text last: it gives way to steps, and is joined to what comes', () => {
    const stage = new Stage()
    stage.ask('a').ask('b').tick()
    const run = stage.executor.lastRun
    run.text('a', 'one ')
    stage.done('b')
    expect(stage.tick({ maxDirectives: 0 })).toEqual([])
    run.text('a', 'two')
    expect(stage.tick({ maxDirectives: 1 })).toEqual(['b Wait f3#0'])
    expect(stage.tick({ maxDirectives: 1 })).toEqual(['a say: one two'])
    expect(stage.tick()).toEqual([])
  })

  test('in microseconds is looked at between agents, and somebody is always served', () => {
    const clock = new ManualClock()
    const executor = new HandFedExecutor(() => {
      clock.advance(1)
      return [wait]
    })
    const stage = new Stage({ clock }, executor)
    for (const id of ['a', 'b', 'c', 'd']) stage.ask(id)
    const acts = (words: string[]) => words.filter(word => word.includes('Wait'))
    expect(acts(stage.tick({ maxMicros: 1500 }))).toEqual(['a Wait f1#0', 'b Wait f2#0'])
    expect(acts(stage.tick({ maxMicros: 0 }))).toEqual(['c Wait f3#0'])
    expect(acts(stage.tick({ maxMicros: 1e6 }))).toEqual(['d Wait f4#0'])
  })

  test('in microseconds outlives a clock that throws: nobody is lost, nor what others were told', () => {
    let read = 0
    const clock = Object.assign(new ManualClock(), {
      now: () => {
        read += 1
        if (read === 2) throw new Error('no time')
        return 0
      },
    })
    const errors: unknown[] = []
    const stage = new Stage({ clock, onError: error => errors.push(error) })
    for (const id of ['a', 'b']) stage.ask(id)
    expect(stage.tick({ maxMicros: 1000 })).toEqual(['a thinking since 1', 'a Wait f1#0'])
    expect(stage.tick({ maxMicros: 1000 })).toEqual(['b thinking since 1', 'b Wait f2#0'])
    expect(errors).toEqual([new Error('no time')])
  })

  test('in microseconds leaves nobody’s deadline out', async () => {
    const stage = new Stage({ clock: new ManualClock(), deadlineTicks: 3 })
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) stage.ask(id)
    for (let tick = 0; tick < 4; tick += 1) {
      stage.tick({ maxMicros: 0 })
      await Promise.resolve()
    }
    expect(stage.executor.lastRun.cancelled).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })
})
