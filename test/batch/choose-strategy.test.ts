import { describe, expect, test } from 'vitest'
import { chooseStrategy, medianFirstStepMs } from '../../src/batch/choose-strategy.ts'
import { type Machine, TimedReplies } from './timed-replies.ts'

const bounds = { agentsPerPrompt: 10, concurrency: 8 }

describe('before anything is seen', () => {
  test.each([
    [undefined, 8, 'one-prompt'],
    [1, 8, 'one-prompt'],
    [2, 8, 'fan-out'],
    [2, 1, 'one-prompt'],
  ])('%s slots, as the game says, and %i prompts at once: %s', (slots, concurrency, expected) => {
    const { pace } = new TimedReplies(slots)
    expect(chooseStrategy(pace, 6, { ...bounds, concurrency })).toBe(expected)
  })
})

test('one agent is one prompt, whatever is known', () => {
  expect(chooseStrategy(new TimedReplies(8).pace, 1, bounds)).toBe('one-prompt')
})

test('what the slots do is looked at after the first reply, unless only one prompt may be on its way', () => {
  const { pace } = new TimedReplies().play({ slots: 4, waitMs: 50, planMs: 400 }, 6)
  expect(chooseStrategy(pace, 6, bounds)).toBe('fan-out')
  expect(chooseStrategy(pace, 6, { ...bounds, concurrency: 1 })).toBe('one-prompt')
})

const seen = (machine: Machine) => new TimedReplies().play(machine, 6).play(machine, 1, 1, 1, 1, 1, 1).pace

test.each([
  ['several slots', { slots: 4, waitMs: 50, planMs: 400 }, 'fan-out'],
  ['one slot, and each prompt has its price', { slots: 1, waitMs: 100, planMs: 400 }, 'one-prompt'],
  ['one slot, and reading is what takes long', { slots: 1, waitMs: 0, tokenMs: 40, planMs: 400 }, 'fan-out'],
  ['a draw', { slots: 1, waitMs: 0, planMs: 400 }, 'one-prompt'],
  ['no time passes', { slots: 4, waitMs: 0, planMs: 0 }, 'one-prompt'],
])('by what was seen: %s', (_, machine, expected) => {
  expect(chooseStrategy(seen(machine), 6, bounds)).toBe(expected)
})

test.each([
  // One after another in one reply: the third and fourth first steps of six.
  [6, 10, 1, 100 + 200 + 2.5 * 400],
  // Two prompts, one after another: between the third agent of the first and the first of the second.
  [6, 3, 1, (100 + 200 + 2 * 400 + (100 + 3 * 400) + 100 + 200) / 2],
  // Two lanes: everybody's reply in three rounds.
  [6, 1, 2, 100 + 200 + 500],
  [5, 1, 8, 100 + 200],
])('%i agents, %i per prompt, %i at once: the median first step after %d ms', (agents, perPrompt, lanes, expected) => {
  const { pace } = new TimedReplies().play({ slots: 1, waitMs: 100, planMs: 400 }, 1, 1)
  // So that prompts of any length wait equally long.
  const flat = { waitMs: () => 100, writing: pace.writing.bind(pace) }
  expect(medianFirstStepMs(flat, agents, perPrompt, lanes)).toBe(expected)
})
