import { Agent, buildConnector, type Dispatcher } from 'undici'
import { BurstBody } from './burst-body.ts'
import { readAtOnce } from './socket-reads.ts'
import type { Transport, TransportRequest, TransportResponse } from './transport.ts'

// A cold model loads for minutes before its first byte, where undici's own limits would end the request at five; our deadlines rule.
const LIMITS = { headersTimeout: 0, bodyTimeout: 0 }

/** Of a body that can't be paused, no more than this waits to be read: far above any reply. */
const MOST_UNPAUSED_BYTES = 16 * 1024 * 1024

/** Connections begun so far. */
let connections = 0
const connect = buildConnector({})
const agent = new Agent({
  ...LIMITS,
  connect: (options, callback) => {
    connections++
    connect(options, (...connected) => {
      const [error, socket] = connected
      // What TLS brings has had a buffer of its own.
      if (!error && options.protocol === 'http:') readAtOnce(socket)
      callback(...connected)
    })
  },
})
/** Uses no connection twice. */
const freshAgent = new Agent({ ...LIMITS, pipelining: 0 })

/**
 * HTTP for Node. `dispatch` rather than `request`, whose streams cost more than all the rest of a line: they hand over each HTTP
 * chunk by itself, and Ollama sends a chunk for each token.
 *
 * A server may close a kept connection while a request is just on its way, unread: that request is sent once more, over a new
 * connection. If one was begun meanwhile it may have been this request's, and then it is the server that fails.
 */
export const transport: Transport = {
  request(method, url, init) {
    return new Promise((resolve, reject) => {
      const before = connections
      send(agent, method, url, init, resolve, error => {
        if (connections !== before || init.signal.aborted || !isLostConnection(error)) reject(error)
        else send(freshAgent, method, url, init, resolve, reject)
      })
    })
  },
}

function send(
  dispatcher: Dispatcher,
  method: 'GET' | 'POST',
  url: string,
  init: TransportRequest,
  resolve: (response: TransportResponse) => void,
  reject: (error: unknown) => void,
): void {
  const { origin, path } = addressOf(url)
  const { body = null, headers = {} } = init
  const exchange = new Exchange(resolve, reject)
  dispatcher.dispatch({ origin, path, method, body, headers }, exchange)
  // Now that the request is on its way: the server has it that much earlier.
  exchange.follow(init.signal)
}

interface Address {
  readonly url: string
  readonly origin: string
  readonly path: string
}

// Nearly every request goes where the one before it went.
let lastAddress: Address | undefined

function addressOf(url: string): Address {
  if (lastAddress?.url !== url) {
    const { origin, pathname, search } = new URL(url)
    lastAddress = { url, origin, path: `${pathname}${search}` }
  }
  return lastAddress
}

/** Headers by lower-case name; of those that came more than once, all values. */
function joined(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) flat[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return flat
}

/**
 * Bodies of connections that are kept. When another one ends while undici's parser waits, a failed assertion of undici 7 ends the
 * program (nodejs/undici#5360). It doesn't tell whether it keeps a connection, so that one of which this isn't sure is not paused.
 */
function mayPause(headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
  return /chunked\s*$/i.test(String(headers['transfer-encoding'])) && !/\bclose\b/i.test(String(headers.connection))
}

function isLostConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(?:UND_ERR_SOCKET|ECONNRESET|EPIPE)$/.test(String(error.code))
}

/** What undici tells of one request. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (response: TransportResponse) => void
  readonly #reject: (error: unknown) => void
  #signal: AbortSignal | undefined
  readonly #abort = () => this.#close()
  #controller: Dispatcher.DispatchController | undefined
  #body: BurstBody | undefined
  #isOver = false

  constructor(resolve: (response: TransportResponse) => void, reject: (error: unknown) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  follow(signal: AbortSignal): void {
    this.#signal = signal
    if (signal.aborted) this.#close()
    else if (!this.#isOver) signal.addEventListener('abort', this.#abort, { once: true })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#signal?.aborted) this.#close()
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // An answer before the answer, such as 103: the real one follows.
    if (status < 200) return
    this.#body = mayPause(headers)
      ? new BurstBody(controller)
      : new BurstBody({ pause: () => this.#giveUp(), resume: () => {} }, MOST_UNPAUSED_BYTES)
    this.#resolve({
      status,
      // Nobody asks for them when all is well.
      get headers() {
        return joined(headers)
      },
      body: this.#body,
      close: () => this.#close(),
    })
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body?.push(chunk)
  }

  onResponseEnd(): void {
    this.#over()
    this.#body?.end()
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#over()
    if (this.#body) this.#body.fail(error)
    else this.#reject(error)
  }

  /** Ends the connection, unless all of the answer is here: then it is kept for the next request. */
  #close(): void {
    if (this.#body?.ended) return
    const reason = this.#signal?.aborted ? this.#signal.reason : new DOMException('the body was left', 'AbortError')
    if (this.#controller) this.#controller.abort(reason)
    // Still connecting, which undici does to its end, though nothing is sent then: for up to ten seconds.
    else this.#reject(reason)
  }

  #giveUp(): void {
    this.#controller?.abort(new Error(`${MOST_UNPAUSED_BYTES} bytes of the body have come, and nobody read them`))
  }

  #over(): void {
    this.#isOver = true
    this.#signal?.removeEventListener('abort', this.#abort)
  }
}
