import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SimulatedOllama } from '../../src/testing/index.ts'
import { rawRequest } from './raw-http.ts'

let server: SimulatedOllama
beforeAll(async () => {
  server = await SimulatedOllama.start({ profile: 'instant', models: ['m'], reply: () => 'one <two> 🏰 three' })
})
afterAll(() => server.stop())

const anything = fc.jsonValue()
const sometimes = <T>(usual: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary: usual }, anything)
const wish = fc.record(
  {
    model: sometimes(fc.constant('m')),
    messages: sometimes(
      fc.array(fc.record({ role: fc.constantFrom('system', 'user', 'assistant'), content: fc.string() })),
    ),
    prompt: sometimes(fc.string()),
    stream: sometimes(fc.boolean()),
    raw: sometimes(fc.boolean()),
    shift: sometimes(fc.boolean()),
    truncate: sometimes(fc.boolean()),
    logprobs: sometimes(fc.boolean()),
    top_logprobs: sometimes(fc.integer({ min: 0, max: 20 })),
    keep_alive: sometimes(fc.constantFrom(0, -1, 5, '10m', '1e9h')),
    format: sometimes(fc.constantFrom('json', '', {})),
    options: sometimes(
      fc.record(
        {
          num_ctx: fc.oneof(fc.integer({ min: -5, max: 50 }), fc.constant(1e308)),
          num_predict: fc.integer({ min: -2, max: 9 }),
          num_keep: fc.integer(),
          stop: fc.array(fc.string()),
        },
        { requiredKeys: [] },
      ),
    ),
  },
  { requiredKeys: ['model'] },
)

test.each(['/api/chat', '/api/generate', '/api/show'])('%s answers whatever it is sent, and goes on', async path => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        wish.map(value => JSON.stringify(value)),
        fc.string(),
      ),
      async body => {
        const { statusLine, complete, body: reply } = await rawRequest(server.url, 'POST', path, body)
        expect(statusLine).toMatch(/^HTTP\/1\.1 (200 OK|400 Bad Request|404 Not Found|500 Internal Server Error)$/)
        expect(complete).toBe(true)
        for (const line of reply.split('\n').filter(Boolean)) JSON.parse(line)
        // A defect of the server itself would say so in these words.
        expect(reply).not.toMatch(/"(Type|Range|Reference)?Error: /)
      },
    ),
    { numRuns: 300 },
  )
  expect((await rawRequest(server.url, 'GET', '/')).body).toBe('Ollama is running')
  expect(server.requests.every(({ ended }) => ended)).toBe(true)
})
