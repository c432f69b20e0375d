import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../../src/actions.ts'
import { BatchExecutor } from '../../../src/batch/batch-executor.ts'
import { PromptCompressor } from '../../../src/compress/prompt-compressor.ts'
import { HermesOllamaClient } from '../../../src/llm/hermes-ollama-client.ts'
import { SeededRandom } from '../../../src/seeded-random.ts'
import { HERMES_QUIRKS, type HermesQuirk, SimulatedOllama } from '../../../src/testing/index.ts'
import { withinGrammar, writeWithQuirks } from '../../../src/testing/ollama/hermes-quirks.ts'

const PLANS = [
  {
    agent: 'g-1',
    steps: [
      { act: 'MoveTo', x: 1, run: true },
      { act: 'Say', text: "it's" },
    ],
  },
  { agent: 'g-2', steps: [{ act: 'Wait', until: null }] },
]
const PLAIN = JSON.stringify({ plans: PLANS })
const write = (...quirks: HermesQuirk[]) => writeWithQuirks(PLANS, quirks, new SeededRandom(1))

describe('a quirk', () => {
  test.each<readonly [HermesQuirk, string | RegExp]>([
    [
      'python-dict',
      "{'plans':[{'agent':'g-1','steps':[{'act':'MoveTo','x':1,'run':True},{'act':'Say','text':'it\\'s'}]},{'agent':'g-2','steps':[{'act':'Wait','until':None}]}]}",
    ],
    ['trailing-commas', /\{"act":"Wait","until":null,\},\],\},\],\}$/],
    ['smart-quotes', /^\{“plans”:\[\{“agent”:“g-1”/],
    ['raw-newlines', /^\{"note":"first\nsecond","plans"/],
    ['inner-quotes', /^\{"note":"the "old" bridge",/],
    ['ellipsis', /, \.\.\.\]\}\]\}$/],
    ['array', /^\[\{"agent".*\]$/],
    ['cut-short', /^\{"plans".*[^}]$/],
    ['renamed-keys', /\{"action":"MoveTo","x":1/],
    ['missing-keys', /\{"act":"MoveTo","x":1\}/],
    ['extra-keys', /"run":true,"confidence":0.9\}/],
    ['numbers-as-strings', /"x":"1"/],
    ['enum-case', /"act":"moveto"/],
    ['arguments-as-string', /"act":"Wait","arguments":"\{\\"until\\":null\}"/],
    ['unsafe-text', /"thought":"hp < 3 && \\"run\\" <\/tool_call>"/],
    ['unclosed-fence', /^```json\n\{[^`]*$/],
    ['unclosed-tool-call', /^<tool_call>\{[^<]*$/],
    ['scratch-pad', /^<scratch_pad>\nGoal/],
    ['as-the-user', /<\|im_start\|>user\nThank you/],
    ['empty', /^$/],
  ])('%s', (quirk, expected) => {
    if (typeof expected === 'string') expect(write(quirk)).toBe(expected)
    else expect(write(quirk)).toMatch(expected)
  })

  test('always changes the reply, and none leaves it as it is', () => {
    expect(write()).toBe(PLAIN)
    for (const quirk of HERMES_QUIRKS) expect([quirk, write(quirk)]).not.toEqual([quirk, PLAIN])
  })

  test('comes with others', () =>
    expect(write('prose-before', 'fenced', 'numbers-as-strings')).toMatch(/^Sure!.*```json\n\{.*"x":"1".*```$/s))

  test('that a grammar forbids leaves JSON', () => {
    const allowed = withinGrammar(HERMES_QUIRKS)
    expect(allowed).toContain('numbers-as-strings')
    for (const quirk of allowed) {
      if (['cut-short', 'loop', 'as-the-user', 'empty'].includes(quirk)) continue
      expect(() => JSON.parse(write(quirk)), quirk).not.toThrow()
    }
  })
})

/** What leaves too little of the reply, or other values than the game's: these may cost the model's plan. */
const MAY_COST: readonly HermesQuirk[] = [
  ...(['empty', 'cut-short', 'missing-keys', 'renamed-keys'] as const),
  ...(['numbers-as-strings', 'enum-case', 'arguments-as-string'] as const),
]

test('whatever the model does to its reply, each agent gets a plan; no quirk of writing costs the model’s own', async () => {
  const actions = defineActions({ MoveTo: { args: { x: z.int().min(0).max(9), y: z.int().min(0).max(9) } } })
  const tiers = new Map<HermesQuirk, string>()
  for (const quirk of HERMES_QUIRKS) {
    const server = await SimulatedOllama.start({ profile: 'instant', quirks: [quirk] })
    const executor = new BatchExecutor({
      client: new HermesOllamaClient({ baseUrl: server.url }),
      compressor: new PromptCompressor({ actions }),
      actions,
      reAsks: 0,
      emergency: [{ act: 'MoveTo', x: 0, y: 0 }],
    })
    const { outcomes } = await executor.run(['a', 'b'].map(agentId => ({ agentId, world: { hp: 3 } }))).result
    expect(outcomes).toHaveLength(2)
    tiers.set(quirk, outcomes.every(({ tier }) => tier === 'model') ? 'model' : 'lost')
    await server.stop()
  }
  const lost = [...tiers].filter(([, tier]) => tier === 'lost').map(([quirk]) => quirk)
  expect(lost.filter(quirk => !MAY_COST.includes(quirk))).toEqual([])
})
