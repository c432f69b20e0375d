import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ManualClock, SimulatedOllama, type SimulatedOllamaOptions } from '../../src/testing/index.ts'
import { linesOf, RawExchange, rawRequest } from './raw-http.ts'

// What a real Ollama 0.33 did with several requests at once. Its engine was a stand-in of another pace than any profile's: what is
// compared is who waited for whom, who was refused, and what made it load the model anew.
const FIXTURE = new URL('../fixtures/ollama/concurrency.txt', import.meta.url)

/** Milliseconds from the request on. */
interface Seen {
  readonly name: string
  readonly status: number
  readonly headMs: number
  readonly endMs: number
  readonly rest: string
}

const traced = readFileSync(FIXTURE, 'utf8').split(/^# /m).slice(1).map(readBlock)

function readBlock(block: string) {
  const [title = '', ...lines] = block.trimEnd().split('\n')
  const seen = lines.flatMap((line): Seen[] => {
    const [, name = '', status, head, end, rest = ''] =
      /^(.*?) ?\[?\((\d+), ([\d.]+), ([\d.]+)[,)] ?(.*)$/.exec(line) ?? []
    return status === undefined
      ? []
      : [{ name, status: Number(status), headMs: 1000 * Number(head), endMs: 1000 * Number(end), rest }]
  })
  return { title, lines, seen }
}

/** The first block of that name. Of lines without a name of their own, those before the first that has one. */
function block(title: string) {
  const found = traced.find(block => block.title.startsWith(title))
  if (!found) throw new Error(`the fixture has no '${title}'`)
  return { ...found, nameless: found.seen.filter(({ name }) => name === '') }
}

const MODEL = 'hermes2pro'
/** The stand-in's reply is as long. */
const TEN_TOKENS = ' a b c d e f g h i j'

let clock: ManualClock
let server: SimulatedOllama
beforeEach(() => {
  clock = new ManualClock()
})
afterEach(() => server.stop())

async function start(options: SimulatedOllamaOptions) {
  server = await SimulatedOllama.start({
    profile: 'rtx-3060',
    models: [MODEL],
    clock,
    reply: () => TEN_TOKENS,
    ...options,
  })
}

const chat = (more: object = {}) =>
  JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'x' }], ...more })

async function turn(): Promise<void> {
  await new Promise(resolve => setImmediate(resolve))
}

/** One request that has arrived. Its times are the manual clock's. */
async function ask(body: string) {
  const count = server.requests.length
  const exchange = new RawExchange(server.url, 'POST', '/api/chat', body)
  const startMs = clock.now()
  const whenever = async (check: () => boolean) => {
    await exchange.until(check)
    return clock.now() - startMs
  }
  const seen = (async () => {
    const headMs = await whenever(() => exchange.text.includes('\r\n\r\n'))
    const endMs = await whenever(() => exchange.reply.complete)
    const { statusLine, body } = exchange.reply
    return { name: '', status: Number(statusLine.split(' ')[1]), headMs, endMs, rest: body }
  })()
  seen.catch(() => {})
  while (server.requests.length === count || server.requests.at(-1)?.model === '') await turn()
  return { exchange, seen }
}

/** Lets the clock run until the work is done. */
async function finish<T>(work: Promise<T>): Promise<T> {
  let done = false
  const settled = () => {
    done = true
  }
  work.then(settled, settled)
  while (!done) await clock.advanceAsync(25)
  return await work
}

async function askAtOnce(count: number): Promise<Seen[]> {
  const asked = []
  for (let i = 0; i < count; i++) asked.push((await ask(chat())).seen)
  return await finish(Promise.all(asked))
}

const load = async () => finish((await ask(chat())).seen)

/** How many answers were being written at one time. */
function mostAtOnce(seen: readonly Seen[]): number {
  return Math.max(
    ...seen.map(({ headMs }) => seen.filter(other => other.headMs <= headMs && headMs < other.endMs).length),
  )
}

test('five at once on two slots: two are written at a time, and all are served', async () => {
  const { nameless } = block('5 concurrent, NUM_PARALLEL=2')
  await start({ parallel: 2 })
  await load()
  const seen = await askAtOnce(5)
  expect(seen.map(({ status }) => status)).toEqual(nameless.map(({ status }) => status))
  expect([mostAtOnce(seen), mostAtOnce(nameless)]).toEqual([2, 2])
  // In three waves, the last of them one answer.
  const waits = (answers: readonly Seen[]) => answers.map(({ headMs }) => headMs).sort((a, b) => a - b)
  for (const [first = 0, , third = 0, , fifth = 0] of [waits(seen), waits(nameless)]) {
    expect(third).toBeGreaterThan(2 * first)
    expect(fifth).toBeGreaterThan(1.3 * third)
  }
})

test('twelve at once on a model that is not loaded, with a queue of three: four are served, eight refused at once', async () => {
  const { nameless } = block('12 concurrent on an UNLOADED model with MAX_QUEUE=3')
  await start({ parallel: 4, maxQueue: 3 })
  const seen = await askAtOnce(12)
  const told = (answers: readonly Seen[]) =>
    answers.map(({ status, rest }) => [status, status === 503 ? rest.trim() : '']).sort()
  expect(told(seen)).toEqual(told(nameless))
  for (const answers of [seen, nameless]) {
    const [refused, served] = [503, 200].map(status => answers.filter(answer => answer.status === status))
    expect(Math.max(...(refused?.map(({ endMs }) => endMs) ?? []))).toBeLessThan(
      Math.min(...(served?.map(({ headMs }) => headMs) ?? [])),
    )
  }
})

describe('what makes it load the model anew', () => {
  const asked: Readonly<Record<string, object>> = {
    base: {},
    same: {},
    'num_ctx=2048': { options: { num_ctx: 2048 } },
    'num_ctx=2048 again': { options: { num_ctx: 2048 } },
    'temperature only': { options: { num_ctx: 2048, temperature: 0.1 } },
    'shift=false': { options: { num_ctx: 2048 }, shift: false },
    'num_thread=3': { options: { num_thread: 3 } },
    'num_keep=9': { options: { num_keep: 9 } },
    'back to default': {},
  }

  test('is the same in the same order', async () => {
    const steps = block('12 concurrent on an UNLOADED model').seen.filter(({ name }) => name !== '')
    expect(steps.map(({ name }) => name)).toEqual(Object.keys(asked))
    await start({})
    await load()
    const { loadMs } = server.profile
    const reloads: Record<string, boolean> = {}
    for (const { name } of steps) {
      const { headMs } = await finish((await ask(chat({ stream: false, ...asked[name] }))).seen)
      reloads[name] = headMs >= loadMs
    }
    // The stand-in loads in a second, and answers in less than a tenth of one.
    expect(reloads).toEqual(Object.fromEntries(steps.map(({ name, headMs }) => [name, headMs > 1000])))
    expect(Object.values(reloads).filter(Boolean)).toHaveLength(5)
  })
})

test('who leaves the queue is forgotten: the next one runs right after the two that are being served', async () => {
  const { seen } = block('2 long running + 3 queued')
  expect(seen.map(({ name, status }) => [name, status])).toEqual([
    ['long', 200],
    ['long', 200],
    ['last', 200],
  ])
  await start({ parallel: 2 })
  await load()
  const long = [await ask(chat()), await ask(chat())]
  const queued = [await ask(chat()), await ask(chat()), await ask(chat())]
  for (const { exchange } of queued) exchange.socket.destroy()
  while (server.requests.filter(({ ended }) => ended === 'aborted').length < 3) await turn()
  const last = await ask(chat())
  const [first, second, answer] = await finish(Promise.all([...long, last].map(({ seen }) => seen)))
  expect([first, second, answer].map(answer => answer?.status)).toEqual([200, 200, 200])
  expect(answer?.headMs).toBeGreaterThan(Math.min(first?.endMs ?? 0, second?.endMs ?? 0))
  // By what a prompt and a token take, and not by three more replies.
  expect(answer?.headMs).toBeLessThan(1.5 * Math.max(first?.endMs ?? 0, second?.endMs ?? 0))
  expect(server.requests.map(({ outputTokens }) => outputTokens > 0)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    true,
  ])
})

test('an abort while the model is loaded ends that, and nothing is in memory', async () => {
  const [ps] = block('abort while loading').lines.slice(1)
  await start({})
  const { exchange } = await ask(chat())
  await clock.advanceAsync(1000)
  exchange.socket.destroy()
  while (!server.requests[0]?.ended) await turn()
  await clock.advanceAsync(10_000)
  expect(`b'${(await rawRequest(server.url, 'GET', '/api/ps')).body}'`).toBe(ps)
})

test('after readers who never read, both slots still serve', async () => {
  const { seen } = block('slow reader: never read')
  expect(seen.map(({ name, status }) => [name, status])).toEqual([
    ['after', 200],
    ['after', 200],
  ])
  await start({
    profile: 'instant',
    parallel: 2,
    reply: prompt => (prompt.includes('much') ? 'tick tock '.repeat(20_000) : ' one'),
  })
  for (let round = 0; round < 2; round++) {
    const much = JSON.stringify({
      model: MODEL,
      messages: [{ role: 'user', content: 'much' }],
      options: { num_predict: 40_000 },
    })
    const slow = [await ask(much), await ask(much)]
    for (const { exchange } of slow) exchange.socket.pause()
    for (let i = 0; i < 20; i++) await turn()
    for (const { exchange } of slow) exchange.socket.destroy()
    const answers = await askAtOnce(2)
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    for (const { rest } of answers) {
      expect(linesOf({ statusLine: '', headers: [], chunks: [], complete: true, body: rest }).at(-1)).toMatchObject({
        done_reason: 'stop',
        eval_count: 2,
      })
    }
  }
  expect(server.requests.filter(({ ended }) => ended === 'aborted')).toHaveLength(4)
})

test('every block of the traces is compared, but for a log of one abort', () => {
  const compared = ['5 concurrent', '12 concurrent', '2 long running', 'abort while loading', 'slow reader']
  const others = traced.filter(({ title }) => !compared.some(start => title.startsWith(start)))
  // That an abort in mid-stream stops the writing is tested in simulated-ollama.test.ts.
  expect(others.map(({ title }) => title)).toEqual(['abort mid-stream'])
})
