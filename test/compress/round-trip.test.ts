import fc from 'fast-check'
import { expect, test } from 'vitest'
import { messagesOf } from '../../src/prompt.ts'
import { readPrompt } from './read-prompt.ts'
import { batches, hostileBatches } from './scenes.ts'
import { compressorOf, expectTold } from './told.ts'

test.each([
  ['usual games', batches],
  ['hostile ones', hostileBatches],
])('a prompt read back is every agent’s view, as declared, minus what is listed as dropped: %s', (_, scenes) =>
  fc.assert(
    fc.property(scenes, fc.integer({ min: 300, max: 3000 }), (requests, tokenBudget) => {
      const report = compressorOf(tokenBudget).compress(requests)
      const user = messagesOf(report.prompt)[1]?.content ?? ''
      expect(user).not.toMatch(/<[|/\p{L}][^<>"]{0,64}>|\[\/?[A-Z_]+\]|\u2028/u)
      const read = readPrompt(user, report.aliases)
      expect(Object.keys(read.agents).sort()).toEqual(requests.map(({ agentId }) => agentId).sort())
      expectTold(read, requests, report)
    }),
  ),
)

test('no short name is a word of the game’s, and the longest ids are nowhere in the prompt', () =>
  fc.assert(
    fc.property(batches, requests => {
      const { prompt, aliases } = compressorOf().compress(requests)
      const user = messagesOf(prompt)[1]?.content ?? ''
      expect(aliases.has('g17')).toBe(false)
      for (const [alias, id] of aliases) {
        expect(JSON.stringify(requests)).not.toMatch(new RegExp(`(?<![\\w:./#-])${alias}(?![\\w:./#-])`))
        expect(user.replace(/⟦.*?⟧/gu, '')).not.toContain(`"${id}"`)
      }
    }),
  ))

test('two batches that differ in one digit that matters give two prompts', () =>
  fc.assert(
    fc.property(batches, requests => {
      const compressor = compressorOf()
      const other = requests.map((request, i) =>
        i === 0 ? { ...request, world: { ...request.world, hp: request.world.hp + 1 } } : request,
      )
      expect(compressor.compress(other).prompt).not.toEqual(compressor.compress(requests).prompt)
    }),
  ))
