import { BatchExecutor, PlanParser, PromptCompressor, readAll } from 'planweave'
import { Bench } from 'tinybench'
import { BareReader } from './harness/bare-reader.ts'
import { actions, guards, inTokens, ReadyClient, replyFor } from './harness/guards.ts'
import type { Measurement } from './harness/measurement.ts'

const BARE = 'bare reader'
/** The same, fed by the async stream that every client is. */
const BARE_ASYNC = 'bare reader, async'

/**
 * The path of one batch: compress, stream, parse, validate, one outcome each. Against the bare reader, over the same pieces of
 * the same reply, which comes without waiting.
 */
export async function measure(): Promise<Measurement[]> {
  const measurements: Measurement[] = []
  for (const count of [10, 100]) measurements.push(...(await measureBatch(count)))
  return measurements
}

async function measureBatch(count: number): Promise<Measurement[]> {
  const requests = guards(count)
  const pieces = inTokens(replyFor(requests))
  const executor = new BatchExecutor({
    client: new ReadyClient(pieces),
    actions,
    compressor: new PromptCompressor({ actions, tokenBudget: 100_000 }),
    emergency: [{ act: 'Wait', seconds: 1 }],
    maxAgentsPerPrompt: count,
  })
  const events = { bare: 0, bareAsync: 0, parser: 0, sdk: 0 }

  const bare = () => {
    events.bare = 0
    const seen = () => events.bare++
    const reader = new BareReader(seen, seen)
    for (const piece of pieces) reader.push(piece)
  }
  const bareAsync = async () => {
    events.bareAsync = 0
    const seen = () => events.bareAsync++
    const reader = new BareReader(seen, seen)
    await readAll(new ReadyClient(pieces).completeStreaming(), piece => reader.push(piece))
  }
  const parse = () => {
    const parser = new PlanParser({
      actions,
      agents: requests.map(request => request.agentId),
      world: () => requests[0]?.world ?? { at: [0, 0], enemies: [] },
    })
    events.parser = 0
    for (const piece of pieces) events.parser += parser.push(piece).length
    parser.end()
  }
  const wholeSdk = async () => {
    events.sdk = 0
    const run = executor.run(requests)
    const seen = () => events.sdk++
    run.on('step', seen).on('outcome', seen)
    const { outcomes } = await run.result
    if (outcomes.some(outcome => outcome.tier !== 'model')) throw new Error('the benchmark has lost plans')
  }

  const bench = new Bench({ time: 1000, warmupTime: 300 })
  bench.add(BARE, bare).add(BARE_ASYNC, bareAsync).add('parser', parse).add('whole SDK', wholeSdk)
  await bench.run()
  const medianOf = (name: string) => {
    const result = bench.getTask(name)?.result
    if (!result || !('latency' in result)) throw new Error(`${name} gave no figure`)
    return result.latency.p50 * 1000
  }

  const expected = 4 * count
  for (const [name, seen] of Object.entries(events)) {
    if (seen !== expected) throw new Error(`${name} saw ${seen} steps and plans, not ${expected}`)
  }
  const named = (name: string) => ({ bench: 'main', case: `${name}, ${count} agents` })
  return [
    ...[BARE, BARE_ASYNC, 'parser', 'whole SDK'].map(name => ({
      ...named(name),
      metric: 'median',
      value: medianOf(name),
      unit: 'µs',
    })),
    ...(
      [
        ['parser', BARE],
        ['whole SDK', BARE],
        ['whole SDK', BARE_ASYNC],
      ] as const
    ).map(([name, floor]) => ({
      ...named(name),
      metric: 'time',
      value: medianOf(name) / medianOf(floor),
      unit: '×',
      ratioTo: `${floor}, ${count} agents`,
    })),
    { ...named('whole SDK'), metric: 'events', value: events.sdk, unit: 'steps and plans' },
    { ...named('whole SDK'), metric: 'chunks', value: pieces.length, unit: 'pieces' },
  ]
}
