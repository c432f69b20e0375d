import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import type { AgentView } from '../../src/compress/agent-view.ts'
import { PromptCompressor } from '../../src/compress/prompt-compressor.ts'
import { messagesOf } from '../../src/prompt.ts'

const actions = defineActions({ Wait: { args: { seconds: z.number() } } })
const compressorOf = (tokenBudget?: number) =>
  new PromptCompressor<{ act: 'Wait'; seconds: number }, AgentView>({
    actions,
    view: world => world,
    ...(tokenBudget !== undefined && { tokenBudget }),
  })
const GOBLIN = { kind: 'seen', id: 'goblin-archer-0017', data: { hp: 3 } }
const CORPSE = { kind: 'seen', id: 'corpse of goblin-archer-0017', data: { hp: 0 } }

test('an id of several words reads the same wherever it stands, and whoever names it keeps it', () => {
  const world: AgentView = { self: { target: CORPSE.id }, items: [GOBLIN, CORPSE] }
  const [, user] = messagesOf(compressorOf().compress([{ agentId: 'cook', world }]).prompt)
  expect(user?.content.split(CORPSE.id)).toHaveLength(3)
  const { tokens } = compressorOf().compress([])
  const { dropped } = compressorOf(tokens.prefix + 1).compress([{ agentId: 'cook', world }])
  expect(dropped.map(({ id }) => id)).not.toContain(CORPSE.id)
})

test('a session begins anew when an id it has shortened becomes a word of another one', () => {
  const session = compressorOf().session()
  const turn = (items: AgentView['items']) => {
    const report = session.compress([{ agentId: 'cook', world: { self: { hp: 1 }, items: items ?? [] } }])
    report.settle(true)
    return [report.type, report.aliases.size]
  }
  expect(turn([GOBLIN])).toEqual(['keyframe', 1])
  expect(turn([GOBLIN, CORPSE])).toEqual(['keyframe', 0])
})

test('an id among the data of an item with another id is not lost', () => {
  const world: AgentView = { self: {}, items: [{ kind: 'seen', id: 'y', data: { id: 'x', hp: 2 } }] }
  const [, user] = messagesOf(compressorOf().compress([{ agentId: 'cook', world }]).prompt)
  expect(user?.content).toContain('seen: [[y,{hp:2,id:x}]]')
})
