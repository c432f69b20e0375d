import { expect, test } from 'vitest'
import { isFloor, PlanTrack } from '../../src/loop/plan-track.ts'
import { type ArenaStep, move } from './arena.ts'

test('a track is used up when its last step was issued and no more can come', () => {
  const track = new PlanTrack<ArenaStep>('p', 'model', [move(1)], 0, true)
  expect([track.nextStep, track.usedUp]).toEqual([move(1), false])
  track.issued = 1
  expect([track.nextStep, track.usedUp]).toEqual([undefined, false])
  track.open = false
  expect(track.usedUp).toBe(true)
})

test.each([
  ['model', false],
  ['re-ask', false],
  ['simplified', false],
  ['heuristic', true],
  ['emergency', true],
] as const)('a plan by %s is of the floor: %s', (tier, floor) => expect(isFloor(tier)).toBe(floor))
