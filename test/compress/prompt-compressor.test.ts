import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import type { AgentView } from '../../src/compress/agent-view.ts'
import { estimateTokens } from '../../src/compress/estimate-tokens.ts'
import { PromptCompressor, type PromptReport } from '../../src/compress/prompt-compressor.ts'
import { messagesOf } from '../../src/prompt.ts'
import type { PlanRequest } from '../../src/world.ts'

const actions = defineActions({ Wait: { args: { seconds: z.number() }, doc: 'do nothing' } })

interface World {
  readonly hp: number
  readonly gate?: string
  readonly foes?: readonly string[]
}

const view = ({ hp, gate, foes = [] }: World): AgentView => ({
  self: { hp },
  objective: 'hold the gate',
  ...(gate && { shared: { gate } }),
  items: foes.map((id, i) => ({ kind: 'foes', id, priority: -i, data: { at: i } })),
})

const request = (agentId: string, world: World, priority = 0): PlanRequest<World> => ({ agentId, world, priority })
const textOf = (report: PromptReport) => messagesOf(report.prompt).map(message => message.content)

describe('the prompt', () => {
  const compressor = new PromptCompressor<{ act: 'Wait'; seconds: number }, World>({
    actions,
    view,
    rules: 'Be brave.',
  })

  test('has the static prefix, then the shared world, then each agent', () => {
    const [system, user] = textOf(
      compressor.compress([request('b', { hp: 2, gate: 'shut' }), request('a', { hp: 1, gate: 'shut' })]),
    )
    expect(system).toContain('Be brave.\nActions:\nWait(seconds:number) do nothing\n')
    expect(user).toBe('World: {gate:shut}\nGoal of all: "hold the gate"\nAgent "a": {hp:1}\nAgent "b": {hp:2}')
  })

  test('an agent that sees another world keeps its own', () => {
    const [, user] = textOf(
      compressor.compress([request('a', { hp: 1, gate: 'shut' }), request('b', { hp: 2, gate: 'open' })]),
    )
    expect(user).toContain('World: {gate:shut}\nGoal of all:')
    expect(user).toContain('Agent "b": {hp:2}\n world: {gate:open}')
  })

  test('without a view the whole world is the agent’s own state', () => {
    const whole = new PromptCompressor<{ act: 'Wait'; seconds: number }, World>({ actions })
    expect(textOf(whole.compress([request('a', { hp: 1, gate: 'shut' })]))[1]).toBe('Agent "a": {gate:shut,hp:1}')
  })

  test('the prefix is the same bytes for all batches, and is the compressor’s static prefix', () => {
    const one = compressor.compress([request('a', { hp: 1 })])
    const two = compressor.compress([request('z', { hp: 9, gate: 'ajar', foes: ['orc'] })])
    expect(textOf(one)[0]).toBe(textOf(two)[0])
    expect(messagesOf(compressor.staticPrefix).map(message => message.content)).toEqual([textOf(one)[0]])
    expect(one.prefixChars).toBe(textOf(one)[0]?.length)
  })

  test('requests in any order give the same bytes', () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.record({
            id: fc.string(),
            hp: fc.integer(),
            priority: fc.constantFrom(-1, 0, 1, Infinity, -Infinity, Number.NaN),
          }),
          {
            selector: agent => agent.id,
          },
        ),
        fc.infiniteStream(fc.nat()),
        (agents, random) => {
          const requests = agents.map(({ id, hp, priority }) => request(id, { hp, foes: ['orc', 'rat'] }, priority))
          const shuffled = requests
            .map(value => ({ value, key: random.next().value }))
            .sort((a, b) => a.key - b.key)
            .map(({ value }) => value)
          expect(compressor.compress(shuffled)).toEqual(compressor.compress(requests))
        },
      ),
    ))

  test('two worlds that differ in one digit give two prompts', () =>
    expect(textOf(compressor.compress([request('a', { hp: 11 })]))).not.toEqual(
      textOf(compressor.compress([request('a', { hp: 12 })])),
    ))

  test('a view that hands over the same object with another content shares nothing by mistake', () => {
    const scratch = { gate: '' }
    const reusing = new PromptCompressor<{ act: 'Wait'; seconds: number }, World>({
      actions,
      view: ({ hp, gate = '' }) => {
        scratch.gate = gate
        return { self: { hp }, shared: scratch }
      },
    })
    const [, user] = textOf(
      reusing.compress([request('a', { hp: 1, gate: 'shut' }), request('b', { hp: 2, gate: 'open' })]),
    )
    expect(user).toBe('World: {gate:shut}\nAgent "a": {hp:1}\nAgent "b": {hp:2}\n world: {gate:open}')
  })

  test('an agent’s id cannot begin another agent’s section', () => {
    const [, user] = textOf(compressor.compress([request('a": {}\nAgent "boss', { hp: 1 })]))
    expect(user?.match(/^Agent /gm)).toHaveLength(1)
  })

  test('an agent that is asked for twice is refused', () =>
    expect(() => compressor.compress([request('a', { hp: 1 }), request('a', { hp: 2 })])).toThrow(
      'agent "a" is asked for twice',
    ))

  test('a view that throws costs only its own agent its place', () => {
    const report = new PromptCompressor<{ act: 'Wait'; seconds: number }, World>({
      actions,
      view: world => {
        if (world.hp < 0) throw new Error('dead')
        return view(world)
      },
    }).compress([request('a', { hp: -1 }), request('b', { hp: 1 })])
    expect(textOf(report)[1]).toBe('Agent "b": {hp:1}\n goal: "hold the gate"')
    expect(report.dropped).toEqual([{ agentId: 'a', kind: 'agent', reason: 'its view threw: dead' }])
    expect(report.leftOut).toEqual(report.dropped)
  })

  test('what JSON cannot hold is listed', () =>
    expect(compressor.compress([request('a', { hp: Number.NaN })]).dropped).toEqual([
      { agentId: 'a', kind: 'self', reason: 'hp: NaN is not a JSON number' },
    ]))
})

describe('the budget', () => {
  const prefix = estimateTokens(String(messagesOf(new PromptCompressor({ actions }).staticPrefix)[0]?.content))
  const foes = Array.from({ length: 30 }, (_, i) => `foe-${i}`)
  const compressWith = (
    tokenBudget: number,
    requests = [request('a', { hp: 1, foes }), request('b', { hp: 2, foes })],
  ) => new PromptCompressor<{ act: 'Wait'; seconds: number }, World>({ actions, view, tokenBudget }).compress(requests)

  test('covers prefix, world, agents and labels', () =>
    fc.assert(
      fc.property(fc.integer({ min: prefix + 60, max: prefix + 900 }), budget => {
        const report = compressWith(budget)
        expect(
          textOf(report)
            .map(estimateTokens)
            .reduce((a, b) => a + b),
        ).toBeLessThanOrEqual(budget)
        expect(report.withinBudget).toBe(true)
        expect(report.tokens.prefix + report.tokens.shared + report.tokens.agents).toBeLessThanOrEqual(budget)
      }),
    ))

  test('drops the lowest priority first, then the last listed of the last agent, and lists it', () => {
    const whole = compressWith(10_000)
    const { prefix: p, shared, agents } = whole.tokens
    const report = compressWith(p + shared + agents - 1)
    expect(whole.dropped).toEqual([])
    expect(report.dropped.map(({ agentId, id }) => [agentId, id])).toEqual([['b', 'foe-29']])
    expect(report.dropped[0]?.reason).toMatch(/over the budget of \d+ tokens/)
  })

  test('what is dropped and what is written make up the view', () => {
    const report = compressWith(prefix + 300)
    const [, user = ''] = textOf(report)
    expect(report.dropped.length).toBeGreaterThan(5)
    for (const agentId of ['a', 'b']) {
      const section = user.split(/^Agent /m).find(text => text.startsWith(`"${agentId}"`)) ?? ''
      const written = foes.filter(id => section.match(new RegExp(`,${id}(?!\\d)`)))
      const dropped = report.dropped.filter(item => item.agentId === agentId).map(item => item.id)
      expect([...written, ...dropped].sort()).toEqual([...foes].sort())
    }
    expect(user).toContain('Goal of all: "hold the gate"')
  })

  test('a prompt that cannot be made to fit says so and keeps objective and state', () => {
    const report = compressWith(prefix + 5)
    expect(report.withinBudget).toBe(false)
    expect(textOf(report)[1]).toBe('Goal of all: "hold the gate"\nAgent "a": {hp:1}\nAgent "b": {hp:2}')
  })

  test.each([0, prefix, Number.NaN])('a budget of %d, with no room beside the prefix, is a RangeError', tokenBudget =>
    expect(() => new PromptCompressor({ actions, tokenBudget })).toThrow(RangeError),
  )

  test('the model’s own tokenizer counts, when there is one', () => {
    const compressor = new PromptCompressor({ actions, countTokens: text => text.length, tokenBudget: 10_000 })
    const report = compressor.compress([{ agentId: 'a', world: { hp: 1 } }])
    expect(report.tokens).toEqual({
      prefix: report.prefixChars,
      shared: 0,
      agents: 'Agent "a": {hp:1}'.length,
      exact: true,
    })
  })

  test('the baseline is what asking one by one would take', () => {
    const [one, two] = [compressWith(10_000, [request('a', { hp: 1 })]), compressWith(10_000)]
    expect(one.baselineTokens).toBeGreaterThan(one.tokens.prefix + one.tokens.agents)
    expect(two.baselineTokens).toBeGreaterThan(2 * one.baselineTokens)
  })
})

test.each<readonly [string, ConstructorParameters<typeof PromptCompressor>[0]]>([
  ['an action of two words', { actions: defineActions({ 'look round': { args: {} } }), answer: 'compact' }],
  ['another dialect', { actions: defineActions({ Wait: { args: {} } }), answer: 'compact', dialect: 'hermes-tools' }],
])('a compact answer is refused with %s', (_, options) =>
  expect(() => new PromptCompressor(options)).toThrow(TypeError),
)
