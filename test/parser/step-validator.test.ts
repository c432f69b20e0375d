import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { StepValidator } from '../../src/parser/step-validator.ts'
import { skirmishActions } from './skirmish.ts'

const WORLD = () => ({ enemies: ['e1'] })

describe.each([false, true])('with zod’s jitless %s', jitless => {
  // A schema takes the setting it is made under, so each needs schemas of its own.
  beforeAll(() => {
    z.config({ jitless })
  })
  afterAll(() => {
    z.config({ jitless: false })
  })

  test.each([
    ['an unknown action', { act: 'Fly' }, 'act: expected one of Attack, MoveTo, Patrol, Say, Wait, got "Fly"'],
    ['no action', { x: 1 }, 'act: expected one of Attack, MoveTo, Patrol, Say, Wait, got nothing'],
    ['a wrong type', { act: 'Wait', seconds: '2' }, 'seconds: expected number, got "2"'],
    ['infinity', { act: 'Wait', seconds: Number.POSITIVE_INFINITY }, 'seconds: expected number, got Infinity'],
    ['a fraction', { act: 'MoveTo', x: 1.5, y: 1 }, 'x: expected int, got 1.5'],
    ['a missing argument', { act: 'MoveTo', x: 1 }, 'y: expected number, got nothing'],
    ['another name', { act: 'MoveTo', x: 1, y: 1, speed: 'Run' }, 'speed: expected one of walk, run, got "Run"'],
    [
      'a place deep inside',
      { act: 'Patrol', waypoints: [{ x: 1, y: null }] },
      'waypoints[0].y: expected number, got null',
    ],
    [
      'a number that is too small',
      { act: 'Wait', seconds: -1 },
      'seconds: Too small: expected number to be >0, got -1',
    ],
    ['a rule of the game', { act: 'Attack', target: 'e9' }, 'no enemy e9'],
  ])('%s', (_, step, reason) => {
    const validator = new StepValidator(skirmishActions(), WORLD, false)
    expect(validator.validate(structuredClone(step), 'cook', [])).toEqual({ ok: false, reason })
  })

  test.each([
    ['numbers as strings', { act: 'MoveTo', x: '1', y: ' 2 ' }, { act: 'MoveTo', x: 1, y: 2 }],
    ['the case of names', { act: 'moveto', x: 1, y: '2', speed: 'RUN' }, { act: 'MoveTo', x: 1, y: 2, speed: 'run' }],
    ['strings as numbers', { act: 'Say', text: 3 }, { act: 'Say', text: '3' }],
  ])('coerce: %s', (_, step, expected) => {
    const coerced = new StepValidator(skirmishActions(), WORLD, true).validate(structuredClone(step), 'cook', [
      'before',
    ])
    expect(coerced).toMatchObject({
      ok: true,
      step: expected,
      repairs: expect.arrayContaining(['before', expect.stringMatching(/: read .* as /)]),
    })
    expect(
      new StepValidator(skirmishActions(), WORLD, false).validate(structuredClone(step), 'cook', []),
    ).toMatchObject({
      ok: false,
    })
  })

  test.each([
    ['', { act: 'Wait', seconds: '' }],
    ['words', { act: 'Wait', seconds: 'two' }],
    ['hex', { act: 'Wait', seconds: '0x2' }],
  ])('coerce does not read a number from %s', (_, step) =>
    expect(new StepValidator(skirmishActions(), WORLD, true).validate(step, 'cook', []).ok).toBe(false),
  )

  test('a world that throws what has no words harms its own step alone', () => {
    const world = () => {
      throw Object.create(null)
    }
    expect(
      new StepValidator(skirmishActions(), world, false).validate({ act: 'Wait', seconds: 2 }, 'cook', []),
    ).toEqual({
      ok: false,
      reason: expect.stringContaining('validation threw: '),
    })
  })
})
