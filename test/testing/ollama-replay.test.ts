import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Fault, SimulatedOllama } from '../../src/testing/index.ts'
import { rawRequest } from './raw-http.ts'

/** What a real Ollama 0.33 answered. Its engine was a stand-in that writes what `[[OUT:…]]` in a prompt says, and fails on demand. */
const FIXTURE = new URL('../fixtures/ollama/http-traces.txt', import.meta.url)

/** Traces of what is not simulated yet. */
const OUT_OF_SCOPE: readonly (readonly [names: RegExp, reason: string])[] = [
  [/^v1 chat stream$/, 'its stand-in engine did not hold back a `<` that may begin a stop string'],
  [/^cloud disabled$/, 'cloud models are not simulated'],
]

const LOADING = '{"model":"hermes2pro","stream":true,"messages":[{"role":"user","content":"x"}]}'

/** Requests that the traces give by name only. */
const NAMED_REQUESTS: Readonly<Record<string, Pick<Trace, 'method' | 'path' | 'requestHeaders'> & Partial<Trace>>> = {
  'load failure (stream)': { method: 'POST', path: '/api/chat', request: LOADING },
  'load failure (v1 stream)': { method: 'POST', path: '/v1/chat/completions', request: LOADING },
  'DELETE missing': { method: 'DELETE', path: '/api/delete', request: '{"model":"nope"}' },
  'v1 models': { method: 'GET', path: '/v1/models' },
  'v1 model': { method: 'GET', path: '/v1/models/hermes2pro' },
  'v1 model missing': { method: 'GET', path: '/v1/models/nope' },
  '404 route': { method: 'GET', path: '/api/nope' },
  '405': { method: 'GET', path: '/api/chat' },
  'trailing slash GET': { method: 'GET', path: '/api/tags/' },
  'trailing slash POST': { method: 'POST', path: '/api/chat/' },
  'OPTIONS no origin': { method: 'OPTIONS', path: '/api/tags' },
  'preflight allowed origin': preflight('http://localhost:5173'),
  'preflight disallowed origin': preflight('https://game.example'),
  'GET allowed origin': versionWith('Origin: http://127.0.0.1:3000'),
  'GET disallowed origin': versionWith('Origin: https://game.example'),
  'GET null origin': versionWith('Origin: null'),
  'Host: evil.example (loopback bind)': versionWith('Host: evil.example'),
  'IPv6 loopback origin': versionWith('Origin: http://[::1]:3000'),
  'app:// origin': versionWith('Origin: app://obsidian.md'),
  'capacitor origin': versionWith('Origin: capacitor://localhost'),
}

function preflight(origin: string) {
  const requestHeaders = [`Origin: ${origin}`, 'Access-Control-Request-Method: POST']
  return { method: 'OPTIONS', path: '/api/chat', requestHeaders }
}

function versionWith(header: string) {
  return { method: 'GET', path: '/api/version', requestHeaders: [header] }
}

interface Trace {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly request: string | undefined
  readonly requestHeaders?: readonly string[]
  readonly statusLine: string
  readonly headers: readonly string[]
  readonly body: string
}

const traces = readFileSync(FIXTURE, 'utf8').split(/^### /m).slice(1).map(readTrace)
const excuseOf = (name: string) =>
  name in NAMED_REQUESTS ? undefined : OUT_OF_SCOPE.find(([names]) => names.test(name))
const replayed = traces.filter(({ name }) => !excuseOf(name))

let current: Trace | undefined
let server: SimulatedOllama
beforeAll(async () => {
  server = await SimulatedOllama.start({
    profile: 'instant',
    models: ['hermes2pro'],
    version: '0.0.0',
    // As the stand-in had them.
    embed: () => [0.1, 0.2, 0.3],
    reply: prompt => tokensAsTheStandInCutThem(replyTo(prompt)),
  })
})
afterAll(() => server.stop())

test.each(replayed.map(trace => [trace.name, trace] as const))('answers as a real server did: %s', async (_, trace) => {
  current = trace
  const fault = faultOf(trace)
  if (fault) server.inject(fault)
  const reply = await rawRequest(server.url, trace.method, trace.path, trace.request, trace.requestHeaders)

  expect(reply.statusLine).toBe(trace.statusLine)
  expect(headersOf(reply.headers, reply.body)).toEqual(headersOf(trace.headers, trace.body))
  expect(masked(reply.body.trimEnd())).toBe(masked(trace.body.trimEnd()))
  expect(reply.complete).toBe(!trace.statusLine.includes('204'))
})

describe('the traces', () => {
  test('are replayed, but for those that are excused with a reason', () => {
    expect(replayed).toHaveLength(96)
    expect(traces.filter(({ name }) => excuseOf(name))).toHaveLength(2)
  })

  test('each excuse is still needed', () => {
    for (const [names, reason] of OUT_OF_SCOPE) {
      expect(
        traces.some(({ name }) => names.test(name)),
        reason,
      ).toBe(true)
    }
  })
})

function readTrace(block: string): Trace {
  const [name = '', ...lines] = block.split('\n')
  const asked = lines[0]?.startsWith('> ') ? lines.shift() : undefined
  const [, method = '', path = '', request = ''] = /^> (\S+) (\S+) {2}(.*)$/.exec(asked ?? '') ?? []
  const blank = lines.indexOf('')
  const [statusLine = '', ...headers] = lines.slice(0, blank)
  const body = lines.slice(blank + 1).join('\n')
  const named = NAMED_REQUESTS[name] ?? { method, path, request: asked === undefined ? undefined : request }
  return { name, request: undefined, ...named, statusLine, headers, body }
}

/** What the stand-in was told to write, or wrote for a grammar. */
function replyTo(prompt: string): string {
  if (current?.name === 'format json') return '{"a": 1}'
  if (current?.name === 'format schema' || current?.name === 'v1 json_schema') return '{"name": "Bob", "age": 3}'
  if (prompt.includes('[[REPEAT]]')) return 'x'.repeat(60)
  if (prompt.includes('[[WS]]')) return `{${'\n'.repeat(60)}`
  return /\[\[OUT:(.*?)\]\]/s.exec(prompt)?.[1] ?? 'Hello there friend'
}

function tokensAsTheStandInCutThem(reply: string): string[] {
  return /^x+$/.test(reply) ? [...reply] : (reply.match(/ ?\w+|\s|./gsu) ?? [])
}

/** What made the stand-in fail, as a fault of the simulated server. The engine's words are the stand-in's own. */
function faultOf({ name, body, request = '' }: Trace): Fault | undefined {
  const afterTokens = 2
  if (/\[\[(ERR|EOF)@2\]\]/.test(request)) return { kind: 'eof', afterTokens }
  if (request.includes('[[RESET@2]]')) return { kind: 'error-line', afterTokens }
  if (request.includes('[[CRASH@2]]')) {
    const error = 'an error was encountered while running the model: GGML_ASSERT(sim) failed: boom'
    return { kind: 'error-line', afterTokens, error }
  }
  if (!/^error before first token|^load failure/.test(name)) return undefined
  const { error }: { error: string | { message: string } } = JSON.parse(body)
  const message = typeof error === 'string' ? error : error.message
  if (name.startsWith('load')) return { kind: 'load-failure', error: message }
  return { kind: 'refuse', status: request.includes('[[500]]') ? 500 : 400, error: message }
}

/** Without the date, which the traces leave out, and with what the length of a body depends on checked by itself. */
function headersOf(headers: readonly string[], body: string): string[] {
  // The traces leave out which name server was asked, after its length had been counted.
  const varies = /"created(_at)?"|_duration"|dial tcp: lookup/.test(body)
  return headers
    .filter(header => !header.startsWith('Date: '))
    .map(header => (varies ? header.replace(/^Content-Length: \d+$/, 'Content-Length: n') : header))
}

/** Times, the count of prompt tokens and made-up probabilities differ; everything else is compared as text. */
function masked(body: string): string {
  return body
    .replace(/"created_at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z"/g, '"created_at":T')
    .replace(/"((?:total|load|prompt_eval|eval)_duration|prompt_eval_count)":[1-9]\d*/g, '"$1":N')
    .replace(/"(id":"(?:chatcmpl|cmpl)-)\d{1,3}"/g, '"$1N"')
    .replace(/"created":1\d{9}/g, '"created":T')
    .replace(/"(prompt|total)_tokens":[1-9]\d*/g, '"$1_tokens":N')
    .replace(/"logprob":-\d\.\d+(e-\d+)?/g, '"logprob":P')
    .replace(/\},\{"token":"[^"]*","logprob":P,"bytes":\[[\d,]*\]\}\]/g, '},OTHER]')
}
