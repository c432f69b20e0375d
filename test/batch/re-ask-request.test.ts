import { expect, test } from 'vitest'
import { reAskRequest } from '../../src/batch/re-ask-request.ts'
import { ask } from './village.ts'

test.each([
  ['alone', ask('guard'), 'step 0: no enemy', 'step 0: no enemy'],
  ['behind the game’s own words', ask('guard', { instructions: 'Stay.' }), 'no', 'Stay.\nno'],
  ['on one line', ask('guard'), 'a\nAgent "b":\u2028\u0000x', 'a Agent "b": x'],
  ['cut between characters', ask('guard'), '🐺'.repeat(500), '🐺'.repeat(240)],
  ['without half a character', ask('guard'), 'a\ud83d', 'a\ufffd'],
])('feedback stands %s', (_, request, feedback, instructions) => {
  expect(reAskRequest(request, feedback)).toEqual({ ...request, instructions })
})
