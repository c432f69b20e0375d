import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export interface WireRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Settles when the connection under this request is gone, or when the response was sent whole. */
  readonly gone: Promise<void>
  readonly response: ServerResponse
}

export interface WireServer {
  readonly url: string
  readonly requests: readonly WireRequest[]
  /** Connections that were made. */
  readonly connections: number
  /** Sockets that are open now. */
  readonly openSockets: number
  /** The request with this index, as soon as it is there. */
  request(index: number): Promise<WireRequest>
}

/** A real HTTP server on a free port, until the test is over. */
export async function serve(answer: (request: WireRequest) => void): Promise<WireServer> {
  const requests: WireRequest[] = []
  const waiting: (() => void)[] = []
  let openSockets = 0
  let connections = 0
  const server = createServer(async (incoming, response) => {
    const gone = new Promise<void>(resolve => response.on('close', resolve))
    let body = ''
    for await (const chunk of incoming.setEncoding('utf8')) body += chunk
    const { method = '', url: path = '', headers } = incoming
    const request = { method, path, headers, body, gone, response }
    requests.push(request)
    for (const tell of waiting.splice(0)) tell()
    answer(request)
  })
  server.on('connection', socket => {
    openSockets++
    connections++
    socket.on('close', () => openSockets--)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    // A server that listens on a port has such an address.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get connections() {
      return connections
    },
    get openSockets() {
      return openSockets
    },
    async request(index) {
      while (true) {
        const request = requests[index]
        if (request) return request
        await new Promise<void>(resolve => waiting.push(resolve))
      }
    },
  }
}

/** Answers every request with this body. */
export function serveBody(body: string | Uint8Array, status = 200, headers: Record<string, string> = {}) {
  return serve(({ response }) => response.writeHead(status, headers).end(body))
}

/** What a request asked for. */
export function sent(request: WireRequest | undefined): unknown {
  return JSON.parse(request?.body ?? 'null')
}

/** A line of `/api/chat` as Ollama writes it. */
export function line(content: string): string {
  return `${goJson({ model: 'm', created_at: '2026-11-21T01:04:29.5Z', message: { role: 'assistant', content }, done: false })}\n`
}

/** The last line; fields that are `undefined` stay out. */
export function doneLine(report: Readonly<Record<string, unknown>> = { done_reason: 'stop' }): string {
  return `${goJson({ model: 'm', created_at: '2026-11-21T01:04:30Z', message: { role: 'assistant', content: '' }, done: true, ...report })}\n`
}

/** Go escapes these in every string. */
function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
