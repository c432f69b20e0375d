import { connect, type Socket } from 'node:net'

export interface RawReply {
  /** `HTTP/1.1 200 OK` */
  readonly statusLine: string
  /** As written, in order: `Content-Type: text/plain`. */
  readonly headers: readonly string[]
  /** The body's HTTP chunks; a body that is not chunked is one. */
  readonly chunks: readonly string[]
  readonly body: string
  /** Did the body end as HTTP says it must? */
  readonly complete: boolean
}

/** An exchange over a bare socket, so that every byte is seen as it is. */
export class RawExchange {
  readonly socket: Socket
  readonly closed: Promise<void>
  /** The reset or broken pipe that ended it. */
  error: NodeJS.ErrnoException | undefined
  #received = Buffer.alloc(0)
  #watchers: (() => void)[] = []

  constructor(url: string, method: string, path: string, body?: string, headers: readonly string[] = []) {
    const { port, hostname } = new URL(url)
    this.socket = connect(Number(port), hostname)
    this.socket.on('data', data => {
      this.#received = Buffer.concat([this.#received, data])
      this.#wake()
    })
    this.socket.on('error', error => {
      this.error = error
    })
    this.closed = new Promise(resolve =>
      this.socket.on('close', () => {
        resolve()
        this.#wake()
      }),
    )
    const host = headers.some(header => header.startsWith('Host: ')) ? [] : ['Host: 127.0.0.1']
    const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
    this.socket.write([`${method} ${path} HTTP/1.1`, ...host, ...length, ...headers, '', body ?? ''].join('\r\n'))
  }

  get bytes(): Buffer {
    return this.#received
  }

  get text(): string {
    return this.#received.toString('utf8')
  }

  /** Resolves as soon as what has arrived passes the check; rejects when the connection ends before. */
  async until(check: (text: string) => boolean): Promise<void> {
    while (!check(this.text)) {
      if (this.socket.destroyed) throw new Error(`the connection ended after ${JSON.stringify(this.text)}`)
      await new Promise<void>(resolve => this.#watchers.push(resolve))
    }
  }

  /** What has arrived, read as HTTP. */
  get reply(): RawReply {
    const [head = '', ...rest] = splitOnce(this.#received, '\r\n\r\n')
    const [statusLine = '', ...headers] = head.toString().split('\r\n')
    const raw = rest[0] ?? Buffer.alloc(0)
    if (!headers.includes('Transfer-Encoding: chunked')) {
      const body = raw.toString()
      const length = headers.find(header => header.startsWith('Content-Length: '))
      return { statusLine, headers, chunks: [body], body, complete: length === `Content-Length: ${raw.length}` }
    }
    const { chunks, complete } = unchunked(raw)
    return { statusLine, headers, chunks, body: chunks.join(''), complete }
  }

  #wake(): void {
    const watchers = this.#watchers
    this.#watchers = []
    for (const wake of watchers) wake()
  }
}

/** One request on a connection of its own, read to its end. */
export async function rawRequest(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: readonly string[] = [],
): Promise<RawReply> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const exchange = new RawExchange(url, method, path, text, headers)
  const hasNoBody = () => method === 'HEAD' || exchange.text.startsWith('HTTP/1.1 204')
  await exchange.until(text => exchange.reply.complete || (text.includes('\r\n\r\n') && hasNoBody()))
  exchange.socket.destroy()
  return exchange.reply
}

/** The lines of a streamed body, parsed. */
export function linesOf({ body }: RawReply): Record<string, unknown>[] {
  return body
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
}

function unchunked(raw: Buffer): { chunks: string[]; complete: boolean } {
  const chunks: string[] = []
  let at = 0
  for (;;) {
    const lineEnd = raw.indexOf('\r\n', at)
    if (lineEnd === -1) return { chunks, complete: false }
    const size = Number.parseInt(raw.subarray(at, lineEnd).toString(), 16)
    const start = lineEnd + 2
    if (raw.length < start + size + 2) return { chunks, complete: false }
    if (size === 0) return { chunks, complete: true }
    chunks.push(raw.subarray(start, start + size).toString())
    at = start + size + 2
  }
}

function splitOnce(bytes: Buffer, separator: string): Buffer[] {
  const at = bytes.indexOf(separator)
  return at === -1 ? [bytes] : [bytes.subarray(0, at), bytes.subarray(at + separator.length)]
}
