import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SimulatedOllama } from '../../src/testing/index.ts'
import { linesOf, rawRequest } from './raw-http.ts'

/** What a real Ollama 0.33 made of the texts below, which its stand-in engine wrote. */
const FIXTURE = new URL('../fixtures/ollama/tools-traces.txt', import.meta.url)
const MODEL = 'hermes2pro-tools'
const tools = [{ type: 'function', function: { name: 'move_to', parameters: { type: 'object', properties: {} } } }]

const CALL = '<tool_call>\n{"name": "move_to", "arguments": {"x": 3}}\n</tool_call>'
/** The traces tell what came out; this is what their names say went in. */
const REPLIES: Readonly<Record<string, string>> = {
  'tool call: valid, prose before': `Sure. ${CALL}`,
  'tool call: two calls': `${CALL}\n${CALL.replace('3', '4')}`,
  'tool call: arguments first (Hermes key order)': '<tool_call>{"arguments": {"x": 3}, "name": "move_to"}</tool_call>',
  'tool call: single quotes (Hermes quirk) -> swallowed': CALL.replaceAll('"', "'"),
  'tool call: unknown tool -> swallowed': CALL.replace('move_to', 'fly_to'),
  'tool call: truncated -> swallowed': CALL.slice(0, 40),
  'no tool call with tools given: streams normally': 'Hello there friend',
  'tool call non-stream': `Sure. ${CALL} and more`,
  'v1 tool call stream': `Sure. ${CALL}`,
  'v1 tool call non-stream': CALL,
}

const traces = readFileSync(FIXTURE, 'utf8')
  .split(/^### /m)
  .slice(1)
  .map(block => [block.slice(0, block.indexOf('\n')), block.slice(block.indexOf('\n') + 1).trim()] as const)

let reply = ''
let server: SimulatedOllama
const start = (version: string) =>
  SimulatedOllama.start({
    profile: 'instant',
    models: [MODEL, 'plain'],
    version,
    reply: () => reply.match(/ ?\w+|\s|./gsu) ?? [],
  })
beforeAll(async () => {
  server = await start('0.33.0')
})
afterAll(() => server.stop())

function ask(name: string) {
  const path = name.startsWith('v1') ? '/v1/chat/completions' : '/api/chat'
  const stream = !name.includes('non-stream')
  return rawRequest(server.url, 'POST', path, {
    model: MODEL,
    messages: [{ role: 'user', content: 'x' }],
    tools,
    stream,
  })
}

test.each(traces)('answers as a real server did: %s', async (name, expected) => {
  reply = REPLIES[name] ?? ''
  expect(reply).not.toBe('')
  expect(masked((await ask(name)).body)).toBe(masked(expected))
})

test('every trace is replayed', () => expect(traces.map(([name]) => name)).toEqual(Object.keys(REPLIES)))

describe('the parser', () => {
  const chat = async (body: object) => {
    const messages = [{ role: 'user', content: 'x' }]
    return await rawRequest(server.url, 'POST', '/api/chat', { model: MODEL, messages, tools, ...body })
  }

  test.each([
    ['parameters instead of arguments', '<tool_call>{"name":"move_to","parameters":{"x":1}}', [{ x: 1 }]],
    ['arguments as text', '<tool_call>{"name":"move_to","arguments":"{\\"x\\":1}"}', [{ x: 1 }]],
    ['the name before the object', '<tool_call>move_to{"x":1}', [{ x: 1 }]],
    ['braces in a string', '<tool_call>{"name":"move_to","arguments":{"to":"}{\\""}}', [{ to: '}{"' }]],
    ['no arguments', '<tool_call>{"name":"move_to"}', []],
    ['half a tag', 'x <tool_', []],
  ])('%s', async (_, text, expected) => {
    reply = text
    const { message, eval_count: count } = JSON.parse((await chat({ stream: false })).body)
    const calls: { function: { arguments: object } }[] = message.tool_calls ?? []
    expect(calls.map(call => call.function.arguments)).toEqual(expected)
    expect(count).toBeGreaterThan(2)
  })

  test('the model reads the tools, and without tools the text comes through', async () => {
    reply = CALL
    const lines = linesOf(await chat({ tools: [] }))
    expect(lines.map(line => Object(line.message).content).join('')).toBe(CALL)
    await chat({})
    expect(server.requests.at(-1)?.prompt).toContain('<tools>\n{"type":"function","function":{"name":"move_to"')
  })

  test('a model without tools refuses them, and says so', async () => {
    const refused = await chat({ model: 'plain' })
    expect(JSON.parse(refused.body)).toEqual({
      error: 'registry.ollama.ai/library/plain:latest does not support tools',
    })
    const shown = await rawRequest(server.url, 'POST', '/api/show', { model: MODEL })
    expect(JSON.parse(shown.body).capabilities).toEqual(['completion', 'tools'])
  })

  test('before 0.12.10 calls have no id', async () => {
    await server.stop()
    server = await start('0.12.5')
    reply = CALL
    const { message } = JSON.parse((await chat({ stream: false })).body)
    expect(message.tool_calls).toEqual([{ function: { index: 0, name: 'move_to', arguments: { x: 3 } } }])
  })
})

/** The traces leave out times and figures; ids and counts differ. */
function masked(body: string): string {
  return body
    .trim()
    .replace(/"created_at":"[^"]*",/g, '')
    .replace(/("done_reason":"stop",)[^}]*\}/g, '$1}')
    .replace(/"call_[a-z0-9]{8}"/g, '"call_N"')
    .replace(/"chatcmpl-\d{1,3}"/g, '"chatcmpl-N"')
    .replace(/"created":\d+/g, '"created":T')
    .replace(/_tokens":\d+/g, '_tokens":N')
}
