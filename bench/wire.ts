import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { HermesOllamaClient, readAll } from 'planweave'
import { median } from './harness/interleaved.ts'
import type { Limits, Measurement } from './harness/measurement.ts'
import type { WireWish } from './harness/wire-server.ts'

const FLOOR = 'node:http, newline splitter, JSON.parse'
const OURS = 'HermesOllamaClient'
const STREAMS = 100
const LINES_PER_SECOND = 50
/** A line costs twice as much until the compiler is done with what reads it. */
const WARMUP_ROUNDS = 4
/** And a request until it is done with what sends it, of which a round of lines has too few. */
const WARMUP_REQUESTS = 3000

export const limits: Limits = {
  'HermesOllamaClient, 50 lines/s × 100 streams CPU': '≤ 1.1',
  'HermesOllamaClient, full speed CPU per line': '≤ 1.0',
  'HermesOllamaClient, first line time': '≤ 1.2',
}

/** Reads one reply to its end and returns how many characters of text it held. */
type Reader = (wish: WireWish, onFirst?: () => void) => Promise<number>

/** What reading replies costs this process. The server is another one, and its lines are prepared. */
export async function measure(): Promise<Measurement[]> {
  const server = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('harness/wire-server.ts', import.meta.url))],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  try {
    const port = await portOf(server)
    const client = new HermesOllamaClient({ baseUrl: `http://127.0.0.1:${port}` })
    const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
    const readers = { [FLOOR]: floorReader(port, agent), [OURS]: ourReader(client) }
    await warmUp(readers)
    const measurements = [...(await paced(readers)), ...(await fullSpeed(readers)), ...(await firstLine(readers))]
    agent.destroy()
    return measurements
  } finally {
    server.kill()
  }
}

type Readers = Readonly<Record<string, Reader>>

async function warmUp(readers: Readers): Promise<void> {
  for (const read of Object.values(readers)) {
    for (let i = 0; i < WARMUP_REQUESTS; i++) await read({ lines: 2 })
  }
}

/** CPU time, user and system, per line at the pace of models. */
async function paced(readers: Readers): Promise<Measurement[]> {
  const lines = 3 * LINES_PER_SECOND
  const name = `${LINES_PER_SECOND} lines/s × ${STREAMS} streams`
  const round = (read: Reader) =>
    Promise.all(Array.from({ length: STREAMS }, () => read({ lines, perSecond: LINES_PER_SECOND })))
  return await cpuRows(readers, name, 10, STREAMS * lines, round)
}

/** The same for one stream that is there at once, as from a cache or a proxy that held it back. */
async function fullSpeed(readers: Readers): Promise<Measurement[]> {
  const lines = 100_000
  return await cpuRows(readers, 'full speed', 10, lines, async read => [await read({ lines })])
}

/** One after the other on a connection that is open already, once the compiler is done with both. */
async function firstLine(readers: Readers): Promise<Measurement[]> {
  const ROUNDS = 1000
  const WARMUP = 1000
  const times = new Map(Object.keys(readers).map(name => [name, [] as number[]]))
  for (let round = -WARMUP; round < ROUNDS; round++) {
    for (const [name, read] of inTurn(readers, round)) {
      const startedAt = performance.now()
      let firstAt = 0
      await read({ lines: 2 }, () => {
        // The client's reader calls for every text.
        firstAt ||= performance.now()
      })
      if (round >= 0) times.get(name)?.push(firstAt - startedAt)
    }
  }
  const medianOf = (name: string) => 1000 * median(times.get(name) ?? [])
  return rows('first line', 'median', 'time', medianOf, medianOf(OURS) / medianOf(FLOOR))
}

/** Rounds of both readers in turn, so that what else happens on the machine meets both. */
async function cpuRows(
  readers: Readers,
  name: string,
  rounds: number,
  lines: number,
  round: (read: Reader) => Promise<readonly number[]>,
): Promise<Measurement[]> {
  const costs = new Map(Object.keys(readers).map(reader => [reader, [] as number[]]))
  for (let i = -WARMUP_ROUNDS; i < rounds; i++) {
    for (const [reader, read] of inTurn(readers, i)) {
      const before = process.cpuUsage()
      const chars = (await round(read)).reduce((sum, each) => sum + each, 0)
      const { user, system } = process.cpuUsage(before)
      if (chars !== lines * ' word'.length) throw new Error(`${reader} read ${chars} characters of ${lines} lines`)
      if (i >= 0) costs.get(reader)?.push((user + system) / lines)
    }
  }
  const [floor = [], ours = []] = [FLOOR, OURS].map(reader => costs.get(reader))
  // Of the rounds: what a neighbour does to the machine lasts for longer than one.
  const ratio = median(ours.map((cost, i) => cost / (floor[i] ?? Number.NaN)))
  return rows(name, 'CPU per line', 'CPU', reader => median(costs.get(reader) ?? []), ratio)
}

/** Each of them first, in every other round: who is second finds warm caches, and another one's garbage. */
function inTurn(readers: Readers, round: number): [string, Reader][] {
  const entries = Object.entries(readers)
  return round % 2 === 0 ? entries : entries.reverse()
}

function rows(
  name: string,
  metric: string,
  ratioMetric: string,
  medianOf: (reader: string) => number,
  ratio: number,
): Measurement[] {
  const figure = (reader: string) => {
    return { bench: 'wire', case: `${reader}, ${name}`, metric, value: medianOf(reader), unit: 'µs' }
  }
  return [
    figure(FLOOR),
    figure(OURS),
    {
      bench: 'wire',
      case: `${OURS}, ${name}`,
      metric: ratioMetric,
      value: ratio,
      unit: '×',
      ratioTo: `${FLOOR}, ${name}`,
    },
  ]
}

function ourReader(client: HermesOllamaClient): Reader {
  return async (wish, onFirst) => {
    const { text } = await readAll(client.completeStreaming(JSON.stringify(wish)), onFirst)
    return text.length
  }
}

/** What a careful program without a library does: the same request, whole lines of bytes, each parsed once. */
function floorReader(port: number, agent: Agent): Reader {
  return (wish, onFirst) =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify({
        model: 'adrienbrault/nous-hermes2pro:Q4_K_M',
        messages: [{ role: 'user', content: JSON.stringify(wish) }],
        stream: true,
        truncate: false,
        keep_alive: '30m',
        options: { num_ctx: 4096, num_predict: 1024 },
      })
      const asked = request({ port, host: '127.0.0.1', method: 'POST', path: '/api/chat', agent }, response => {
        let rest: Buffer = Buffer.alloc(0)
        let chars = 0
        response.on('data', (bytes: Buffer) => {
          const buffer = rest.length > 0 ? Buffer.concat([rest, bytes]) : bytes
          let start = 0
          for (let end = buffer.indexOf(10, start); end >= 0; end = buffer.indexOf(10, start)) {
            const line = JSON.parse(buffer.toString('utf8', start, end))
            chars += line.message.content.length
            onFirst?.()
            onFirst = undefined
            start = end + 1
          }
          rest = buffer.subarray(start)
        })
        response.on('end', () => resolve(chars))
        response.on('error', reject)
      })
      asked.on('error', reject)
      asked.setHeader('Accept', 'application/x-ndjson')
      asked.setHeader('Content-Type', 'application/json')
      asked.setHeader('Content-Length', Buffer.byteLength(body))
      asked.end(body)
    })
}

async function portOf(server: ChildProcess): Promise<number> {
  if (!server.stdout) throw new Error('the server has no output')
  const [port]: Buffer[] = await once(server.stdout, 'data')
  return Number(String(port))
}
