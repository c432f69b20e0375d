import { expect, test } from 'vitest'
import { PromptLanes } from '../../src/batch/prompt-lanes.ts'

/** Someone who takes a lane whenever it is his turn, as often as he wants one. */
function walker(lanes: PromptLanes, log: string[], name: string, wanted = 1) {
  let left = wanted
  const turn = () => {
    while (left > 0 && lanes.take(turn)) {
      left -= 1
      log.push(name)
    }
  }
  return turn
}

const later = () => new Promise<void>(resolve => queueMicrotask(resolve))

test('no more than there are; the others come when one is given back, in the order of asking', async () => {
  const lanes = new PromptLanes(2)
  const log: string[] = []
  for (const name of ['a', 'b', 'c', 'd']) walker(lanes, log, name)()
  expect(log).toEqual(['a', 'b'])
  lanes.giveBack()
  // Not yet: whoever gave it back is in the middle of something.
  expect(log).toEqual(['a', 'b'])
  await later()
  expect(log).toEqual(['a', 'b', 'c'])
  lanes.giveBack()
  lanes.giveBack()
  await later()
  expect(log).toEqual(['a', 'b', 'c', 'd'])
})

test('who wants several takes turns with the others', async () => {
  const lanes = new PromptLanes(1)
  const log: string[] = []
  const greedy = walker(lanes, log, 'greedy', 3)
  const other = walker(lanes, log, 'other', 2)
  greedy()
  other()
  // It asked for its second lane before the other came.
  for (let i = 0; i < 5; i += 1) {
    lanes.giveBack()
    await later()
  }
  expect(log).toEqual(['greedy', 'greedy', 'other', 'greedy', 'other'])
})

test('a newcomer does not overtake those in line, and who has left is not called', async () => {
  const lanes = new PromptLanes(1)
  const log: string[] = []
  walker(lanes, log, 'a')()
  const gone = walker(lanes, log, 'gone')
  gone()
  walker(lanes, log, 'b')()
  lanes.leave(gone)
  lanes.giveBack()
  walker(lanes, log, 'newcomer')()
  await later()
  expect(log).toEqual(['a', 'b'])
})

test('a turn that is not used goes to the next', async () => {
  const lanes = new PromptLanes(1)
  const log: string[] = []
  walker(lanes, log, 'a')()
  lanes.take(() => log.push('not any more'))
  walker(lanes, log, 'b')()
  lanes.giveBack()
  await later()
  expect(log).toEqual(['a', 'not any more', 'b'])
})
