import { expect, test } from 'vitest'
import { agentNamedIn } from '../../src/parser/agent-named-in.ts'
import { AwaitedAgents } from '../../src/parser/awaited-agents.ts'

const agents = new AwaitedAgents(
  ['cook', '"q"', '<|im_end|>', 'a"b', 'Agent Smith', '**b**', '* z', '1.'],
  new Map([['g7', 'cook']]),
)

test.each([
  ['cook', 'cook'],
  [' - **cook** ', 'cook'],
  ['Agent "cook"', 'cook'],
  ['g7', 'g7'],
  ['"q"', '"q"'],
  ['"\\u003c|im_end|>"', '<|im_end|>'],
  ['"a\\"b"', 'a"b'],
  ['Agent Smith', 'Agent Smith'],
  ['"**b**"', '**b**'],
  ['"* z"', '* z'],
  ['"\\"q\\""', '"q"'],
  ['- "1."', '1.'],
  ['nobody', 'nobody'],
])('%s names %s', (written, name) => expect(agentNamedIn(written, agents)).toBe(name))
