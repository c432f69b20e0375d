import { describe, expect, test } from 'vitest'
import { left, TimedReplies } from './timed-replies.ts'

const machine = { slots: 1, waitMs: 100, planMs: 400 }

describe('slots', () => {
  test.each([
    ['nothing known', undefined, 0, [], undefined],
    ['what the game says', 3, 0, [], 3],
    ['one prompt tells nothing', undefined, 4, [5], undefined],
    ['all at once', undefined, 4, [1, 1, 1], 3],
    ['others had to wait', undefined, 2, [1, 1, 1, 1], 2],
    ['what is seen outweighs what was said', 8, 2, [1, 1, 1, 1], 2],
    ['too few prompts to refute it', 8, 8, [1, 1], 8],
    ['a server with one', undefined, 1, [1, 1], 1],
  ])('%s', (_, said, slots, prompts, expected) => {
    const { pace } = new TimedReplies(said).play({ ...machine, slots: slots || 1 }, ...prompts)
    expect(pace.slots).toBe(expected)
  })

  test('are tested up to as many prompts as there were, or as a queue shows', () => {
    const roomy = new TimedReplies().play({ ...machine, slots: 4 }, 1, 1)
    expect([2, 3].map(prompts => roomy.pace.slotsTested(prompts))).toEqual([true, false])
    const full = new TimedReplies().play(machine, 1, 1)
    expect(full.pace.slotsTested(50)).toBe(true)
  })

  test('have to be looked at again when no prompt has had company for long', () => {
    const replies = new TimedReplies().play(machine, 1, 1)
    for (let i = 0; i < 30; i += 1) replies.play(machine, 5)
    expect(replies.pace.slotsTested(2)).toBe(true)
    replies.play(machine, 5)
    expect(replies.pace.slotsTested(2)).toBe(false)
  })
})

test('waiting in line is not reading: it counts from when the server could begin', () => {
  const { pace } = new TimedReplies().play(machine, 1, 1, 1, 1)
  expect(pace.waitMs(1)).toBe(100)
})

test('a longer prompt takes longer, by the lower of two upper bounds', () => {
  const { pace } = new TimedReplies().play({ ...machine, waitMs: 0, tokenMs: 2 }, 1, 1)
  expect(pace.waitMs(5)).toBe(100)
  const both = new TimedReplies().play({ ...machine, tokenMs: 2 }, 5).play({ ...machine, tokenMs: 2 }, 1, 1)
  expect([1, 5, 10].map(agents => both.pace.waitMs(agents))).toEqual([120, 200, 400])
})

test('what the server itself says was queueing or loading is no reading either', () => {
  const { clock, pace } = new TimedReplies()
  const timing = pace.sent({ agents: 1, sharedTokens: 5, agentTokens: 10 })
  clock.advance(1000)
  timing.text()
  timing.plan()
  const timings = { firstTextMs: 1000, totalMs: 1000, queueMs: 300, loadMs: 500 }
  timing.over({ type: 'finished', completion: { text: '', finishReason: 'stop', usage: {}, timings } })
  expect(pace.waitMs(1)).toBe(200)
})

test('writing is remembered by how many replies were written at once', () => {
  const { pace } = new TimedReplies()
    .play({ ...machine, slots: 2, planMs: 600 }, 1, 1)
    .play({ ...machine, planMs: 400 }, 5)
  expect(pace.writing(true, 2)).toEqual({ firstStepMs: 300, planMs: 600 })
  expect(pace.writing(false, 1)).toEqual({ firstStepMs: 200, planMs: 400 })
  // Never seen: the nearest that was.
  expect(pace.writing(true, 8)).toEqual({ firstStepMs: 300, planMs: 600 })
})

test('a reply without a plan says nothing, and is not counted as one on its way', () => {
  const { clock, pace } = new TimedReplies()
  const timing = pace.sent({ agents: 1, sharedTokens: 0, agentTokens: 10 })
  clock.advance(1000)
  timing.text()
  timing.over(left)
  expect(pace.known).toBe(false)
  expect(pace.slots).toBeUndefined()
  const lone = pace.sent({ agents: 1, sharedTokens: 0, agentTokens: 10 })
  lone.text()
  lone.plan()
  lone.over(left)
  expect(pace.slotsTested(2)).toBe(false)
})

test('an old pace is forgotten', () => {
  const replies = new TimedReplies().play({ ...machine, planMs: 9000 }, 5)
  for (let i = 0; i < 16; i += 1) replies.play(machine, 5)
  expect(replies.pace.writing(false, 1).planMs).toBe(400)
})
