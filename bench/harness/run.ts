import { readdirSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import type { Benchmark, Limits, Measurement } from './measurement.ts'

const HELP = `npm run bench [-- NAME] [-- --json]

Runs the benchmarks in bench/, or just NAME, and prints each figure; ratios are measured in the same run.
  --json   one JSON array of {bench, case, metric, value, unit, ratioTo?} as the only output
  --help   this text`

const BENCHES = new URL('../', import.meta.url)
const benches = readdirSync(BENCHES)
  .filter(file => file.endsWith('.ts'))
  .map(file => file.slice(0, -'.ts'.length))
  .sort()

await main(process.argv.slice(2))

async function main(args: string[]): Promise<void> {
  const options = readOptions(args)
  if (typeof options === 'string') {
    console.error(options)
    process.exitCode = 2
    return
  }
  if (options.help) return console.log(`${HELP}\n\nBenchmarks: ${benches.join(', ')}`)
  if (!options.json) {
    console.log(
      `Node ${process.version}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(2)} at the start\n`,
    )
  }
  const all: Measurement[] = []
  for (const name of options.names) {
    const { measure, limits = {} }: Benchmark = await import(new URL(`${name}.ts`, BENCHES).href)
    const measurements = await measure()
    all.push(...measurements)
    if (!options.json) for (const measurement of measurements) console.log(lineOf(measurement, limits))
  }
  if (options.json) console.log(JSON.stringify(all, null, 2))
}

/** The options, or what is wrong with them. */
function readOptions(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    })
    const unknown = positionals.find(name => !benches.includes(name))
    if (unknown !== undefined) return `No benchmark is called '${unknown}': there are ${benches.join(', ')}`
    return { ...values, names: positionals.length ? positionals : benches }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function lineOf({ bench, case: name, metric, value, unit, ratioTo, range }: Measurement, limits: Limits): string {
  const limit = limits[`${name.replace(/, \d+ agents$/, '')} ${metric}`]
  const line = `${bench.padEnd(8)} ${name.padEnd(42)} ${metric.padEnd(14)} ${figureOf(value).padStart(8)} ${unit}`
  const spread = range ? `, ${range.map(figureOf).join('–')}` : ''
  return `${line}${ratioTo ? ` of ${ratioTo}` : ''}${spread}${limit ? `  (${limit})` : ''}`
}

function figureOf(value: number): string {
  return value >= 100 || Number.isInteger(value) ? Math.round(value).toString() : value.toPrecision(3)
}
