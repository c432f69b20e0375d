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

test('a request that is aborted before it begins waits for no connection', async () => {
  const server = await serveBody('words')
  await expect(transport.request('GET', server.url, { signal: AbortSignal.abort() })).rejects.toThrow('aborted')
  expect(server.connections).toBe(0)
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

describe('a body of a connection that ends with it, and that nobody reads yet', () => {
  const large = 'x'.repeat(256 * 1024)

  /** Asks a server that writes these pieces, each in a packet of its own; reads what it said when the connection is over. */
  async function readLate(head: string, pieces: readonly string[], end: (socket: Socket) => void) {
    let connectionIsOver = () => {}
    const over = new Promise<void>(resolve => {
      connectionIsOver = resolve
    })
    const server = createServer(socket => {
      socket.on('error', () => {})
      socket.on('close', connectionIsOver)
      socket.once('data', async () => {
        for (const piece of [`HTTP/1.1 200 OK\r\nconnection: close${head}\r\n\r\n`, ...pieces]) {
          await new Promise(resolve => socket.write(piece, resolve))
          for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve))
        }
        end(socket)
      })
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
    const { body } = await transport.request('GET', url, { signal: new AbortController().signal })
    await over
    await new Promise(resolve => setImmediate(resolve))
    let bytes = 0
    try {
      for await (const chunk of body) bytes += chunk.byteLength
    } catch (error) {
      return { bytes, error }
    }
    return { bytes, error: undefined }
  }

  test.each([
    ['closed', (socket: Socket) => void socket.end()],
    ['reset', (socket: Socket) => void socket.resetAndDestroy()],
  ])('is all there when it is %s', async (_, end) => {
    expect(await readLate('', [large, 'y'], end)).toEqual({ bytes: large.length + 1, error: undefined })
  })

  test('breaks when it is closed before the last chunk', async () => {
    const pieces = [`40000\r\n${large}\r\n`, '1\r\ny\r\n']
    const { bytes, error } = await readLate('\r\ntransfer-encoding: chunked', pieces, socket => socket.end())
    expect(bytes).toBe(large.length + 1)
    expect(error).toBeInstanceOf(Error)
  })

  test('does not fill the memory', async () => {
    const { bytes, error } = await readLate('', ['x'.repeat(40 * 1024 * 1024)], () => {})
    expect(bytes).toBeGreaterThanOrEqual(16 * 1024 * 1024)
    expect(bytes).toBeLessThan(17 * 1024 * 1024)
    expect(error).toMatchObject({ message: expect.stringContaining('nobody read') })
  })
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
