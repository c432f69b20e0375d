// 200 calls at a time for a minute, against a server that fails in every way: nothing ends twice, nothing is left behind.
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { soak } from './wire-soak.ts'

/** What the heap may have grown by: the collector's own slack, far less than a call in a hundred would leave. */
const SLACK_BYTES = 8 * 1024 * 1024

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    streams: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
})
const options = {
  streams: Number(values.streams),
  durationMs: 1000 * Number(values.seconds),
  seed: Number(values.seed),
}
const report = await soak(options)
console.log(JSON.stringify({ ...options, load: loadavg()[0], ...report }, null, 2))

const { before, after, wrong, served } = report
const faults = [
  ...wrong,
  ...(served.never ? [`${served.never} requests never ended on the server`] : []),
  ...(JSON.stringify(after.handles) === JSON.stringify(before.handles) ? [] : ['handles are left']),
  ...(after.listeners === before.listeners ? [] : ['listeners are left']),
  ...(globalThis.gc && after.heapBytes - before.heapBytes > SLACK_BYTES ? ['the heap has grown'] : []),
]
for (const fault of faults) console.error(fault)
process.exitCode = faults.length > 0 ? 1 : 0
