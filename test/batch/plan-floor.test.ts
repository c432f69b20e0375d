import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { FedClient } from './fed-client.ts'
import { actions, ask, attack, executorOf, inWords, move, type VillageStep, wait } from './village.ts'

const client = new FedClient()
const emergency: readonly VillageStep[] = [wait]

/** A heuristic as careless JavaScript would write it. */
// biome-ignore lint/suspicious/noExplicitAny: what no type allows is what this is for.
const careless = (answer: () => any) => answer

describe('the floor without a model', () => {
  test.each([
    ['no heuristic', undefined, 'guard emergency', emergency],
    ['a legal heuristic', () => [attack, move], 'guard heuristic', [attack, move]],
    ['one with nothing to say', () => [], 'guard emergency after heuristic:empty-plan', emergency],
    [
      'one with an unknown action',
      careless(() => [{ act: 'Fly' }]),
      'guard emergency after heuristic:heuristic-failed',
      emergency,
    ],
    [
      'one with an illegal argument',
      careless(() => [move, { act: 'MoveTo', x: 'near', y: 0 }]),
      'guard emergency after heuristic:heuristic-failed',
      emergency,
    ],
    [
      'one that this world refuses',
      () => [{ act: 'Attack' as const, target: 'ghost' }],
      'guard emergency after heuristic:heuristic-failed',
      emergency,
    ],
    [
      'one whose first step is illegal now',
      () => [{ act: 'MoveTo' as const, x: 9, y: 0 }],
      'guard emergency after heuristic:heuristic-failed',
      emergency,
    ],
    [
      'one whose second step is illegal now, and may be legal by then',
      () => [move, { act: 'MoveTo' as const, x: 9, y: 0 }],
      'guard heuristic',
      [move, { act: 'MoveTo', x: 9, y: 0 }],
    ],
    [
      'one that throws',
      careless(() => {
        throw new Error('no path')
      }),
      'guard emergency after heuristic:heuristic-failed',
      emergency,
    ],
    [
      'one that throws what has no words',
      careless(() => {
        throw Object.create(null)
      }),
      'guard emergency after heuristic:heuristic-failed',
      emergency,
    ],
    [
      'one whose list has holes',
      careless(() => new Array(2)),
      'guard emergency after heuristic:heuristic-failed',
      emergency,
    ],
    ['one that is async', careless(async () => [move]), 'guard emergency after heuristic:heuristic-failed', emergency],
  ])('%s', (_, heuristic, words, steps) => {
    const outcome = executorOf(client, heuristic && { heuristic }).fallback(ask('guard'))
    expect(inWords(outcome)).toBe(words)
    expect(outcome.plan.steps).toEqual(steps)
  })

  test('an async heuristic that fails later does not take the process with it', async () => {
    const unhandled: unknown[] = []
    const hear = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', hear)
    executorOf(client, { heuristic: careless(() => Promise.reject(new Error('later'))) }).fallback(ask('guard'))
    await new ManualClock().advanceAsync(0)
    process.off('unhandledRejection', hear)
    expect(unhandled).toEqual([])
  })

  test('the game hears what its heuristic said', () => {
    const heuristic = () => {
      throw new Error('no path to the gate')
    }
    const [attempt] = executorOf(client, { heuristic }).fallback(ask('guard')).attempts
    expect(attempt?.error.message).toBe('no path to the gate')
  })

  test('the heuristic sees the world and the name of its agent', () => {
    const heuristic = (seen: unknown, agentId: string): VillageStep[] =>
      seen === ask('guard').world && agentId === 'guard' ? [attack] : []
    expect(executorOf(client, { heuristic }).fallback(ask('guard')).tier).toBe('heuristic')
  })

  test('a step of the heuristic is copied without what the action does not know', () => {
    const step = { ...move, why: 'tired' }
    expect(executorOf(client, { heuristic: () => [step] }).fallback(ask('guard')).plan.steps).toEqual([move])
  })

  test('every plan has its own id, and no run has the same', async () => {
    const executor = executorOf(client, { clock: { now: () => 0, setTimer: () => () => {} } })
    const ids = [executor.fallback(ask('guard')).plan.planId, executor.fallback(ask('guard')).plan.planId]
    const run = executor.run([ask('guard')])
    run.cancel()
    ids.push(...(await run.result).outcomes.map(({ plan }) => plan.planId))
    expect(ids).toEqual(['fallback-1/guard/1', 'fallback-2/guard/1', 'run-1/guard/1'])
  })
})

describe('emergency steps are checked once, when the executor is made', () => {
  test.each([
    ['none', []],
    ['an unknown action', [{ act: 'Fly' }]],
    ['a wrong argument', [wait, { act: 'Wait', seconds: -1 }]],
  ])('%s', (_, steps) => {
    // A caller in JavaScript: the types refuse all three, or cannot see the range.
    const careless = steps as unknown as VillageStep[]
    expect(() => executorOf(client, { emergency: careless })).toThrow(TypeError)
  })

  test('the message says which step and which argument', () => {
    const steps: VillageStep[] = [wait, { act: 'Wait', seconds: -1 }]
    expect(() => executorOf(client, { emergency: steps })).toThrow(/emergency\[1\]: seconds/)
  })

  test('outcomes share them, so nobody can change them', () => {
    const { steps } = executorOf(client).fallback(ask('guard')).plan
    expect(Object.isFrozen(steps) && Object.isFrozen(steps[0])).toBe(true)
    expect(actions.step.safeParse(steps[0]).success).toBe(true)
  })
})
