import { expect, test } from 'vitest'
import { OpenRuns } from '../../src/loop/open-runs.ts'
import { Thought } from '../../src/loop/thought.ts'
import { type Arena, type ArenaStep, arena, move, wait } from './arena.ts'
import { HandFedExecutor } from './hand-fed-executor.ts'

function opened({ eager = false } = {}) {
  const executor = new HandFedExecutor()
  const errors: unknown[] = []
  const runs = new OpenRuns<ArenaStep, Arena>(executor, eager, error => errors.push(error))
  const thoughts = new Map(['a', 'b'].map(id => [id, new Thought<ArenaStep>(id, 99)]))
  runs.start(
    [...thoughts.keys()].map(agentId => ({ agentId, world: arena })),
    thoughts,
  )
  const arrived = () => [...runs.takeArrivals()].map(({ agentId }) => agentId).sort()
  return { runs, run: executor.lastRun, thoughts, arrived, executor, errors }
}

test('what arrives is taken once, however much it was', () => {
  const { runs, run, arrived } = opened()
  expect(runs.hasArrivals).toBe(false)
  run.text('a', 'one')
  run.text('a', 'two')
  run.plan('b', 'p', [wait])
  expect(runs.hasArrivals).toBe(true)
  expect(arrived()).toEqual(['a', 'b'])
  expect(runs.hasArrivals).toBe(false)
  expect(arrived()).toEqual([])
})

test('strangers in a run are nobody’s', () => {
  const { runs, run } = opened({ eager: true })
  run.plan('ghost', 'p', [wait])
  run.text('ghost', 'boo')
  run.step('ghost', 'p', 0, wait)
  expect(runs.hasArrivals).toBe(false)
})

test('single steps are listened to only where they are wanted', () => {
  for (const eager of [true, false]) {
    const { runs, run } = opened({ eager })
    run.step('a', 'p', 0, move(1))
    expect(runs.hasArrivals).toBe(eager)
  }
})

test('a run counts until it ends', () => {
  const { runs, run } = opened()
  expect(runs.size).toBe(1)
  run.plan('a', 'p', [wait])
  expect(runs.size).toBe(1)
  run.fail('b')
  expect(runs.size).toBe(0)
})

test('closing cancels every run, and leaves nothing to take', () => {
  const { runs, run } = opened()
  runs.close()
  expect(run.cancelled).toEqual(['a', 'b'])
  expect([runs.size, runs.hasArrivals]).toEqual([0, false])
})

test('a run that cannot be cancelled is reported, and the others are closed', () => {
  const { runs, run, executor, errors } = opened()
  runs.start([{ agentId: 'c', world: arena }], new Map([['c', new Thought<ArenaStep>('c', 99)]]))
  run.cancel = () => {
    throw new Error('no cancel')
  }
  runs.close()
  expect(errors).toEqual([new Error('no cancel')])
  expect([runs.size, executor.lastRun.cancelled]).toEqual([0, ['c']])
})
