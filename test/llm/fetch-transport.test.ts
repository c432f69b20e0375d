import { expect, test } from 'vitest'
import { transport } from '../../src/llm/fetch-transport.ts'
import { testTransport } from './transport-contract.ts'
import { serveBody } from './wire-server.ts'

testTransport(transport)

test('a request has no header that a server’s CORS list would refuse', async () => {
  const server = await serveBody('ok')
  await transport.request('POST', server.url, {
    body: '{}',
    headers: { accept: 'application/x-ndjson', 'content-type': 'application/json' },
    signal: new AbortController().signal,
  })
  const byItself = ['host', 'connection', 'content-length', 'accept-language', 'accept-encoding', 'sec-fetch-mode']
  const allowed = ['accept', 'content-type', 'user-agent', 'cache-control', 'pragma', ...byItself]
  expect(Object.keys(server.requests[0]?.headers ?? {}).filter(name => !allowed.includes(name))).toEqual([])
})
