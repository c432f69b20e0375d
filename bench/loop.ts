import { BatchExecutor, type Directive, type PlanMaker, Planner, type StepRef } from 'planweave'
import { FedClient } from './harness/fed-client.ts'
import { actions, guards } from './harness/guards.ts'
import { bytesAllocated } from './harness/heap.ts'
import { percentile } from './harness/interleaved.ts'
import type { Limits, Measurement } from './harness/measurement.ts'

const LANDING = 'tick that 50 plans land in'
const STARTING = 'tick that takes up 50 requests'
const IDLE = 'idle tick'
const FED = 'frame at 60 Hz, 20000 tokens/s'
const EMPTY = 'frame of the empty loop'

export const limits: Limits = {
  [`${LANDING} p99`]: '≤ 0.25',
  [`${LANDING} p99.9`]: '≤ 0.5',
  [`${IDLE} allocation`]: '0',
  [`${FED} p99 added`]: '≤ 1',
}

type Guards = ReturnType<typeof guards>
type GuardStep = Parameters<typeof actions.check>[0]

/**
 * What the planner costs a game, frame by frame. The executor is the real one; the model writes without waiting. Each time is
 * told as a clock on the wall shows it, and by the processor time of the whole process, in which other programs' turns do not
 * count, but the collector's and compiler's own threads do.
 */
export async function measure(): Promise<Measurement[]> {
  return [...(await measureTicks(200, 50)), ...(await measureIdle(200)), ...(await measureFrames(1000, 20_000))]
}

/** Time of `tick()` alone: when plans of the model's take over, and when requests go out. */
async function measureTicks(agents: number, landing: number): Promise<Measurement[]> {
  const ROUNDS = 2000
  const WARMUP = 200
  const village = new Village(guards(agents), landing)
  const { planner } = village
  const landings: Duration[] = []
  const startings: Duration[] = []
  for (let round = 0; round < WARMUP + ROUNDS; round++) {
    const asked = village.requests.slice((round * landing) % agents, ((round * landing) % agents) + landing)
    for (const request of asked) planner.request(request)
    const starting = village.tick()
    await village.writeAll()
    for (const { agentId } of asked) village.settle(agentId)
    const ended = village.tick()
    const landed = ended.directives.filter(directive => directive.type === 'act' && directive.tier === 'model')
    if (landed.length !== landing) throw new Error(`${landed.length} plans landed, not ${landing}`)
    if (round < WARMUP) continue
    startings.push(starting.took)
    landings.push(ended.took)
  }
  planner.close()
  return [LANDING, STARTING].flatMap(name =>
    [0.5, 0.99, 0.999].flatMap(share =>
      (['', ' by CPU'] as const).map(by => ({
        bench: 'loop',
        case: `${name}, ${agents} agents`,
        metric: `p${100 * share}${by}`,
        value: percentileOf(name === LANDING ? landings : startings, share, by),
        unit: 'ms',
      })),
    ),
  )
}

/** Bytes per tick in which nothing happened, everybody being busy with a step. */
async function measureIdle(agents: number): Promise<Measurement[]> {
  const TICKS = 100_000
  const ROUNDS = 6
  const village = new Village(guards(agents), agents)
  const { planner } = village
  for (const request of village.requests) planner.request(request)
  planner.tick(1)
  await village.writeAll()
  // All plans are here, and wait for the ends of steps that nobody settles.
  for (let i = 2; i < 10; i++) planner.tick(i)
  const tick = () => {
    if (planner.tick(10).length > 0) throw new Error('a tick was not idle')
  }
  const ticks = Array<string>(TICKS).fill('')
  // What a tick allocates it allocates in every round; what the engine does while it compiles it and the looks, only in some.
  const bytes = Math.min(...Array.from({ length: ROUNDS }, () => bytesAllocated(ticks, tick)))
  planner.close()
  return [
    {
      bench: 'loop',
      case: `${IDLE}, ${agents} agents`,
      metric: 'allocation',
      value: Math.round((100 * bytes) / TICKS) / 100,
      unit: 'bytes',
    },
  ]
}

/**
 * Whole frames: the game settles steps and asks, the model's text is read, the planner ticks, and collections
 * come when they come. The empty loop does the same for its agents, without a planner. In blocks, so that each pays for its own
 * garbage.
 */
async function measureFrames(agents: number, tokensPerSecond: number): Promise<Measurement[]> {
  const BLOCKS = 12
  /** Fifty seconds of a game: until then, one frame in twenty-five waits for the compiler. */
  const WARMUP_BLOCKS = 10
  const FRAMES = 300
  const FRAMES_PER_SECOND = 60
  const village = new Village(guards(agents), 10)
  const fed: Duration[] = []
  const alone: Duration[] = []
  for (const request of village.requests) village.planner.request(request)
  let sentBefore = 0
  for (let block = -WARMUP_BLOCKS; block < BLOCKS; block++) {
    if (block === 0) {
      sentBefore = village.client.sent
      village.plansBegun = 0
    }
    for (let frame = 0; frame < FRAMES; frame++) {
      const stop = startWatch()
      village.client.write(tokensPerSecond / FRAMES_PER_SECOND)
      await turn()
      village.live()
      village.perform(village.tick().directives)
      if (block >= 0) fed.push(stop())
    }
    for (let frame = 0; frame < FRAMES; frame++) {
      const stop = startWatch()
      await turn()
      village.liveAlone()
      if (block >= 0) alone.push(stop())
    }
  }
  village.planner.close()
  const tokens = village.client.sent - sentBefore
  const named = { bench: 'loop', case: `${FED}, ${agents} agents` }
  const empty = `${EMPTY}, ${agents} agents`
  return [
    ...[0.5, 0.99, 1].flatMap(share =>
      (['', ' by CPU'] as const).flatMap(by => {
        const metric = share === 1 ? 'max' : `p${100 * share}`
        const [fedMs, aloneMs] = [percentileOf(fed, share, by), percentileOf(alone, share, by)]
        return [
          { ...named, metric: `${metric}${by}`, value: fedMs, unit: 'ms' },
          { ...named, case: empty, metric: `${metric}${by}`, value: aloneMs, unit: 'ms' },
          { ...named, metric: `${metric} added${by}`, value: fedMs - aloneMs, unit: 'ms', ratioTo: empty },
        ]
      }),
    ),
    { ...named, metric: 'tokens read', value: (tokens * FRAMES_PER_SECOND) / fed.length, unit: 'per second' },
    {
      ...named,
      metric: 'plans begun',
      value: (village.plansBegun * FRAMES_PER_SECOND) / fed.length,
      unit: 'per second',
    },
  ]
}

/** A game in which every step takes a while, and everybody asks anew once the model's plan has begun. */
class Village {
  readonly requests: Guards
  readonly client: FedClient
  readonly planner: Planner<GuardStep, Guards[number]['world']>
  plansBegun = 0
  readonly #running = new Map<string, { step: StepRef; framesLeft: number }>()
  /** The empty loop's agents: they count down as well. */
  readonly #alone: { framesLeft: number }[]
  #openRuns = 0
  #tick = 0

  constructor(requests: Guards, maxAgentsPerPrompt: number) {
    this.requests = requests
    this.client = new FedClient(requests)
    this.#alone = requests.map((_, i) => ({ framesLeft: framesOf(i) }))
    const executor = new BatchExecutor({
      client: this.client,
      actions,
      emergency: [{ act: 'Wait', seconds: 1 }],
      maxAgentsPerPrompt,
      concurrency: 4,
    })
    const maker: PlanMaker<GuardStep, Guards[number]['world']> = {
      actions,
      fallback: request => executor.fallback(request),
      run: requests => {
        this.#openRuns += 1
        const run = executor.run(requests)
        run.on('end', () => {
          this.#openRuns -= 1
        })
        return run
      },
    }
    // Nobody's plan comes too late because the queue is long.
    this.planner = new Planner({ executor: maker, deadlineTicks: 3600, maxBatchAgents: maxAgentsPerPrompt })
  }

  tick(): { readonly directives: readonly Directive<GuardStep>[]; readonly took: Duration } {
    this.#tick += 1
    const stop = startWatch()
    const directives = this.planner.tick(this.#tick)
    const took = stop()
    for (const directive of directives) {
      if (directive.type !== 'act') continue
      this.#running.set(directive.agentId, { step: directive, framesLeft: framesOf(this.#tick) })
    }
    return { directives, took }
  }

  /** The model writes all that it was asked for. */
  async writeAll(): Promise<void> {
    for (let turns = 0; this.#openRuns > 0; turns++) {
      if (turns > 10_000) throw new Error('a run has no end')
      this.client.write(1000)
      await turn()
    }
  }

  settle(agentId: string): void {
    const running = this.#running.get(agentId)
    if (running) this.planner.settle(running.step, 'done')
  }

  /** One frame of everybody's step. */
  live(): void {
    for (const running of this.#running.values()) {
      running.framesLeft -= 1
      if (running.framesLeft === 0) this.planner.settle(running.step, 'done')
    }
  }

  liveAlone(): void {
    for (const [i, agent] of this.#alone.entries()) {
      agent.framesLeft -= 1
      if (agent.framesLeft === 0) agent.framesLeft = framesOf(i)
    }
  }

  perform(directives: readonly Directive<GuardStep>[]): void {
    for (const directive of directives) {
      if (directive.type !== 'act' || directive.tier !== 'model' || directive.index > 0) continue
      this.plansBegun += 1
      const request = this.requests[Number(directive.agentId.slice(-4))]
      if (!request) continue
      // It has moved since, so that nothing of its prompt can be kept.
      const { enemies } = request.world
      this.planner.request({ ...request, world: { at: [this.#tick, directive.index], enemies } })
    }
  }
}

/** How long a step takes: from half a second to a second and a half. */
function framesOf(i: number): number {
  return 30 + ((i * 7) % 61)
}

/** The event loop's next turn: everything that could settle has. */
function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

/** Milliseconds by the clock, and of the process on any processor. */
interface Duration {
  readonly wallMs: number
  readonly cpuMs: number
}

function startWatch(): () => Duration {
  const cpu = process.cpuUsage()
  const start = performance.now()
  return () => {
    const wallMs = performance.now() - start
    const { user, system } = process.cpuUsage(cpu)
    return { wallMs, cpuMs: (user + system) / 1000 }
  }
}

function percentileOf(durations: readonly Duration[], share: number, by: '' | ' by CPU'): number {
  return percentile(
    durations.map(({ wallMs, cpuMs }) => (by === '' ? wallMs : cpuMs)),
    share,
  )
}
