import { describe, expect, test } from 'vitest'
import { ChaosGame, type ChaosOptions } from './chaos-game.ts'

describe('a game in which everything happens that can', () => {
  test.each<[string, Omit<ChaosOptions, 'agents' | 'agentTicks'>]>([
    ['atomic', { seed: 1 }],
    ['eager', { seed: 2, execution: 'eager' }],
    ['eager, stopping at once', { seed: 3, execution: 'eager', onPlanFailed: 'stop' }],
  ])('%s: nobody stands still, nothing illegal is issued, and good days are good', async (_, options) => {
    const books = await new ChaosGame({ ...options, agents: 60, agentTicks: 250_000 }).play()
    expect(books.offences).toEqual([])
    expect(books.agentTicks).toBeGreaterThan(100_000)
    expect(books.revoked > 0).toBe(options.execution === 'eager')
    expect(books.asked).toBeGreaterThan(150)
    expect(books.servedShare).toBeGreaterThanOrEqual(0.9)
    expect(books.askedCalmly).toBeGreaterThan(50)
    expect(books.plannedCalmlyShare).toBeGreaterThanOrEqual(0.9)
    expect(books.untilPlannedCalmly.longest).toBeLessThanOrEqual(2 * books.untilPlannedCalmly.mean)
  })

  test('the same seed is the same game, directive by directive; another seed is another', async () => {
    const options = { agents: 12, agentTicks: 6000 }
    const [one, again, other] = [
      await new ChaosGame({ ...options, seed: 3 }).play(),
      await new ChaosGame({ ...options, seed: 3 }).play(),
      await new ChaosGame({ ...options, seed: 4 }).play(),
    ]
    expect(one.directives).toBeGreaterThan(100)
    expect([again.digest, again.directives]).toEqual([one.digest, one.directives])
    expect(other.digest).not.toBe(one.digest)
  })
})
