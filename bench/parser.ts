import { existsSync } from 'node:fs'
import { BareReader } from './harness/bare-reader.ts'
import { PlanParser } from './harness/built-planweave.ts'
import { inFreshProcess, mediansOf } from './harness/fresh-process.ts'
import { bytesAllocated, bytesRetained } from './harness/heap.ts'
import { importMs } from './harness/import-time.ts'
import { cpuMs, interleaved, median, medianRatio, percentile } from './harness/interleaved.ts'
import type { Limits, Measurement } from './harness/measurement.ts'
import { caseOf, FLOOR, NOISY, OURS, row } from './harness/parser-cases.ts'
import { actions, noisy, type PlanDocument, planDocument } from './harness/plan-document.ts'
import {
  acceptingActions,
  fidelityOf,
  type ReadReply,
  readBare,
  readPlans,
  readPlansAsWritten,
} from './harness/reply-readers.ts'

/** A library of `bench/peers`, given the same job. */
interface Peer {
  readonly name: string
  readonly read: ReadReply
  /** Its time grows with the square of the reply: it gets the smallest one only. */
  readonly quadratic: boolean
}

const TIMES = new URL('./harness/parser-times.ts', import.meta.url)
const PEERS = new URL('./peers/', import.meta.url)

export const limits: Limits = {
  [`${OURS} time`]: '≤ 1.6, aim 1.3',
  [`${NOISY} time`]: '≤ 3, aim 2',
  [`${OURS} growth`]: '≤ 1.1',
  [`${OURS} late`]: '0',
  [`${NOISY} late`]: '0',
  [`${OURS} latency p50`]: '≤ 7',
  [`${OURS} latency p99`]: '≤ 20',
  [`${OURS} allocation`]: '≤ 2.5',
  [`${OURS} retained`]: '≤ 0.5',
  [`${OURS} import`]: '≤ 15',
}

/**
 * The parser alone, fed pieces of one to six characters, against a floor that reads the same pieces, by processor time. The floor reads the reply
 * without noise, always, so that the noise is paid for in full.
 */
export async function measure(): Promise<Measurement[]> {
  const small = planDocument(10)
  const medium = planDocument(100)
  const large = planDocument(1000)
  const peers = await installedPeers()
  const linear = peers.filter(peer => !peer.quadratic)
  return [
    ...times([10, 100, 1000]),
    ...(await peerTimes(small, peers)),
    ...(await peerTimes(medium, linear)),
    ...(await peerTimes(large, linear)),
    ...growthIn(large),
    ...latencyIn(large),
    row(OURS, 'import', importMs('parser/plan-parser', 15), 'ms CPU'),
    // After all that is timed: full collections throw compiled code away, and functions that were once fed by a generator are
    // never again as fast with an array.
    ...memoryFor(large),
    ...(await latenessIn(large)),
    ...(await peerFidelity(small, peers)),
  ]
}

/** In processes of their own, because how the compiler fares in one shows in all its figures. */
function times(counts: readonly number[]): Measurement[] {
  const options = { counts, rounds: 15, blockMs: 25 }
  return mediansOf(Array.from({ length: 5 }, () => inFreshProcess<Measurement[]>(TIMES, 'timesOf', options)))
}

type Fed = { push(chunk: string): unknown }
const startBare = (): Fed => new BareReader(ignore, ignore)
const startOurs = (agents: readonly string[]) => (): Fed => new PlanParser({ actions: acceptingActions, agents })

/** Cost of the last tenth of the pieces to that of the first; of the floor too, since these are not the same pieces. */
function growthIn({ chunks, agents }: PlanDocument): Measurement[] {
  const tenth = Math.floor(chunks.length / 10)
  const first = chunks.slice(0, tenth)
  const between = chunks.slice(tenth, -tenth)
  const last = chunks.slice(-tenth)
  const growthOf = (start: () => Fed) => {
    const reader = start()
    const firstMs = msToPush(reader, first)
    msToPush(reader, between)
    return msToPush(reader, last) / firstMs
  }
  const passes = Array.from({ length: 31 }, () => ({
    [FLOOR]: growthOf(startBare),
    [OURS]: growthOf(startOurs(agents)),
  }))
  return ([FLOOR, OURS] as const).map(name =>
    row(name, 'growth', median(passes.map(pass => pass[name])), '× last tenth to first', agents),
  )
}

function msToPush(reader: Fed, chunks: readonly string[]): number {
  const start = cpuMs()
  for (const chunk of chunks) reader.push(chunk)
  return cpuMs() - start
}

/** Time in the `push` that brings a closing brace, after which the caller has the step or plan in hand. */
function latencyIn({ chunks, agents, elements }: PlanDocument): Measurement[] {
  const closing = closingIn(chunks, new Set(elements.map(element => element.end)))
  const measurements: Measurement[] = []
  for (const [name, start] of [[FLOOR, startBare] as const, [OURS, startOurs(agents)] as const]) {
    const microseconds: number[] = []
    for (let pass = 0; pass < 15; pass++) {
      const reader = start()
      for (const [i, chunk] of chunks.entries()) {
        const before = performance.now()
        reader.push(chunk)
        // The first passes are the compiler's.
        if (pass >= 5 && closing[i]) microseconds.push((performance.now() - before) * 1000)
      }
    }
    measurements.push(
      row(name, 'latency p50', percentile(microseconds, 0.5), 'µs', agents),
      row(name, 'latency p99', percentile(microseconds, 0.99), 'µs', agents),
    )
  }
  return measurements
}

/** For each piece, whether a step or plan ends in it. */
function closingIn(chunks: readonly string[], ends: ReadonlySet<number>): readonly boolean[] {
  let at = 0
  return chunks.map(chunk => {
    const start = at
    at += chunk.length
    for (let end = start + 1; end <= at; end++) if (ends.has(end)) return true
    return false
  })
}

/** Heap in use, looked at every few pieces and added up where it grew; retained is what a full collection leaves. */
function memoryFor({ text, chunks, agents }: PlanDocument): Measurement[] {
  const allocated = (start: () => Fed) => {
    const reader = start()
    return bytesAllocated(chunks, chunk => reader.push(chunk)) / text.length
  }
  const runs = Array.from({ length: 7 }, () => ({
    floor: allocated(startBare),
    ours: allocated(startOurs(agents)),
    retained: bytesRetained(chunks, startOurs(agents)) / text.length,
  }))
  return [
    row(FLOOR, 'allocated', median(runs.map(run => run.floor)), 'KB per KB', agents),
    row(OURS, 'allocated', median(runs.map(run => run.ours)), 'KB per KB', agents),
    {
      ...row(OURS, 'allocation', median(runs.map(run => run.ours / run.floor)), '×', agents),
      ratioTo: caseOf(FLOOR, agents),
    },
    row(OURS, 'retained', median(runs.map(run => run.retained)), 'KB per KB', agents),
  ]
}

/** Characters between a closing brace and its event, the worst of all, fed one by one. */
async function latenessIn(document: PlanDocument): Promise<Measurement[]> {
  const measurements: Measurement[] = []
  for (const [name, reply] of [[OURS, document] as const, [NOISY, noisy(document)] as const]) {
    const { late, wrong } = await fidelityOf(readPlansAsWritten(actions, reply.agents), reply)
    if (wrong > 0) throw new Error(`${name}: ${wrong} steps and plans are missing or not as written`)
    measurements.push(row(name, 'late', late, 'characters', reply.agents))
  }
  return measurements
}

async function peerTimes({ chunks, agents }: PlanDocument, peers: readonly Peer[]): Promise<Measurement[]> {
  if (peers.length === 0) return []
  const all = [{ name: OURS, read: readPlans(acceptingActions, agents) }, ...peers]
  const tasks: Record<string, () => void | Promise<void>> = { [FLOOR]: () => readBare(chunks, ignore, ignore) }
  for (const { name, read } of all) tasks[name] = () => read(chunks, ignore, ignore)
  const rounds = await interleaved(tasks, { rounds: 11, blockMs: 20 })
  return all.map(({ name }) => ({
    ...row(name, 'beside peers', medianRatio(rounds, name, FLOOR), '×', agents),
    ratioTo: caseOf(FLOOR, agents),
  }))
}

async function peerFidelity(document: PlanDocument, peers: readonly Peer[]): Promise<Measurement[]> {
  const measurements: Measurement[] = []
  for (const { name, read } of peers) {
    const { late, wrong } = await fidelityOf(read, document)
    measurements.push(
      row(name, 'late', late, 'characters', document.agents),
      row(name, 'wrong', wrong, `of ${document.elements.length} steps and plans`, document.agents),
    )
  }
  return measurements
}

async function installedPeers(): Promise<readonly Peer[]> {
  if (!existsSync(new URL('node_modules', PEERS))) {
    console.error('To see other libraries beside it: npm ci --prefix bench/peers')
    return []
  }
  const { peers }: { peers: readonly Peer[] } = await import(new URL('peers.mjs', PEERS).href)
  return peers
}

function ignore(): void {}
