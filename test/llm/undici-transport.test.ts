import { expect, test } from 'vitest'
import { transport } from '../../src/llm/undici-transport.ts'
import { testTransport } from './transport-contract.ts'
import { serve } from './wire-server.ts'

testTransport(transport)

test('headers of one name are joined', async () => {
  const server = await serve(({ response }) => response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }).end())
  const response = await transport.request('GET', server.url, { signal: new AbortController().signal })
  expect(response.headers['set-cookie']).toBe('a=1, b=2')
  response.close()
})

test('what arrived while nobody read comes in one piece', async () => {
  const server = await serve(({ response }) => {
    for (let i = 0; i < 100; i++) response.write('x')
    response.end()
  })
  const response = await transport.request('GET', server.url, { signal: new AbortController().signal })
  let chunks = 0
  let bytes = 0
  for await (const chunk of response.body) {
    chunks++
    bytes += chunk.byteLength
  }
  expect(bytes).toBe(100)
  expect(chunks).toBeLessThan(50)
})
