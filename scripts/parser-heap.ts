// Reads a million plans in a hundred thousand replies, one parser each, and keeps nothing: is the heap flat?
//
//   node --expose-gc --import tsx scripts/parser-heap.ts [--replies 100000] [--growth-kb 256]
import { parseArgs } from 'node:util'
import { AGENTS, document, parserOf, plan } from '../test/parser/skirmish.ts'

const { values } = parseArgs({
  options: { replies: { type: 'string', default: '100000' }, 'growth-kb': { type: 'string', default: '256' } },
})
const replies = Number(values.replies)
const growthKb = Number(values['growth-kb'])
const collect = globalThis.gc
if (!collect) throw new Error('needs node --expose-gc')

const agents = [...AGENTS, ...'abcdefg']
const steps = ['{"act":"MoveTo","x":1,"y":-2}', '{"act":"Say","text":"it\\u2019s \\"on\\""}']
const PIECE = 24
const pieces = document(...agents.map(agent => plan(agent, ...steps))).match(new RegExp(`[^]{1,${PIECE}}`, 'g')) ?? []

function heapKb(): number {
  // Twice, because what a finalizer held goes with the second one.
  collect?.()
  collect?.()
  return process.memoryUsage().heapUsed / 1024
}

let plans = 0
const heaps: number[] = []
for (let n = 0; n < replies; n++) {
  const parser = parserOf({ agents, textFields: ['say'] })
  for (const piece of pieces) for (const event of parser.push(piece)) if (event.type === 'plan') plans++
  parser.end()
  if ((n + 1) % Math.ceil(replies / 10) === 0) {
    heaps.push(heapKb())
    console.log(`${n + 1} replies, ${plans} plans: ${heaps.at(-1)?.toFixed(0)} KB`)
  }
}
// The first tenth warms up: compiled code and caches are the process's, not a parser's.
const [, first = 0, ...rest] = heaps
const growth = Math.max(...rest) - first
console.log(`grown by ${growth.toFixed(0)} KB after the first fifth`)
if (plans !== replies * agents.length) throw new Error(`${plans} plans of ${replies * agents.length}`)
if (!(growth <= growthKb)) process.exit(1)
