import type { ServerResponse } from 'node:http'
import type { Headers } from './cors.ts'
import type { Framing } from './framing.ts'
import { goJson } from './go-json.ts'
import type { WallClock } from './go-time.ts'
import type { Answer } from './native-reply.ts'
import { nextTurn } from './pause.ts'

/** Go's write buffer: a longer line leaves in several HTTP chunks. */
const WRITE_BUFFER_BYTES = 4096
const NDJSON = 'application/x-ndjson'
const EVENTS = 'text/event-stream'

/** Answers as Go's HTTP server writes them: its headers in its order, and none of Node's own. */
export class GoResponse implements Answer {
  readonly #response: ServerResponse
  readonly #time: WallClock
  /** What every answer carries, whatever it is. */
  readonly #always: Headers
  #framing: Framing = {}

  constructor(response: ServerResponse, time: WallClock, always: Headers = {}) {
    this.#response = response
    this.#time = time
    this.#always = always
  }

  /** Has anything been sent? Before the first token of a stream, nothing has. */
  get started(): boolean {
    return this.#response.headersSent
  }

  /** For the lines and events to come. */
  frameAs(framing: Framing): void {
    this.#framing = framing
  }

  json(status: number, value: unknown): void {
    this.whole(status, goJson(value), { 'Content-Type': 'application/json; charset=utf-8' })
  }

  /** A body that is known in full. */
  whole(status: number, body: string, headers: Headers = {}): void {
    this.#head(status, headers, status === 204 ? {} : { 'Content-Length': String(Buffer.byteLength(body)) })
    this.#response.end(body)
  }

  /** An error that turns up where a stream would have begun. */
  streamError(status: number, message: string): void {
    this.streamBody(status, goJson({ error: message }))
  }

  /** A body of JSON in place of a stream. */
  streamBody(status: number, json: string): void {
    this.#head(status, { 'Content-Type': 'application/json' })
    // Written before the end, or Node would add a length: Go sends it in chunks.
    this.#response.write(json)
    this.#response.end()
  }

  /** One line of a stream. Resolves when the reader can take more; a reader that never reads holds up the writer, as in Go. */
  line(value: unknown): Promise<void> {
    return this.rawLine(goJson(value))
  }

  rawLine(line: string): Promise<void> {
    return this.#write(NDJSON, `${line}\n`)
  }

  /** Half of a line, and no end to it. */
  halfLine(value: unknown): Promise<void> {
    return this.#write(NDJSON, halfOf(goJson(value)))
  }

  halfEvent(data: string): Promise<void> {
    return this.#write(EVENTS, `data: ${halfOf(data)}`)
  }

  /** One server-sent event. */
  event(data: string): Promise<void> {
    return this.#write(EVENTS, `data: ${data}\n\n`)
  }

  async #write(contentType: string, text: string): Promise<void> {
    const isFirst = !this.started
    if (isFirst) this.#head(200, { 'Content-Type': this.#framing.contentType ?? contentType })
    const [bytes = NOTHING, ...more] = this.#framing.pieces?.(text, isFirst) ?? [Buffer.from(text)]
    this.#chunk(bytes.subarray(0, WRITE_BUFFER_BYTES))
    if (bytes.length > WRITE_BUFFER_BYTES) this.#chunk(bytes.subarray(WRITE_BUFFER_BYTES))
    for (const piece of more) {
      await nextTurn()
      this.#chunk(piece)
    }
    if (this.#response.writableNeedDrain) await drained(this.#response)
  }

  /** One HTTP chunk. From Node 26 on a response joins those of one turn, unless its socket gathers them already. */
  #chunk(bytes: Uint8Array): void {
    const { socket } = this.#response
    if (socket && !socket.writableCorked) {
      socket.cork()
      process.nextTick(() => socket.uncork())
    }
    this.#response.write(bytes)
  }

  /** The end of a stream, also of one in which nothing was ever written. */
  end(): void {
    this.#end(NDJSON)
  }

  /** The same for a stream of events. */
  endEvents(): void {
    this.#end(EVENTS)
  }

  #end(contentType: string): void {
    if (!this.started) this.#head(200, { 'Content-Type': this.#framing.contentType ?? contentType })
    this.#response.end()
  }

  /** Resets the connection, after what was written has left. */
  async reset(): Promise<void> {
    const { socket } = this.#response
    if (!socket) return
    if (this.started) {
      // An empty write goes out after everything before it. Not on the response, where it would end the chunks.
      await new Promise<void>(resolve => socket.write('', () => resolve()))
      // A reset that overtakes the reader looks like an ordinary end: two turns let a reader in this process catch up.
      await nextTurn()
      await nextTurn()
    }
    socket.resetAndDestroy()
  }

  #head(status: number, headers: Headers, framing: Headers = {}): void {
    const response = this.#response
    response.statusCode = status
    // Go sorts what the handler has set, then writes date and length, and no `Keep-Alive`.
    response.removeHeader('Connection')
    const sorted = Object.entries({ ...this.#always, ...headers }).sort(([a], [b]) => (a < b ? -1 : 1))
    for (const [name, value] of [...sorted, ['Date', this.#time.httpDate()] as const, ...Object.entries(framing)]) {
      response.setHeader(name, value)
    }
    // Only who asked for it is told that the connection ends.
    if (/\bclose\b/i.test(response.req.headers.connection ?? '')) response.setHeader('Connection', 'close')
  }
}

const NOTHING = Buffer.alloc(0)

function halfOf(line: string): string {
  return line.slice(0, line.length / 2)
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    if (response.destroyed) return resolve()
    const go = () => {
      response.off('drain', go)
      response.off('close', go)
      resolve()
    }
    response.on('drain', go)
    response.on('close', go)
  })
}
