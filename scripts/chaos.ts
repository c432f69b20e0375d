// Plays games in which everything happens that can, by a seed, each of them twice: `npm run chaos -- --help`.
import { isDeepStrictEqual, parseArgs } from 'node:util'
import type { ChaosBooks, Waits } from '../test/loop/chaos-books.ts'
import { ChaosGame, type ChaosOptions, SLOTS } from '../test/loop/chaos-game.ts'

const AGENTS = 60

const HELP = `npm run chaos [-- --ticks N] [--seed N]

Plays a game of ${AGENTS} agents with up to ${SLOTS} runs at once on the real planner and executor, once for each way of execution, and
each of these twice. Stretches of 400 ticks take turns. Calm: nothing is wrong. Hurried: the model is well, and the game catches
up now and then, up to 30 ticks in one turn of the event loop, in which nothing can arrive. Bad: the game catches up too, and the model times out, is overloaded, cuts its replies short, repeats itself,
invents agents, leaves agents out, spoils a plan, and writes garbage and prose.

Exits with 1 when a count that must be 0 is not, when fewer than 90 % of the plans asked for while the model was well came from
it, when a wait was longer than twice the mean, or when the same seed was another game the second time. The waits judged are those
asked for in a calm stretch, not sooner than the last call of the bad one before it was over, with a deadline in the same stretch,
of which 90 % have to be planned for as well; who misses its deadline has waited until then. All others are told beside them.
  --ticks N   agent-ticks of each game (default 1000000)
  --seed N    a whole number (default 1)
  --help      this text`

const TOLD_EVERY_MS = 5000
const LEAST_SHARE = 0.9
const LONGEST_WAIT = 2
const GAMES: readonly (readonly [string, Pick<ChaosOptions, 'execution' | 'onPlanFailed'>])[] = [
  ['atomic', { execution: 'atomic' }],
  ['eager', { execution: 'eager' }],
  ['eager, stop', { execution: 'eager', onPlanFailed: 'stop' }],
]

await main(process.argv.slice(2))

async function main(args: string[]): Promise<void> {
  const options = readOptions(args)
  if (typeof options === 'string') {
    console.error(options)
    process.exitCode = 2
    return
  }
  if (options.help) return console.log(HELP)

  console.log(
    `Node ${process.version}, seed ${options.seed}, ${AGENTS} agents, ${SLOTS} runs at once, ${options.ticks} agent-ticks a game`,
  )
  // Whatever nobody caught would end the process, and with it the table.
  const uncaught: unknown[] = []
  process.on('unhandledRejection', error => uncaught.push(error))
  process.on('uncaughtException', error => uncaught.push(error))

  const firsts: ChaosBooks[] = []
  const differing: string[] = []
  for (const [name, execution] of GAMES) {
    const [first, second] = [await play(name, execution, options), await play(`${name}, again`, execution, options)]
    firsts.push(first)
    if (!isDeepStrictEqual(first, second) || first.digest !== second.digest) differing.push(name)
  }
  printTable(firsts)
  process.exitCode = judge(firsts, differing, uncaught) ? 0 : 1
}

/** The options, or what is wrong with them. */
function readOptions(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        ticks: { type: 'string', default: '1000000' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', default: false },
      },
    })
    const [ticks, seed] = [Number(values.ticks), Number(values.seed)]
    if (!(Number.isSafeInteger(ticks) && ticks > 0)) return `--ticks is a whole number above 0, not '${values.ticks}'`
    if (!Number.isSafeInteger(seed)) return `--seed is a whole number, not '${values.seed}'`
    return { help: values.help, ticks, seed }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function play(
  name: string,
  execution: Pick<ChaosOptions, 'execution' | 'onPlanFailed'>,
  { ticks, seed }: { readonly ticks: number; readonly seed: number },
): Promise<ChaosBooks> {
  const started = performance.now()
  let toldAt = started
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`
  const onStretch = (agentTicks: number) => {
    if (performance.now() - toldAt < TOLD_EVERY_MS) return
    toldAt = performance.now()
    console.log(`  ${name}: ${Math.round((100 * agentTicks) / ticks)} % after ${seconds()}`)
  }
  const books = await new ChaosGame({ ...execution, seed, agents: AGENTS, agentTicks: ticks, onStretch }).play()
  console.log(`  ${name}: digest ${books.digest}, ${books.offences.length} offences, ${seconds()}`)
  return books
}

function printTable(games: readonly ChaosBooks[]): void {
  const row = (label: string, figureOf: (books: ChaosBooks) => string | number) =>
    console.log(label.padEnd(46) + games.map(books => String(figureOf(books)).padStart(13)).join(''))
  const waits = (label: string, waitsOf: (books: ChaosBooks) => Waits) => {
    row(`  ${label}: mean wait`, books => figure(waitsOf(books).mean, 1, ' ticks'))
    row('    longest', books => `${waitsOf(books).longest} ticks`)
  }

  console.log(`\n${''.padEnd(46)}${GAMES.map(([name]) => name.padStart(13)).join('')}`)
  row('agent-ticks', books => books.agentTicks)
  row('directives', books => books.directives)
  row('plans by the model', books => books.modelPlans)
  row('idle agent-ticks', books => books.counts.idle)
  row('exceptions', books => books.counts.exception)
  row("agents degraded by a neighbour's fault", books => books.counts.neighbour)
  row('illegal steps issued', books => books.counts.illegal)
  row('leaked timers and streams', books => books.counts.leak)
  row('other promises broken', books => books.counts.promise)
  row('model well: requests', books => books.asked)
  row(`  whose plan came from the model (≥ ${100 * LEAST_SHARE} %)`, books => figure(100 * books.servedShare, 1, ' %'))
  waits('until handed to the executor', books => books.untilSent)
  waits('until planned', books => books.untilPlanned)
  row('    longest ÷ mean, catch-ups included', books => figure(longestToMean(books.untilPlanned), 2, '×'))
  row('calm, no call of a bad stretch open: requests', books => books.askedCalmly)
  row(`  planned (≥ ${100 * LEAST_SHARE} %)`, books => figure(100 * books.plannedCalmlyShare, 1, ' %'))
  waits('until planned', books => books.untilPlannedCalmly)
  row(`    longest ÷ mean (≤ ${LONGEST_WAIT})`, books => figure(longestToMean(books.untilPlannedCalmly), 2, '×'))
  waits('until its first step', books => books.untilBegun)
  row("    longest agent's mean ÷ mean", books => figure(books.longestMeanWait / books.untilBegun.mean, 2, '×'))
  row('digest of the directives', books => books.digest)
  console.log()
}

/** A short game has no requests of some kinds, and then no mean of them. */
function figure(value: number, digits: number, unit: string): string {
  return Number.isFinite(value) ? `${value.toFixed(digits)}${unit}` : '–'
}

function longestToMean({ longest, mean }: Waits): number {
  return longest / mean
}

/** Says what is not as it must be. */
function judge(games: readonly ChaosBooks[], differing: readonly string[], uncaught: readonly unknown[]): boolean {
  const failures = [
    ...uncaught.map(error => `uncaught: ${String(error)}`),
    ...differing.map(name => `${name}: the same seed was another game the second time`),
  ]
  for (const [index, books] of games.entries()) {
    const name = GAMES[index]?.[0]
    failures.push(...books.offences.slice(0, 5).map(offence => `${name}: ${offence}`))
    if (books.servedShare < LEAST_SHARE) failures.push(`${name}: too few plans came from the model`)
    if (books.plannedCalmlyShare < LEAST_SHARE) failures.push(`${name}: too few were planned for in calm stretches`)
    const ratio = longestToMean(books.untilPlannedCalmly)
    if (ratio > LONGEST_WAIT) failures.push(`${name}: the longest calm wait was ${ratio.toFixed(2)}× the mean`)
  }
  for (const failure of failures) console.error(failure)
  if (failures.length === 0) console.log('Every zero is zero, and the same seed was the same game.')
  return failures.length === 0
}
