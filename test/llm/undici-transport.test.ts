import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { getEventListeners } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { burstsOf } from '../../src/llm/bursts.ts'
import { transport } from '../../src/llm/undici-transport.ts'
import { testTransport } from './transport-contract.ts'
import { serve, serveBody } from './wire-server.ts'

testTransport(transport)

test('headers of one name are joined', async () => {
  const server = await serve(({ response }) => response.writeHead(200, { 'set-cookie': ['a=1', 'b=2'] }).end())
  const response = await transport.request('GET', server.url, { signal: new AbortController().signal })
  expect(response.headers['set-cookie']).toBe('a=1, b=2')
  response.close()
})

test('an exchange that is over, whole or broken, listens to its signal no more', async () => {
  const { signal } = new AbortController()
  const read = async (url: string) => {
    for await (const _ of (await transport.request('GET', url, { signal })).body);
  }
  await read((await serveBody('words')).url)
  const broken = await serve(({ response }) => void response.write('half', () => response.socket?.destroy()))
  await expect(read(broken.url)).rejects.toThrow()
  await expect(read('http://127.0.0.1:1')).rejects.toThrow()
  expect(getEventListeners(signal, 'abort')).toEqual([])
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

test('what one read of a plain connection brings is handed over before anything else happens', async () => {
  let send = (_: string) => {}
  const server = await serve(({ response }) => {
    send = text => void response.write(text)
    response.flushHeaders()
  })
  const connected = new Promise<Socket>(resolve => {
    const onConnected = (message: unknown) => {
      unsubscribe('undici:client:connected', onConnected)
      resolve((message as { socket: Socket }).socket) // as undici documents it
    }
    subscribe('undici:client:connected', onConnected)
  })
  const { body, close } = await transport.request('GET', server.url, { signal: new AbortController().signal })
  const socket = await connected
  const log: string[] = []
  const read = new Promise<void>(resolve => {
    burstsOf(body).take({
      bytes: bytes => resolve(void log.push(`read ${Buffer.from(bytes)}`)),
      ended: resolve,
      broke: () => resolve(),
    })
  })
  const push = socket.push
  socket.push = (...arrived) => {
    process.nextTick(() => log.push('the next tick'))
    return push.apply(socket, arrived)
  }
  send('x')
  await read
  await new Promise(resolve => setImmediate(resolve))
  expect(log).toEqual(['read x', 'the next tick'])
  close()
})

describe('a connection that was kept', () => {
  /** Answers so many requests of each connection, and ends the next one without a word. */
  async function fickle(answers: number, end: (socket: Socket) => void) {
    const seen: number[] = []
    const server = createServer(socket => {
      const index = seen.push(0) - 1
      socket.on('error', () => {})
      socket.on('data', () => {
        const count = (seen[index] ?? 0) + 1
        seen[index] = count
        if (count <= answers) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
        else end(socket)
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    return { seen, url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}` }
  }

  const ask = async (url: string, signal = new AbortController().signal) => {
    const response = await transport.request('POST', url, { body: '{}', signal })
    let bytes = 0
    for await (const chunk of response.body) bytes += chunk.byteLength
    return bytes
  }

  const ends: readonly [string, (socket: Socket) => void][] = [
    ['closes', socket => socket.destroy()],
    ['resets', socket => socket.resetAndDestroy()],
    ['ends', socket => socket.end()],
  ]

  test.each(ends)('the server %s it under a request, which is sent once more over a new one', async (_, end) => {
    const { url, seen } = await fickle(1, end)
    for (let i = 0; i < 6; i++) expect(await ask(url)).toBe(2)
    expect(seen).toContain(2)
    expect(Math.max(...seen)).toBe(2)
  })

  test.each(ends)('a server that %s a new one fails, and is not asked again', async (_, end) => {
    const { url, seen } = await fickle(0, end)
    await expect(ask(url)).rejects.toThrow()
    expect(seen).toEqual([1])
  })

  test('after an abort nothing is sent once more', async () => {
    const caller = new AbortController()
    const { url, seen } = await fickle(1, () => caller.abort())
    const results = []
    for (let i = 0; i < 3; i++) results.push(await ask(url, caller.signal).catch(() => 'aborted'))
    expect(results).toContain('aborted')
    expect(seen.filter(count => count > 1)).toHaveLength(1)
  })
})
