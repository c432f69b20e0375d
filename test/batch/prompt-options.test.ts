import { expect, test } from 'vitest'
import { type BatchExecutorOptions, settingsOf } from '../../src/batch/batch-options.ts'
import { PlanTicket } from '../../src/batch/plan-ticket.ts'
import { promptOptions } from '../../src/batch/prompt-options.ts'
import { PromptCompressor } from '../../src/compress/prompt-compressor.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { ScriptedClient } from '../../src/testing/scripted-client.ts'
import type { PlanRequest } from '../../src/world.ts'
import { actions, ask, type VillageStep, type World, wait } from './village.ts'

const NO_ALIASES: ReadonlyMap<string, string> = new Map()
const GUARD_AND_COOK = [ask('guard'), ask('cook')]

function settings(more: Partial<BatchExecutorOptions<VillageStep, World>> = {}) {
  return settingsOf({ client: new ScriptedClient([]), actions, emergency: [wait], clock: new ManualClock(), ...more })
}

const tickets = (requests: readonly PlanRequest<World>[]) =>
  requests.map(request => new PlanTicket<VillageStep, World>(request, 0))

test.each([
  ['nobody says', GUARD_AND_COOK, undefined, 0],
  ['the highest of its agents', [ask('guard', { priority: -3 }), ask('cook', { priority: 7 })], undefined, 7],
  ['all below none', [ask('guard', { priority: -3 }), ask('cook', { priority: -4 })], undefined, -3],
  ["the run's own goes first", [ask('guard', { priority: 7 })], 2, 2],
])('the priority in a queue: %s', (_, requests, priority, expected) => {
  const options = priority === undefined ? {} : { priority }
  expect(promptOptions(settings(), options, tickets(requests), NO_ALIASES).priority).toBe(expected)
})

test.each([
  ['not asked for', {}, {}, NO_ALIASES, undefined],
  ['of its agents', { constrain: true }, {}, NO_ALIASES, actions.jsonSchema(['guard', 'cook'])],
  ['as the prompt calls them', { constrain: true }, {}, new Map([['a1', 'cook']]), actions.jsonSchema(['guard', 'a1'])],
  ["the run's own goes first", { constrain: true }, { format: 'json' as const }, NO_ALIASES, 'json'],
])('the format: %s', (_, more, options, aliases, expected) => {
  expect(promptOptions(settings(more), options, tickets(GUARD_AND_COOK), aliases).format).toEqual(expected)
})

test.each([
  ['compact answers', { answer: 'compact' as const }],
  ['tool calls', { dialect: 'hermes-tools' as const }],
])('output that is not the JSON of the schema cannot be held to it: %s', (_, options) => {
  const compressor = new PromptCompressor({ actions, ...options })
  expect(() => settings({ constrain: true, compressor })).toThrow(RangeError)
})

test('time left is that of the last deadline', () => {
  const requests = [ask('guard', { deadlineMs: 500 }), ask('cook', { deadlineMs: 2000 })]
  expect(promptOptions(settings(), {}, tickets(requests), NO_ALIASES).timeouts).toEqual({ totalMs: 2000 })
  expect(promptOptions(settings(), { timeouts: { totalMs: 9 } }, tickets(requests), NO_ALIASES).timeouts?.totalMs).toBe(
    9,
  )
})
