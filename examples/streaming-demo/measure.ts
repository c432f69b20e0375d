import { LlmError, type PlanRequest, type PromptCompressor } from 'planweave'
import type { AstraStep } from '../astraweave/actions.ts'
import type { WorldSnapshot } from '../astraweave/snapshot.ts'
import { BlockingClient } from './blocking-client.ts'
import type { Measurements, Pair } from './comparison.ts'
import type { Lane, Lanes } from './lanes.ts'
import type { LiveView, Mode } from './live-view.ts'
import { type MeasuredRun, measuredRun } from './measured-run.ts'

export interface MeasureOptions {
  readonly lanes: Lanes
  readonly compressor: PromptCompressor<AstraStep, WorldSnapshot>
  readonly requests: readonly PlanRequest<WorldSnapshot>[]
  readonly runs: number
  readonly seed: number
  readonly signal: AbortSignal
  /** For the pair with this number, counted from 1. */
  readonly viewOf: (pair: number) => LiveView
}

/**
 * Measures the pairs one after another, and the cold server beside the first of them or at the end. Before every run but the
 * cold one the server is put back to the static prefix alone, so that neither mode finds anything the other has paid for.
 */
export async function measure(options: MeasureOptions): Promise<Measurements> {
  const { lanes, runs, signal } = options
  const beside = lanes.concurrent ? coldRun(options) : undefined
  const pairs: Pair[] = []
  for (let number = 1; number <= runs; number += 1) {
    const pair = await measuredPair(options, number)
    if (signal.aborted) return { pairs, interrupted: pair.streaming }
    pairs.push(pair)
  }
  const cold = await (beside ?? coldRun(options))
  return signal.aborted ? { pairs } : { pairs, cold }
}

async function measuredPair(options: MeasureOptions, number: number): Promise<Pair> {
  const { lanes, viewOf } = options
  const view = viewOf(number)
  try {
    if (lanes.concurrent) {
      await Promise.all([warmUp(lanes.blocking, options), warmUp(lanes.streaming, options)])
      const [blocking, streaming] = await Promise.all([
        runIn('blocking', lanes.blocking, options, view),
        runIn('streaming', lanes.streaming, options, view),
      ])
      return { blocking, streaming }
    }
    // Whichever comes second may find a warmer machine: they take turns at that.
    const streamingFirst = number % 2 === 0 ? await warmRun('streaming', options, view) : undefined
    const blocking = await warmRun('blocking', options, view)
    return { blocking, streaming: streamingFirst ?? (await warmRun('streaming', options, view)) }
  } finally {
    view.close()
  }
}

async function warmRun(mode: Mode, options: MeasureOptions, view: LiveView): Promise<MeasuredRun> {
  const lane = options.lanes[mode]
  await warmUp(lane, options)
  return runIn(mode, lane, options, view)
}

async function runIn(mode: Mode, lane: Lane, options: MeasureOptions, view: LiveView): Promise<MeasuredRun> {
  const blockingClient = mode === 'blocking' ? new BlockingClient(lane.client) : undefined
  const tokensOfRun = lane.beginRun()
  const run = await measuredRun({ ...options, client: blockingClient ?? lane.client, watcher: view.sent(mode) })
  view.done(mode, run.totalMs)
  return { ...run, tokens: { ...run.tokens, ...blockingClient?.tokens, ...tokensOfRun() } }
}

async function coldRun(options: MeasureOptions): Promise<MeasuredRun> {
  const { cold } = options.lanes
  await cold.unload(options.signal).catch(() => {
    // A server that does not unload is measured as it is; one that is gone fails in the run, which says why.
  })
  const tokensOfRun = cold.beginRun()
  const run = await measuredRun({ ...options, client: cold.client })
  return { ...run, tokens: { ...run.tokens, ...tokensOfRun() } }
}

async function warmUp({ client }: Lane, { compressor, signal }: MeasureOptions): Promise<void> {
  try {
    await client.warmUp(compressor.staticPrefix, signal)
  } catch (error) {
    // A server that fails here fails in the run that follows, too, and that one keeps the record.
    if (!(error instanceof LlmError)) throw error
  }
}
