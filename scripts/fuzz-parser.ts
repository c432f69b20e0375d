// Looks for replies that break a promise of the parser: `npx tsx scripts/fuzz-parser.ts --help`.
import { parseArgs } from 'node:util'
import { readCorpus } from '../test/parser/corpus.ts'
import { cutAtRandom, type FuzzInput, fuzzInput, noisyDocument, Random } from './fuzz-inputs.ts'
import { brokenLinearity, brokenPromise, readingOf } from './fuzz-invariants.ts'

const HELP = `npx tsx scripts/fuzz-parser.ts [--minutes N] [--seed N] [--chunkings N]

Looks for replies that break a promise of the parser: mutations of the corpus and of clean documents, or random documents with
noise, cut at random. Each run of a seed reads the same replies. Exits with 1, the seed and the shortest such reply it can find.
  --minutes N     how long it looks (default 1)
  --seed N        a number (default 1)
  --chunkings N   this many cuts of random documents instead, however long it takes
  --help          this text`

const options = readOptions(process.argv.slice(2))
if (typeof options === 'string') {
  console.error(options)
  process.exit(2)
}
if (options.help) {
  console.log(HELP)
  process.exit(0)
}
const { minutes, seed, chunkings } = options

const random = new Random(seed)
const counts = new Map<string, number>()
const count = (what: string, n = 1) => counts.set(what, (counts.get(what) ?? 0) + n)
const started = Date.now()
let told = started

/** The options, or what is wrong with them. */
function readOptions(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        minutes: { type: 'string', default: '1' },
        seed: { type: 'string', default: '1' },
        chunkings: { type: 'string', default: '0' },
        help: { type: 'boolean', default: false },
      },
    })
    for (const name of ['minutes', 'seed', 'chunkings'] as const)
      if (!(Number(values[name]) >= 0)) return `--${name} is a number of at least 0, not '${values[name]}'`
    const [minutes, seed, chunkings] = [Number(values.minutes), Number(values.seed), Number(values.chunkings)]
    return { help: values.help, minutes, seed, chunkings }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function tell(): void {
  const figures = [...counts].map(([what, n]) => `${n} ${what}`).join(', ')
  console.log(`${((Date.now() - started) / 1000).toFixed(0)} s, seed ${seed}: ${figures}`)
  told = Date.now()
}

/** The promise alone, without what it was broken by. */
const promiseOf = (broken: string | undefined) => broken?.split(':')[0]

/** As short as it gets with the same promise broken. A reply whose siblings must survive can't be cut. */
function shortest(input: FuzzInput, broken: (input: FuzzInput) => string | undefined): FuzzInput {
  if (input.untouched.size > 0) return input
  const promise = promiseOf(broken(input))
  let found = input
  for (let size = found.reply.length >> 1; size >= 1; size = size > 1 ? size >> 1 : 0)
    for (let at = 0; at < found.reply.length; ) {
      const shorter = { ...found, reply: found.reply.slice(0, at) + found.reply.slice(at + size) }
      if (shorter.reply !== '' && promiseOf(broken(shorter)) === promise) found = shorter
      else at += size
    }
  return found
}

function report(input: FuzzInput, broken: (input: FuzzInput) => string | undefined): void {
  tell()
  const found = shortest(input, broken)
  console.log(`\nBROKEN ${broken(found) ?? broken(input)}`)
  console.log(`kind: ${found.kind}\noptions: ${JSON.stringify(found.options)}\nreply: ${JSON.stringify(found.reply)}`)
  if (found.reply !== input.reply) console.log(`found in: ${JSON.stringify(input.reply)}`)
  process.exit(1)
}

function fuzz(): void {
  const [first, ...rest] = readCorpus()
  if (!first) throw new Error('the corpus is empty')
  while (Date.now() - started < minutes * 60_000) {
    const input = fuzzInput(random, [first, ...rest])
    const cutSeed = random.below(2 ** 31)
    // The same cuts for the same reply, so that a shorter one can be told to break the same promise.
    const broken = (input: FuzzInput) => {
      const cuts = new Random(cutSeed)
      return brokenPromise(input, [cutAtRandom(cuts, input.reply), cutAtRandom(cuts, input.reply)])
    }
    if (broken(input) !== undefined) report(input, broken)
    count(input.kind)
    if (random.below(300) === 0 && input.reply !== '') {
      if (brokenLinearity(input) !== undefined) report(input, brokenLinearity)
      count('linear')
    }
    if (Date.now() - told > 10_000) tell()
  }
}

function chunk(): void {
  for (let done = 0; done < chunkings; ) {
    const input = noisyDocument(random)
    const whole = readingOf([input.reply], input)
    for (let n = 0; n < 20 && done < chunkings; n++, done++) {
      const pieces = cutAtRandom(random, input.reply)
      if (readingOf(pieces, input) === whole) continue
      report(input, input => brokenPromise(input, [input === undefined ? [] : pieces]))
    }
    count('documents')
    if (Date.now() - told > 10_000) tell()
  }
  count('chunkings', chunkings)
}

if (chunkings > 0) chunk()
else fuzz()
tell()
console.log('nothing found')
