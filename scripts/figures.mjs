// Writes the README's section of measured figures from what the demo and the benchmarks print: `npm run figures`.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'

const README = fileURLToPath(new URL('../README.md', import.meta.url))
const run = (...args) =>
  JSON.parse(execFileSync('npm', ['run', '--silent', ...args], { encoding: 'utf8', maxBuffer: 1e8 }))
const load = () => loadavg()[0].toFixed(1)

const demoLoad = load()
const demo = run('demo', '--', '--json')
const benchLoad = load()
const bench = run('bench', '--', 'main', '--json')

const seconds = ms => `${(ms / 1000).toFixed(2)} s`
const times = factor => `${factor.toFixed(1)}×`
const { blocking, streaming, speedup, fractions, tokens } = demo
const row = (name, key, factor) =>
  `| ${name} | ${seconds(blocking[key])} | ${seconds(streaming[key])} | ${factor ? times(factor) : ''} |`
const ratio = (name, floor, n) =>
  bench.find(row => row.case === `${name}, ${n} agents` && row.ratioTo === `${floor}, ${n} agents`).value
const percent = fraction => `${(100 * fraction).toFixed(1)} %`

const figures = `\`npm run demo -- --json\`, ${demo.agents} agents, ${demo.simulated ? `**simulated** server, profile \`${demo.profile}\`` : 'a real server'}, medians of the runs (load ${demoLoad}):

| time to | blocking | streaming | sooner |
|---|---|---|---|
${row('first chunk', 'firstChunkMs', speedup.firstChunk)}
${row('first step', 'firstStepMs', speedup.firstStep)}
${row('first plan', 'firstPlanMs', speedup.firstPlan)}
${row('last plan', 'lastPlanMs')}

The first step is out after ${percent(fractions.firstStep)} of the reply's characters, the fifth plan after ${percent(fractions.fifthPlan)}; ${tokens.evaluated} prompt tokens
evaluated and ${tokens.output} written; the plans are ${demo.identicalPlans ? 'identical in both modes' : 'NOT identical in both modes'}. Streaming doesn't make a model faster: the last plan comes when it comes.

\`npm run bench -- main --json\`, the whole path of one batch against a bare reader that only scans and calls \`JSON.parse\`, token-sized chunks (Node ${process.versions.node}, ${availableParallelism()} cores of ${cpus()[0].model.trim()}, load ${benchLoad}):

| | parser ÷ bare reader | whole SDK ÷ bare reader | whole SDK ÷ bare reader fed by an async stream |
|---|---|---|---|
${[10, 100].map(n => `| ${n} agents | ${times(ratio('parser', 'bare reader', n))} | ${times(ratio('whole SDK', 'bare reader', n))} | ${times(ratio('whole SDK', 'bare reader, async', n))} |`).join('\n')}
`

const [begin, end] = ['<!-- figures:begin -->', '<!-- figures:end -->']
const text = readFileSync(README, 'utf8')
const [before, rest] = text.split(begin)
if (!rest?.includes(end)) throw new Error(`README.md has lost its ${begin} … ${end}`)
writeFileSync(README, `${before}${begin}\n${figures}${rest.slice(rest.indexOf(end))}`)
console.log(figures)
