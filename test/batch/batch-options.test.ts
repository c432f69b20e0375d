import { expect, test } from 'vitest'
import { FedClient } from './fed-client.ts'
import { ask, executorOf, type Options } from './village.ts'

const client = new FedClient()

test.each([
  [{ maxAgentsPerPrompt: 0 }, 'maxAgentsPerPrompt is 0: use a whole number from 1 up'],
  [{ maxAgentsPerPrompt: 2.5 }, 'maxAgentsPerPrompt is 2.5: use a whole number from 1 up'],
  [{ concurrency: 0 }, 'concurrency is 0: use a whole number from 1 up'],
  [{ concurrency: Number.NaN }, 'concurrency is NaN: use a whole number from 1 up'],
  [{ reAsks: -1 }, 'reAsks is -1: use a whole number from 0 up'],
  [{ tokensPerPlan: 0 }, 'tokensPerPlan is 0: use a whole number from 1 up'],
  [{ outputBudget: 0 }, 'outputBudget is 0: use a whole number from 1 up'],
  [{ planCacheSize: 1.5 }, 'planCacheSize is 1.5: use a whole number from 0 up'],
  [{ minAttemptMs: -1 }, 'minAttemptMs is -1: use 0 or more'],
  [{ seed: 0.5 }, 'seed is 0.5: use a whole number'],
  [{ limits: { steps: 0 } }, 'limits.steps must be above 0, not 0'],
  [{ slots: 0 }, 'slots is 0: use a whole number from 1 up'],
  // A caller in JavaScript.
  [{ strategy: 'both' as 'fan-out' }, "strategy is 'both': use 'one-prompt' or 'fan-out' or 'auto'"],
] satisfies [Partial<Options>, string][])('an executor with %j is refused', (options, message) => {
  expect(() => executorOf(client, options)).toThrow(new RangeError(message))
})

test.each([
  [{ maxTokens: 0 }, 'maxTokens must be a positive integer; got 0'],
  [{ timeouts: { idleMs: -5 } }, 'timeouts.idleMs must be more than 0 milliseconds, or Infinity for none; got -5'],
  [
    { timeouts: { totalMs: Number.NaN } },
    'timeouts.totalMs must be more than 0 milliseconds, or Infinity for none; got NaN',
  ],
  [{ temperature: -1 }, 'temperature must be 0 or more; got -1'],
  [{ seed: 0.5 }, 'seed must be an integer; got 0.5'],
])('a run with %j is refused at the call', (options, message) => {
  expect(() => executorOf(client).run([ask('a')], options)).toThrow(new RangeError(message))
})

test('an option that is present but undefined counts as absent', () => {
  // What callers without exactOptionalPropertyTypes may write.
  const timeouts = { totalMs: undefined } as unknown as { readonly totalMs?: number }
  expect(() => executorOf(client).run([ask('a')], { timeouts, maxTokens: undefined })).not.toThrow()
})
