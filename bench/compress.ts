import { encode } from '@toon-format/toon'
import { loadTokenizer, type PlanRequest, PromptCompressor } from 'planweave'
import { actions } from '../examples/astraweave/actions.ts'
import type { WorldSnapshot } from '../examples/astraweave/snapshot.ts'
import { rules, view } from '../examples/astraweave/view.ts'
import { messagesOf, type Prompt } from '../src/prompt.ts'
import { type Span, undisturbed, watchCollections } from './harness/collections.ts'
import { cpuMs, percentile } from './harness/interleaved.ts'
import type { Limits, Measurement } from './harness/measurement.ts'
import { movingSkirmish } from './harness/moving-skirmish.ts'
import { simulateTurns } from './harness/simulated-turns.ts'
import { VerbosePrompt } from './harness/verbose-prompt.ts'

type Requests = readonly PlanRequest<WorldSnapshot>[]
type Count = (text: string) => number

const AGENTS = 10
const TICKS = 20
const BUDGET = 32_768
const SCENES = [
  { enemies: 4, obstacles: 17 },
  { enemies: 10, obstacles: 50 },
  { enemies: 20, obstacles: 100 },
  { enemies: 40, obstacles: 200 },
]
/** With a slot for each agent the verbose prompts wait for nobody, as this server reads on all slots at full pace. */
const MACHINES = [
  { profile: 'rtx-3060', slots: 1 },
  { profile: 'rtx-3060', slots: 10 },
  { profile: 'desktop-cpu', slots: 1 },
]
const VERBOSE = 'verbose'
const COMPACT_JSON = 'compact JSON'
const KEYFRAME = 'ours, keyframes'
const SESSION = 'ours, session'

export const limits: Limits = {
  [`${KEYFRAME} sent, verbose over it`]: '≥ 12',
  [`${SESSION} evaluated, verbose over it`]: '≥ 32',
  [`${KEYFRAME} world, under compact JSON`]: '≥ 35',
  'compress p99, 10': '≤ 1',
  'compress p99, 200': '≤ 15',
}

/** How many tokens each form of prompt sends, and leaves to a server that keeps prefixes; and what compressing takes. */
export async function measure(): Promise<Measurement[]> {
  const mistral = await loadTokenizer('hermes-2-pro-mistral')
  const llama3 = await loadTokenizer('hermes-2-pro-llama-3')
  return [
    ...measureTokens('Mistral', mistral),
    ...measureTokens('Llama 3', llama3),
    ...(await measureServer()),
    ...(await measureTime(mistral)),
  ]
}

/** Per agent and tick. */
interface Cost {
  readonly sent: number
  readonly evaluated: number
}

function measureTokens(model: string, countTokens: Count): Measurement[] {
  const costs = SCENES.map(({ enemies, obstacles }, i) => {
    const ticks = movingSkirmish({ agents: AGENTS, enemies, obstacles, ticks: TICKS, seed: 100 + i })
    return { name: `${enemies} enemies, ${obstacles} obstacles`, ...costsOf(ticks, countTokens) }
  })
  const forms = [...(costs[0]?.byForm.keys() ?? [])]
  const costOf = (scene: number, form: string): Cost => costs[scene]?.byForm.get(form) ?? { sent: 0, evaluated: 0 }
  const named = (form: string) => ({ bench: 'compress', case: `${form} (${model})` })
  const rows: Measurement[] = []
  for (const [scene, { name }] of costs.entries()) {
    for (const form of forms) {
      const { sent, evaluated } = costOf(scene, form)
      rows.push({ ...named(`${form}, ${name}`), metric: 'sent', value: sent, unit: 'tokens per agent and tick' })
      rows.push({
        ...named(`${form}, ${name}`),
        metric: 'evaluated',
        value: evaluated,
        unit: 'tokens per agent and tick',
      })
    }
  }
  for (const form of forms.filter(form => form !== VERBOSE)) {
    for (const column of ['sent', 'evaluated'] as const) {
      const ratios = costs.map((_, scene) => costOf(scene, VERBOSE)[column] / costOf(scene, form)[column])
      const ratio = { ...named(form), unit: '×', ratioTo: `${VERBOSE} (${model})` }
      rows.push({ ...ratio, metric: `${column}, verbose over it`, value: geometricMean(ratios) })
      rows.push({ ...ratio, metric: `${column}, worst scene`, value: Math.min(...ratios) })
    }
  }
  const shares = costs.map(({ worlds }) => 100 * (1 - worlds.ours / worlds.compactJson))
  const share = { ...named(KEYFRAME), unit: '% fewer', ratioTo: `${COMPACT_JSON} (${model})` }
  rows.push({ ...share, metric: 'world, under compact JSON', value: shares.reduce((a, b) => a + b, 0) / shares.length })
  rows.push({ ...share, metric: 'world, worst scene', value: Math.min(...shares) })
  return rows
}

/** Each form's cost over the ticks of one scene, and the tokens of the first tick's world alone, without the static prefix. */
function costsOf(ticks: readonly Requests[], countTokens: Count) {
  const compressor = compressorOf(countTokens)
  const [system = ''] = messagesOf(compressor.staticPrefix).map(({ content }) => content)
  const examples = ticks[0]?.map(({ world }) => world) ?? []
  const verbose = new VerbosePrompt(actions.signatures(), examples)
  const batch = (write: (data: object) => string) => (requests: Requests) => [
    chat([
      { role: 'system', content: system },
      { role: 'user', content: write(dataOf(requests)) },
    ]),
  ]
  const keyframe = (requests: Requests): Prompt => {
    const report = compressor.compress(requests)
    if (report.dropped.length > 0) throw new Error('nothing may be dropped here')
    return report.prompt
  }
  const session = compressor.session({ contextTokens: BUDGET })
  const forms = new Map<string, (requests: Requests) => readonly string[]>([
    [VERBOSE, requests => requests.map(({ world }) => chat(verbose.of(world)))],
    ['pretty JSON', batch(data => JSON.stringify(data, null, 2))],
    [COMPACT_JSON, batch(data => JSON.stringify(data))],
    ['TOON', batch(data => encode(data))],
    [KEYFRAME, requests => [chat(keyframe(requests))]],
    [
      SESSION,
      requests => {
        const report = session.compress(requests)
        report.settle(true)
        return [chat(report.prompt)]
      },
    ],
  ])
  const byForm = new Map(Array.from(forms, ([form, write]) => [form, costOver(ticks, write, countTokens)] as const))
  const first = ticks[0] ?? []
  const ours = countTokens(messagesOf(keyframe(first))[1]?.content ?? '')
  return { byForm, worlds: { ours, compactJson: countTokens(JSON.stringify(dataOf(first))) } }
}

/** Every conversation has a slot of its own on the server, which keeps what it read there last. */
function costOver(
  ticks: readonly Requests[],
  write: (requests: Requests) => readonly string[],
  countTokens: Count,
): Cost {
  const slots: string[] = []
  let sent = 0
  let evaluated = 0
  for (const [tick, requests] of ticks.entries()) {
    for (const [slot, prompt] of write(requests).entries()) {
      // The first tick fills the cache.
      if (tick > 0) {
        sent += countTokens(prompt)
        evaluated += countTokens(prompt.slice(commonPrefix(prompt, slots[slot] ?? '')))
      }
      slots[slot] = prompt
    }
  }
  const turns = (ticks.length - 1) * AGENTS
  return { sent: sent / turns, evaluated: evaluated / turns }
}

/**
 * The same on the simulated server, with its own token pieces, for one batch of agents on each tick. The verbose prompts have the
 * advantage that it answers them with a few words, while it writes plans for ours.
 */
async function measureServer(): Promise<Measurement[]> {
  const ticks = movingSkirmish({ agents: AGENTS, enemies: 10, obstacles: 50, ticks: TICKS, seed: 101 })
  const compressor = compressorOf()
  const session = compressor.session()
  const verbose = new VerbosePrompt(actions.signatures(), ticks[0]?.map(({ world }) => world) ?? [])
  const pretty = (requests: Requests): Prompt => [
    ...messagesOf(compressor.staticPrefix),
    { role: 'user', content: JSON.stringify(dataOf(requests), null, 2) },
  ]
  const turn = (requests: Requests): Prompt => {
    const report = session.compress(requests)
    report.settle(true)
    return report.prompt
  }
  const forms: Readonly<Record<string, readonly (readonly Prompt[])[]>> = {
    [VERBOSE]: ticks.map(requests => requests.map(({ world }) => verbose.of(world))),
    'pretty JSON': ticks.map(requests => [pretty(requests)]),
    [KEYFRAME]: ticks.map(requests => [compressor.compress(requests).prompt]),
    [SESSION]: ticks.map(requests => [turn(requests)]),
  }
  const rows: Measurement[] = []
  for (const machine of MACHINES) {
    for (const [form, prompts] of Object.entries(forms)) {
      const costs = await simulateTurns(prompts, machine)
      const row = { bench: 'compress', case: `${form}, ${machine.profile}, ${machine.slots} slots` }
      rows.push({ ...row, metric: 'prompt', value: costs.promptTokens, unit: 'tokens per tick' })
      rows.push({ ...row, metric: 'evaluated', value: costs.evaluatedTokens, unit: 'tokens per tick' })
      rows.push({ ...row, metric: 'first text', value: costs.firstTextMs, unit: 'ms (simulated)' })
      rows.push({ ...row, metric: 'first text, last reply', value: costs.lastFirstTextMs, unit: 'ms (simulated)' })
    }
  }
  return rows
}

/** The same as ours tell, nothing left out. */
function dataOf(requests: Requests): object {
  const views = requests.map(({ agentId, world }) => ({ agent: agentId, ...view(world) }))
  return { world: views[0]?.shared, agents: views.map(({ shared: _, ...own }) => own) }
}

function compressorOf(countTokens?: Count, keptAgents?: number) {
  return new PromptCompressor({
    actions,
    rules,
    view,
    tokenBudget: BUDGET,
    ...(countTokens && { countTokens }),
    ...(keptAgents !== undefined && { keptAgents }),
  })
}

/** As Hermes reads it. */
function chat(prompt: Prompt): string {
  const turns = messagesOf(prompt).map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`)
  return `${turns.join('')}<|im_start|>assistant\n`
}

function commonPrefix(a: string, b: string): number {
  let i = 0
  while (i < a.length && i < b.length && a[i] === b[i]) i++
  return i
}

function geometricMean(figures: readonly number[]): number {
  return Math.exp(figures.reduce((sum, figure) => sum + Math.log(figure), 0) / figures.length)
}

/**
 * Milliseconds for one batch, tick after tick of a moving scene, of one in which little changes, and of the moving one with
 * nothing remembered between ticks; and the processor's time, which others on the machine don't disturb: of all batches, what the
 * collector does beside the program included, and of those alone in which no garbage was collected.
 */
async function measureTime(countTokens: Count): Promise<Measurement[]> {
  const rows: Measurement[] = []
  for (const agents of [10, 200]) {
    const ticks = movingSkirmish({ agents: Math.min(agents, 100), enemies: 10, obstacles: 50, ticks: 40, seed: 7 }).map(
      requests =>
        agents <= 100
          ? requests
          : [...requests, ...requests.map(request => ({ ...request, agentId: `${request.agentId}-b` }))],
    )
    for (const [counted, count] of [
      ['estimated', undefined],
      ['counted', countTokens],
    ] as const) {
      const named = (name: string) => ({ bench: 'compress', case: `${name}, ${counted}`, unit: 'ms' })
      rows.push(...(await timesOf(compressorOf(count), ticks, named('compress'), agents)))
      rows.push(...(await timesOf(compressorOf(count), calmTicks(ticks[0] ?? []), named('compress, steady'), agents)))
      rows.push(...(await timesOf(compressorOf(count, 0), ticks, named('compress, cold'), agents)))
    }
  }
  return rows
}

/** The same scene with one agent in ten and one enemy hit on each tick: all in objects of its own. */
function calmTicks(requests: Requests): readonly Requests[] {
  return Array.from({ length: 40 }, (_, tick) => {
    const fresh = structuredClone(requests)
    const enemies = fresh[0]?.world.enemies.map((enemy, i) => (i === 0 ? { ...enemy, hp: 50 + tick } : enemy)) ?? []
    return fresh.map(({ agentId, world }, i) => {
      const me = i % 10 === tick % 10 ? { ...world.me, hp: 50 + tick } : world.me
      return { agentId, world: { ...world, me, enemies } }
    })
  })
}

const ROUNDS = 36
/** Until then the compiler is at work beside it. */
const WARM_UP = 12

async function timesOf(
  compressor: ReturnType<typeof compressorOf>,
  ticks: readonly Requests[],
  named: Pick<Measurement, 'bench' | 'case' | 'unit'>,
  agents: number,
): Promise<Measurement[]> {
  const spans: TimedSpan[] = []
  const collections = watchCollections()
  for (let round = 0; round < ROUNDS; round++) {
    for (const requests of ticks) {
      const startCpuMs = cpuMs()
      const startMs = performance.now()
      compressor.compress(requests)
      if (round >= WARM_UP) spans.push({ startMs, endMs: performance.now(), cpuMs: cpuMs() - startCpuMs })
    }
  }
  const calm = undisturbed(spans, await collections())
  const wholeMs = spans.map(({ startMs, endMs }) => endMs - startMs)
  const calmMs = calm.map(span => span.cpuMs)
  return [0.5, 0.99].flatMap(share => {
    const metric = `p${100 * share}, ${agents}`
    return [
      { ...named, metric, value: percentile(wholeMs, share) },
      {
        ...named,
        metric: `${metric}, processor`,
        value: percentile(
          spans.map(span => span.cpuMs),
          share,
        ),
      },
      { ...named, metric: `${metric}, processor, no garbage`, value: percentile(calmMs, share) },
    ]
  })
}

interface TimedSpan extends Span {
  readonly cpuMs: number
}
