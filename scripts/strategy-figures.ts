// Writes docs/strategies.md and docs/strategies.svg from what the benchmark prints: `npm run figures:strategy`.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Measurement } from '../bench/harness/measurement.ts'
import { plotOf } from './strategy-plot.ts'

const DOCS = fileURLToPath(new URL('../docs/', import.meta.url))

/** One figure with what its case says. */
export interface Figure {
  readonly profile: string
  readonly slots: number
  readonly way: string
  readonly agents: number
  readonly metric: string
  readonly value: number
}

const printed = execFileSync('npm', ['run', '--silent', 'bench', '--', 'strategy', '--json'], {
  encoding: 'utf8',
  maxBuffer: 1e8,
})
// Our own benchmark's output: its shape is `Measurement`.
const figures = (JSON.parse(printed) as Measurement[]).map(figureOf)
mkdirSync(DOCS, { recursive: true })
writeFileSync(`${DOCS}strategies.svg`, plotOf(figures))
writeFileSync(`${DOCS}strategies.md`, pageOf(figures))
console.log(`docs/strategies.md and docs/strategies.svg, from ${figures.length} figures`)

function figureOf({ case: name, metric, value }: Measurement): Figure {
  const parts = /^(.+), (\d+) slots, (.+), (\d+) agents$/.exec(name)
  if (!parts) throw new Error(`not a case of the benchmark: ${name}`)
  const [, profile = '', slots, way = '', agents] = parts
  return { profile, slots: Number(slots), way, agents: Number(agents), metric, value }
}

function pageOf(figures: readonly Figure[]): string {
  const worst = figures.filter(({ metric }) => metric === 'ratio').sort((a, b) => b.value - a.value)[0]
  if (!worst) throw new Error('the benchmark printed no ratio')
  const profiles = [...new Set(figures.map(({ profile }) => profile))]
  return `# Strategies, measured

Written by \`npm run figures:strategy\` from \`npm run bench -- strategy --json\`. **Simulated**: the engine of the simulated Ollama (pace, slots,
prefix cache) on a virtual clock, without HTTP and with the model loaded. Seconds from \`run()\` to the first step of the first / median / last
agent, each the median of eleven seeds (three from 20 agents up), in the fourth run of an executor. \`one-prompt\` and \`fan-out\` may have as many prompts on their way as
there are slots; \`auto\` eight, and is not told the slots. Up to ten agents share a prompt. \`blocking\` is \`one-prompt\` without streaming.

Against the better of the two by the median agent's first action, \`auto\` takes at most ${worst.value.toFixed(2)}× (${worst.profile}, slots: ${worst.slots}, agents: ${worst.agents}).

![The median agent's first action against the number of agents, by machine and slots](strategies.svg)
${profiles.map(profile => tableOf(profile, figures)).join('')}`
}

function tableOf(profile: string, figures: readonly Figure[]): string {
  const own = figures.filter(figure => figure.profile === profile)
  const ways = [...new Set(own.map(({ way }) => way))]
  const cells = [...new Set(own.map(({ slots, agents }) => `${slots}/${agents}`))]
  const rows = cells.map(cell => {
    const here = own.filter(({ slots, agents }) => `${slots}/${agents}` === cell)
    const times = ways.map(way =>
      ['first', 'median', 'last']
        .map(metric => here.find(figure => figure.way === way && figure.metric === metric)?.value ?? Number.NaN)
        .map(ms => (ms / 1000).toFixed(ms < 10_000 ? 2 : 1))
        .join(' / '),
    )
    const ratio = here.find(({ metric }) => metric === 'ratio')?.value ?? Number.NaN
    return `| ${cell.replace('/', ' | ')} | ${times.join(' | ')} | ${ratio.toFixed(2)}× |`
  })
  return `
## ${profile}

| slots | agents | ${ways.join(' | ')} | auto ÷ better |
|---|---|${ways.map(() => '---|').join('')}---|
${rows.join('\n')}
`
}
