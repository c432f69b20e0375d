import { createServer, type Socket } from 'node:net'

/** What one request of the wire benchmark asks for, as the text of its prompt. */
export interface WireWish {
  readonly lines: number
  /** Lines per second; absent for as fast as the socket takes them. */
  readonly perSecond?: number
}

/** Lines in one write at full speed: what a socket takes at once. */
const LINES_PER_WRITE = 400

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n'
const LINE = chunked(
  '{"model":"hermes2pro","created_at":"2026-11-21T01:03:00.31292612Z","message":{"role":"assistant","content":" word"},"done":false}\n',
)
const LAST = `${chunked(
  '{"model":"hermes2pro","created_at":"2026-11-21T01:03:00.31292612Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":88957082,"load_duration":2797921,"prompt_eval_count":26,"prompt_eval_duration":50000000,"eval_count":4,"eval_duration":30000000}\n',
)}0\r\n\r\n`

function chunked(line: string): string {
  return `${Buffer.byteLength(line).toString(16)}\r\n${line}\r\n`
}

/**
 * A server that costs nothing worth measuring: prepared bytes, one HTTP chunk for each line as Ollama writes them, on bare sockets.
 * Run as a process of its own, it prints its port and lives until it is killed.
 */
const server = createServer(socket => {
  socket.setNoDelay(true)
  socket.on('error', () => {})
  let received = ''
  socket.on('data', data => {
    received += data.toString('latin1')
    const head = received.indexOf('\r\n\r\n')
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0)
    if (head === -1 || received.length < head + 4 + length) return
    const wish: WireWish = JSON.parse(JSON.parse(received.slice(head + 4)).messages[0].content)
    received = ''
    socket.write(HEAD + LINE)
    if (wish.perSecond === undefined) writeAll(socket, wish.lines - 1)
    else writePaced(socket, wish.lines - 1, 1000 / wish.perSecond)
  })
})

function writeAll(socket: Socket, lines: number): void {
  let left = lines
  const burst = Buffer.from(LINE.repeat(LINES_PER_WRITE))
  const write = () => {
    while (left > 0) {
      const count = Math.min(left, LINES_PER_WRITE)
      left -= count
      const goesOn = socket.write(count === LINES_PER_WRITE ? burst : LINE.repeat(count))
      if (!goesOn) return void socket.once('drain', write)
    }
    socket.write(LAST)
  }
  write()
}

/** Each stream has its own timer, so that no two share a wake-up but by chance. */
function writePaced(socket: Socket, lines: number, everyMs: number): void {
  let left = lines
  const stop = () => clearInterval(timer)
  const timer = setInterval(() => {
    if (left-- > 0) return void socket.write(LINE)
    stop()
    socket.off('close', stop)
    socket.write(LAST)
  }, everyMs)
  socket.once('close', stop)
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address) process.stdout.write(`${address.port}\n`)
})
