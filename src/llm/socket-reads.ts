/** What is read of one of Node's sockets. */
interface SocketReads {
  readonly readableLength: number
  push(chunk: unknown, encoding?: BufferEncoding): boolean
  read(size?: number): unknown
  emit(event: 'readable'): boolean
}

/** One at a time, as each is read through before the next. */
let arriving: SocketReads | undefined
let arrived: unknown
let waiting: AfterRead | undefined

const SETTLED = Promise.resolve()

/** Whoever acts on all that one read brought. */
export interface AfterRead {
  readThrough(): void
}

/** Once the parser has gone through all that the socket brought, which it does without a pause. */
export function afterRead(reader: AfterRead): void {
  if (arriving && !waiting) waiting = reader
  // A socket that is not read at once. Not `queueMicrotask`, for which Node makes a resource that can be followed.
  else SETTLED.then(() => reader.readThrough())
}

/**
 * Lets whoever reads a socket on its event `readable` do so in the moment in which something arrives. A stream would put it into its
 * buffer first, and tell in a later turn, which costs a line of a reply as much as all that we do with it. What is not taken then
 * goes that way, as does all that comes while something is in the buffer.
 */
export function readAtOnce(socket: SocketReads): void {
  socket.push = push
  socket.read = read
}

function push(this: SocketReads, chunk: unknown, encoding?: BufferEncoding): boolean {
  if (chunk === null || arriving || this.readableLength > 0) return usual(this).push.call(this, chunk, encoding)
  arriving = this
  arrived = chunk
  let left: unknown
  try {
    this.emit('readable')
  } finally {
    left = arrived
    arriving = undefined
    arrived = undefined
  }
  const reader = waiting
  waiting = undefined
  reader?.readThrough()
  return left === undefined || usual(this).push.call(this, left, encoding)
}

function read(this: SocketReads, size?: number): unknown {
  if (arriving !== this || size !== undefined || this.readableLength > 0) return usual(this).read.call(this, size)
  const chunk = arrived ?? null
  arrived = undefined
  return chunk
}

/** What every such socket does. */
function usual(socket: SocketReads): SocketReads {
  return Object.getPrototypeOf(socket)
}
