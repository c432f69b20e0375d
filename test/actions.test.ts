import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../src/actions.ts'

interface World {
  readonly enemies: readonly { readonly id: string }[]
}

const actions = defineActions(
  {
    Wait: { args: { seconds: z.number().positive() } },
    MoveTo: {
      args: { x: z.int(), y: z.int(), speed: z.enum(['walk', 'run']).optional() },
      doc: 'walk to a cell',
      ticks: { max: 60 },
    },
    Attack: {
      args: { target: z.string() },
      valid: ({ target }, _world, agentId) => target !== agentId || 'not yourself',
      check: ({ target }, world: World) => world.enemies.some(enemy => enemy.id === target) || `no enemy ${target}`,
    },
  },
  { world: z.custom<World>() },
)
const world: World = { enemies: [{ id: 'orc' }] }

test('names and signatures are sorted, whatever the order of declaration', () => {
  expect(actions.names).toEqual(['Attack', 'MoveTo', 'Wait'])
  expect(actions.signatures()).toBe(
    'Attack(target:string)\nMoveTo(x:int,y:int,speed?:walk|run) walk to a cell\nWait(seconds:number>0)',
  )
})

test.each([
  ['its arguments', { act: 'MoveTo', x: 1, y: 2 }, { act: 'MoveTo', x: 1, y: 2 }],
  ['an unknown argument, which is left out', { act: 'Wait', seconds: 1, why: 'tired' }, { act: 'Wait', seconds: 1 }],
])('a step is accepted with %s', (_, step, expected) => expect(actions.step.parse(step)).toEqual(expected))

test.each([
  ['an unknown action', { act: 'Fly' }],
  ['an action named like a method of every object', { act: 'constructor' }],
  ['a missing argument', { act: 'MoveTo', x: 1 }],
  ['a number with a fraction for an int', { act: 'MoveTo', x: 1.5, y: 2 }],
  ['a value outside the list', { act: 'MoveTo', x: 1, y: 2, speed: 'Run' }],
  ['no action', { x: 1 }],
  ['no object', 'Wait'],
])('a step is refused with %s', (_, step) => expect(actions.step.safeParse(step).success).toBe(false))

describe('rules', () => {
  test.each([
    ['valid', 'guard', true],
    ['valid', 'orc', 'not yourself'],
    ['check', 'guard', true],
  ] as const)('%s decides for %s', (rule, agentId, verdict) =>
    expect(actions[rule]({ act: 'Attack', target: 'orc' }, world, agentId)).toBe(verdict),
  )

  test('check reads the world as it is now', () =>
    expect(actions.check({ act: 'Attack', target: 'orc' }, { enemies: [] }, 'guard')).toBe('no enemy orc'))

  test('an action without rules is always right', () =>
    expect(actions.check({ act: 'Wait', seconds: 1 }, world, 'guard')).toBe(true))

  test.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new Error('boom')
      },
      'Jump.valid threw: boom',
    ],
    ['answers false', () => false, 'Jump refused'],
    ['answers an empty reason', () => '', 'Jump refused'],
  ])('a rule that %s refuses its step and nothing else', (_, rule, verdict) => {
    // Games in plain JavaScript can return anything.
    const jump = defineActions({ Jump: { args: {}, valid: rule as () => true } })
    expect(jump.valid({ act: 'Jump' }, {}, 'guard')).toBe(verdict)
  })
})

test('ticks come from the action', () => {
  expect(actions.ticks({ act: 'MoveTo', x: 1, y: 2 })).toEqual({ max: 60 })
  expect(actions.ticks({ act: 'Wait', seconds: 1 })).toEqual({})
})

test('the schema for servers lists the agents and puts agent before steps', () => {
  const schema = JSON.stringify(actions.jsonSchema(['a', 'b']))
  expect(schema).toContain('"enum":["a","b"]')
  expect(schema.indexOf('"agent":')).toBeLessThan(schema.indexOf('"steps":'))
  expect(schema).toContain('"minItems":2,"maxItems":2')
})

test.each([
  ['no action at all', () => defineActions({})],
  ['an action without a name', () => defineActions({ '': { args: {} } })],
  ['an argument called act', () => defineActions({ Jump: { args: { act: z.string() } } })],
])('a registry with %s is a TypeError', (_, define) => expect(define).toThrow(TypeError))

test('a rule that is async refuses, and may fail later without taking the process with it', async () => {
  const unhandled: unknown[] = []
  const hear = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', hear)
  // What no type allows is what this is for.
  const check = (() => Promise.reject(new Error('later'))) as unknown as () => true
  const { check: verdictOf } = defineActions({ Jump: { args: {}, check } })
  expect(verdictOf({ act: 'Jump' }, {}, 'guard')).toBe('Jump refused')
  await new Promise(resolve => setTimeout(resolve))
  process.off('unhandledRejection', hear)
  expect(unhandled).toEqual([])
})
