import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Transport } from '../../src/llm/transport.ts'
import { serve, serveBody } from './wire-server.ts'

const forEver = () => new AbortController().signal

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true })
  return text + decoder.decode()
}

/** What the clients rely on, of every transport. */
export function testTransport(transport: Transport): void {
  describe('an exchange', () => {
    test('carries method, path, headers and body, and gives status, headers and body', async () => {
      const server = await serve(({ response }) => response.writeHead(201, { 'X-Said': 'yes' }).end('né 😀'))
      const response = await transport.request('POST', `${server.url}/api/chat`, {
        body: '{"a":"é"}',
        headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
        signal: forEver(),
      })
      expect(response.status).toBe(201)
      expect(response.headers['x-said']).toBe('yes')
      expect(await textOf(response.body)).toBe('né 😀')
      const [request] = server.requests
      expect(request).toMatchObject({ method: 'POST', path: '/api/chat', body: '{"a":"é"}' })
      expect(request?.headers).toMatchObject({ 'content-type': 'application/json', authorization: 'Bearer x' })
    })

    test.each([204, 404, 500])('status %i is a response like any other', async status => {
      const { url } = await serveBody(status === 204 ? '' : 'words', status)
      const response = await transport.request('GET', url, { signal: forEver() })
      expect(response.status).toBe(status)
      expect(await textOf(response.body)).toBe(status === 204 ? '' : 'words')
    })

    test('what a server says before its answer, such as early hints, is no answer', async () => {
      const server = await serve(({ response }) => {
        response.writeEarlyHints({ link: '</style.css>; rel=preload' }, () => response.end('words'))
      })
      const response = await transport.request('GET', server.url, { signal: forEver() })
      expect(response.status).toBe(200)
      expect(await textOf(response.body)).toBe('words')
    })

    test('the body comes as it is written, not at its end', async () => {
      const server = await serve(({ response }) => response.write('first'))
      const response = await transport.request('GET', server.url, { signal: forEver() })
      const reader = response.body[Symbol.asyncIterator]()
      expect(new TextDecoder().decode((await reader.next()).value)).toBe('first')
      response.close()
    })
  })

  describe('failure', () => {
    test('no server: the request rejects and says why', async () => {
      const request = transport.request('GET', 'http://127.0.0.1:1', { signal: forEver() })
      await expect(request).rejects.toSatisfy(error => /ECONNREFUSED|bad port/.test(`${error} ${error.cause}`))
    })

    test('a connection that breaks before the head rejects the request', async () => {
      const server = createServer(socket => socket.on('data', () => socket.destroy()))
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      onTestFinished(() => void server.close())
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      await expect(transport.request('GET', `http://127.0.0.1:${port}`, { signal: forEver() })).rejects.toThrow()
    })

    test.each(['destroy', 'resetAndDestroy'] as const)('%s in mid-body is an error, never an end', async how => {
      const server = await serve(({ response }) => {
        response.write('half', () => response.socket?.[how]())
      })
      const response = await transport.request('GET', server.url, { signal: forEver() })
      await expect(textOf(response.body)).rejects.toThrow()
    })
  })

  describe('the connection closes at once', () => {
    test('when the signal aborts before the head', async () => {
      const server = await serve(() => {})
      const controller = new AbortController()
      const request = transport.request('POST', server.url, { body: '{}', signal: controller.signal })
      const { gone } = await server.request(0)
      controller.abort()
      await expect(request).rejects.toThrow()
      await gone
    })

    test('when the signal aborts before there is one: nobody waits for it', async () => {
      // As a host whose packets are lost, it never says that the connection is there.
      const server = createServer(socket => socket.on('error', () => {}))
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      onTestFinished(() => void server.close())
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      const controller = new AbortController()
      const request = transport.request('POST', `https://127.0.0.1:${port}`, { body: '{}', signal: controller.signal })
      await new Promise(resolve => server.once('connection', resolve))
      let rejected = false
      request.catch(() => {
        rejected = true
      })
      controller.abort()
      await new Promise(resolve => setImmediate(resolve))
      expect(rejected).toBe(true)
    })

    test('when the signal aborts while it is made: nothing is sent over it', async () => {
      const server = await serve(({ response }) => response.end())
      const controller = new AbortController()
      const request = transport.request('POST', `${server.url}/left`, { body: '{}', signal: controller.signal })
      controller.abort()
      await expect(request).rejects.toThrow()
      for (let i = 0; i < 3; i++) {
        await textOf((await transport.request('POST', `${server.url}/sent`, { body: '{}', signal: forEver() })).body)
      }
      expect(server.requests.map(({ path }) => path)).toEqual(['/sent', '/sent', '/sent'])
    })

    test('when the signal is aborted already, over a new connection and over one that was kept', async () => {
      const { url } = await serveBody('words')
      const aborted = AbortSignal.abort(new DOMException('gone', 'AbortError'))
      await expect(transport.request('POST', url, { body: '{}', signal: aborted })).rejects.toThrow('gone')
      await textOf((await transport.request('GET', url, { signal: forEver() })).body)
      await expect(transport.request('POST', url, { body: '{}', signal: aborted })).rejects.toThrow('gone')
    })

    test('when the signal aborts while a read is pending', async () => {
      const server = await serve(({ response }) => response.write('first'))
      const controller = new AbortController()
      const response = await transport.request('GET', server.url, { signal: controller.signal })
      const reader = response.body[Symbol.asyncIterator]()
      await reader.next()
      const pending = reader.next()
      controller.abort()
      await expect(pending).rejects.toThrow()
      await (await server.request(0)).gone
    })

    test.each([
      ['before anything was read', 0],
      ['in the middle', 1],
    ])('on close() %s', async (_, reads) => {
      const server = await serve(({ response }) => response.write('first'))
      const response = await transport.request('GET', server.url, { signal: forEver() })
      const reader = response.body[Symbol.asyncIterator]()
      for (let i = 0; i < reads; i++) await reader.next()
      response.close()
      response.close()
      await (await server.request(0)).gone
    })

    test('on close() while a read is pending, which then settles', async () => {
      const server = await serve(({ response }) => response.write('first'))
      const response = await transport.request('GET', server.url, { signal: forEver() })
      const reader = response.body[Symbol.asyncIterator]()
      await reader.next()
      const pending = reader.next()
      response.close()
      await pending.catch(() => {})
      await (await server.request(0)).gone
    })
  })

  test('close() after the end of the body, and after a failure, is harmless', async () => {
    const { url } = await serveBody('whole')
    const whole = await transport.request('GET', url, { signal: forEver() })
    await textOf(whole.body)
    whole.close()

    const server = await serve(({ response }) => void response.write('half', () => response.socket?.destroy()))
    const broken = await transport.request('GET', server.url, { signal: forEver() })
    await expect(textOf(broken.body)).rejects.toThrow()
    broken.close()
  })
}
