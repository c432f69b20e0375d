import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import { BatchExecutor } from '../../src/batch/batch-executor.ts'
import { PromptCompressor } from '../../src/compress/prompt-compressor.ts'
import { answerFormOf, type ReplyDialect } from '../../src/compress/reply-dialect.ts'
import { messagesOf } from '../../src/prompt.ts'
import { ScriptedClient } from '../../src/testing/scripted-client.ts'

interface World {
  readonly hp: number
}

const actions = defineActions(
  { MoveTo: { args: { x: z.int(), y: z.int() } }, Wait: { args: { seconds: z.number() } } },
  { world: z.custom<World>() },
)

/** What a system prompt holds between two tags, as JSON. */
function between(open: string, close: string, text: string): unknown {
  const start = text.indexOf(open, text.indexOf(`${open}${close}`) + open.length + close.length)
  return JSON.parse(text.slice(start + open.length, text.indexOf(close, start)).replace('VALUE', '0'))
}

test('in Hermes’ dialect the tools stand in the system prompt, and the example is a call of one of them', () => {
  const form = answerFormOf('hermes-tools')
  expect(between('<tools>', '</tools>', form)).toMatchObject([
    {
      type: 'function',
      function: { name: 'submit_plan', parameters: { type: 'object', required: ['agent', 'steps'] } },
    },
  ])
  // In the order in which steps can be released.
  expect(JSON.stringify(between('<tool_call>', '</tool_call>', form))).toBe(
    '{"name":"submit_plan","arguments":{"agent":"ID","steps":[{"act":"ACTION","ARGUMENT":0}]}}',
  )
})

test.each<[ReplyDialect | undefined, boolean]>([
  [undefined, false],
  ['json', false],
  ['hermes-tools', true],
])('%s: everything but the form of the answer stays as it is', (dialect, tools) => {
  const compressor = new PromptCompressor({ actions, rules: 'Be kind.', ...(dialect && { dialect }) })
  const [{ content = '' } = {}] = messagesOf(compressor.staticPrefix)
  expect(content.includes('<tools>')).toBe(tools)
  expect(content.includes('{"plans":')).toBe(!tools)
  expect(content).toContain('Be kind.\nActions:\nMoveTo(x:int,y:int)\nWait(seconds:number)\n')
  expect(content).toContain('One plan for each agent listed')
})

const call = (agent: string, steps: string, quote = '"') =>
  `<tool_call>\n{"name":"submit_plan","arguments":{"agent":"${agent}","steps":${steps}}}\n</tool_call>\n`.replaceAll(
    '"',
    quote,
  )

test.each([
  ['as it was trained', call('cook', '[{"act":"Wait","seconds":2}]') + call('guard', '[{"act":"MoveTo","x":1,"y":2}]')],
  [
    'with Python’s quotes, as in its own examples',
    call('cook', '[{"act":"Wait","seconds":2}]', "'") + call('guard', '[{"act":"MoveTo","x":1,"y":2}]', "'"),
  ],
  [
    'with a scratch pad, prose, and tags that are never closed',
    `<scratch_pad>\nGoal: plan\n</scratch_pad>\nSure!${call('cook', '[{"act":"Wait","seconds":2}]')}${call('guard', '[{"act":"MoveTo","x":1,"y":2}]')}`.replaceAll(
      '</tool_call>',
      '',
    ),
  ],
])(
  'a reply in the dialect, %s: each agent’s step comes with its own call, and nobody is asked again',
  async (_, reply) => {
    const client = new ScriptedClient([reply])
    const executor = new BatchExecutor({
      client,
      actions,
      compressor: new PromptCompressor({ actions, dialect: 'hermes-tools' }),
      emergency: [{ act: 'Wait', seconds: 1 }],
    })
    const seen: string[] = []
    let read = ''
    const run = executor.run([
      { agentId: 'guard', world: { hp: 1 } },
      { agentId: 'cook', world: { hp: 2 } },
    ])
    run.on('chunk', ({ text }) => {
      read += text
    })
    run.on('step', ({ agentId, step }) =>
      seen.push(`${agentId} ${step.act} after ${read.split('submit_plan').length - 1} calls`),
    )
    const { outcomes, metrics } = await run.result
    expect(seen).toEqual(['cook Wait after 1 calls', 'guard MoveTo after 2 calls'])
    expect(outcomes.map(({ agentId, tier }) => `${agentId} ${tier}`)).toEqual(['cook model', 'guard model'])
    expect(metrics.modelCalls).toBe(1)
    expect(messagesOf(client.prompts[0] ?? '')[0]?.content).toContain('<tools>')
  },
)
