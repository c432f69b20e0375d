import type { BatchRun } from '../../src/batch/batch-events.ts'
import { BatchExecutor } from '../../src/batch/batch-executor.ts'
import type { PlanOutcome } from '../../src/batch/plan-outcome.ts'
import type { Directive, StepRef } from '../../src/loop/directive.ts'
import type { PlanMaker } from '../../src/loop/plan-maker.ts'
import { isFloor } from '../../src/loop/plan-track.ts'
import { Planner } from '../../src/loop/planner.ts'
import type { TickBudget } from '../../src/loop/tick-budget.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { type Arena, type ArenaStep, actions, wait } from './arena.ts'
import { ChaosBooks, type Waits } from './chaos-books.ts'
import { ChaosClient, planKey } from './chaos-client.ts'
import { SeededRandom } from './seeded-random.ts'

export interface ChaosOptions {
  readonly seed: number
  readonly agents: number
  /** The game ends after the tick in which its agents have lived this many together. */
  readonly agentTicks: number
  readonly execution?: 'atomic' | 'eager'
  readonly onPlanFailed?: 'finish-step' | 'stop'
  /** The model is well all the time. @defaultValue false: stretches of 400 ticks are calm, hurried and bad in turn */
  readonly healthy?: boolean
  /** Hears once per stretch how far the game is. */
  readonly onStretch?: (agentTicks: number) => void
}

interface Npc {
  readonly id: string
  world: Arena
  /** What it was told last; `settled` once the game was done with it. */
  act: (StepRef & { readonly step: ArenaStep }) | undefined
  settled: boolean
  toldAt: number
  /** When the game is done with it. */
  doneAt: number
  /** It asked in a good stretch, and has neither got its plan nor given up. */
  hoping: boolean
  /** It asked in a calm stretch, and nothing was amiss any more. */
  calm: boolean
  askedAt: number
  /** How far its request has come. */
  request: 'waits' | 'sent' | 'planned'
}

const MS_PER_TICK = 16
const STRETCH = 400
/**
 * Hurried: the model is well, and the game has to catch up now and then. Bad: both are in trouble. What the game plays in one turn
 * of the event loop nothing can arrive in, whoever schedules: so waits are judged in calm stretches.
 */
const STRETCHES = ['calm', 'hurried', 'bad'] as const
/** Runs that the planner may have under way; the executor lets as many again go out, in place of those that hang. */
export const SLOTS = 8
const DEADLINE = 120

/** A game in which everything happens that can, by a seed; it keeps its own books, and compares them with what it is told. */
export class ChaosGame {
  readonly #random: SeededRandom
  readonly #options: ChaosOptions
  readonly #clock = new ManualClock()
  readonly #client: ChaosClient
  readonly #planner: Planner<ArenaStep, Arena>
  readonly #npcs = new Map<string, Npc>()
  readonly #finished: StepRef[] = []
  /** Plans that were dropped or revoked: nothing of them may come, and nobody hears of it twice. */
  readonly #ended = new Set<string>()
  /** The last step of each plan. */
  readonly #indexes = new Map<string, number>()
  #tick = 0
  #lastBudgetAt = 0
  /** Calls of the executor so far. */
  #calls = 0
  readonly books = new ChaosBooks()

  constructor(options: ChaosOptions) {
    this.#options = options
    this.#random = new SeededRandom(options.seed)
    this.#client = new ChaosClient(new SeededRandom(options.seed + 1), this.#clock)
    const executor = new BatchExecutor({
      client: this.#client,
      actions,
      heuristic: ({ enemies: [target] }: Arena, agentId) =>
        target ? [{ act: 'Attack', target }, { act: 'Wait' }] : agentId.endsWith('7') ? [] : [{ act: 'MoveTo', x: 1 }],
      emergency: [wait],
      clock: this.#clock,
      concurrency: 2 * SLOTS,
      seed: options.seed,
    })
    this.#planner = new Planner({
      executor: this.#watched(executor),
      deadlineTicks: DEADLINE,
      maxRunsInFlight: SLOTS,
      maxAgeTicks: 200,
      execution: options.execution ?? 'atomic',
      onPlanFailed: options.onPlanFailed ?? 'finish-step',
      onError: error => this.books.offend('exception', `error: ${String(error)}`),
    })
  }

  async play(): Promise<ChaosBooks> {
    for (let index = 0; index < this.#options.agents; index += 1) this.#join(`npc-${index}`)
    while (this.books.agentTicks < this.#options.agentTicks) {
      this.#client.healthy = this.#options.healthy === true || stretchOf(this.#tick + 1) !== 'bad'
      this.#clock.advance(MS_PER_TICK)
      await new Promise(resolve => setImmediate(resolve))
      // Now and then the game has to catch up: several ticks in one turn of the event loop.
      const hurries = stretchOf(this.#tick + 1) !== 'calm' && this.#random.chance(0.02)
      const ticks = hurries ? this.#random.between(2, 30) : 1
      for (let tick = 0; tick < ticks; tick += 1) this.#playTick()
    }
    for (const npc of this.#npcs.values()) this.#forgetUndecided(npc)
    this.#planner.close()
    this.#clock.advance(MS_PER_TICK)
    for (let turn = 0; turn < 3; turn += 1) await new Promise(resolve => setImmediate(resolve))
    const { open } = this.#client
    const { pending } = this.#clock
    this.books.offend('leak', `${open} streams are open after close()`, open)
    this.books.offend('leak', `${pending} timers are set after close()`, pending)
    return this.books
  }

  /** The executor, with a look at what comes of each agent's plan. */
  #watched(executor: BatchExecutor<ArenaStep, Arena>): PlanMaker<ArenaStep, Arena> {
    return {
      actions,
      fallback: request => executor.fallback(request),
      run: requests => {
        for (const { agentId } of requests) this.#noteWait(agentId, 'sent', this.books.untilSent)
        this.#calls += 1
        const call = this.#calls
        const run: BatchRun<ArenaStep> = executor.run(requests, { seed: call })
        run.on('outcome', outcome => this.#checkNeighbours(call, outcome))
        if (this.#options.execution === 'eager') {
          run.on('step', ({ agentId }) => this.#noteWait(agentId, 'planned', this.books.untilPlanned))
        }
        run.on('listenerError', error => this.books.offend('exception', `a listener threw ${String(error)}`))
        return run
      },
    }
  }

  /** Whoever goes without a plan although the model wrote it a good one pays for somebody else's. */
  #checkNeighbours(call: number, { agentId, tier, attempts }: PlanOutcome<ArenaStep>): void {
    if (!isFloor(tier)) {
      this.books.modelPlans += 1
      this.#noteWait(agentId, 'planned', this.books.untilPlanned)
      return
    }
    const plan = this.#client.goodPlans.get(planKey(call, agentId))
    const leftTheQueue = attempts.some(({ error }) => error.code === 'cancelled' || error.code === 'deadline')
    if (plan === 'read' || (plan === 'written' && !leftTheQueue)) {
      this.books.offend('neighbour', `${agentId} got nothing of call ${call}, in which its plan was good`)
    }
  }

  /** An agent's request has come this far for the first time. */
  #noteWait(agentId: string, stage: 'sent' | 'planned', waits: Waits): void {
    const npc = this.#npcs.get(agentId)
    if (!npc || npc.request === stage || npc.request === 'planned') return
    npc.request = stage
    if (!npc.hoping) return
    // What arrives between two ticks is taken by the one to come.
    const waited = this.#tick - npc.askedAt + (stage === 'planned' ? 1 : 0)
    waits.add(waited)
    if (stage === 'planned' && npc.calm) this.books.untilPlannedCalmly.add(waited)
  }

  /** Its deadline was over: it has waited all the while, and must not be missing among the waits. */
  #noteMissed(npc: Npc): void {
    if (npc.calm && npc.request !== 'planned') this.books.missCalmly(this.#tick - npc.askedAt)
    npc.calm = false
  }

  /** Who leaves, or the end of the game, before its deadline tells nothing. */
  #forgetUndecided(npc: Npc): void {
    if (npc.calm && npc.request !== 'planned' && this.#tick < npc.askedAt + DEADLINE) this.books.askedCalmly -= 1
  }

  #playTick(): void {
    this.#tick += 1
    for (const npc of this.#npcs.values()) this.#live(npc)
    if (this.#random.chance(0.05)) this.#comeAndGo()
    const few = this.#random.between(0, 20)
    const budget = this.#random.chance(0.1) ? this.#random.pick({ maxDirectives: few }, { maxPlans: few }) : undefined
    if (budget) this.#lastBudgetAt = this.#tick
    // The clock of some games is set back.
    const number = this.#random.chance(0.01) ? 0 : this.#tick
    try {
      this.#perform(this.#planner.tick(number, budget), budget)
    } catch (error) {
      this.books.offend('exception', `tick ${this.#tick} threw ${String(error)}`)
    }
    if (!budget) this.#checkNobodyIsIdle()
    this.books.agentTicks += this.#npcs.size
    if (this.#tick % STRETCH === 0) this.#options.onStretch?.(this.books.agentTicks)
  }

  #live(npc: Npc): void {
    if (this.#random.chance(0.02)) {
      npc.world = { enemies: this.#random.pick<string[]>([], ['orc'], ['orc', 'rat'], ['rat']) }
    }
    this.#planner.observe(npc.id, npc.world)
    if (npc.act && !npc.settled && this.#tick >= npc.doneAt) this.#settle(npc, npc.act)
    if (this.#random.chance(0.001)) this.#settleAnOldStep()
    if (this.#tick - npc.askedAt > 150 && this.#random.chance(0.02)) this.#ask(npc)
  }

  #settle(npc: Npc, step: StepRef): void {
    const result = this.#random.chance(0.05) ? 'failed' : 'done'
    // A step that a revoked plan took with it, where the last budget left no room to say so.
    const untold = this.#options.onPlanFailed === 'stop' && this.#lastBudgetAt === this.#tick - 1
    if (!this.#planner.settle(step, result, 'chance') && !untold)
      this.books.offend('promise', `${npc.id}: its running step is not current`)
    this.#finished.push(step)
    npc.settled = true
  }

  #settleAnOldStep(): void {
    const step = this.#finished[this.#random.between(0, this.#finished.length - 1)]
    if (!step) return
    const last = this.#npcs.get(step.agentId)?.act
    if (last?.planId === step.planId && last.index === step.index) return
    if (this.#planner.settle(step, 'failed'))
      this.books.offend('promise', `${step.planId}#${step.index} was settled twice`)
  }

  #comeAndGo(): void {
    const id = `npc-${this.#random.between(0, this.#options.agents - 1)}`
    const npc = this.#npcs.get(id)
    if (!npc) {
      this.#join(id)
      return
    }
    this.#npcs.delete(id)
    this.#planner.remove(id)
    if (npc.hoping) this.books.asked -= 1
    this.#forgetUndecided(npc)
  }

  #join(id: string): void {
    const npc: Npc = {
      id,
      world: { enemies: [] },
      act: undefined,
      settled: true,
      toldAt: 0,
      doneAt: 0,
      hoping: false,
      calm: false,
      askedAt: 0,
      request: 'waits',
    }
    this.#npcs.set(id, npc)
    this.#ask(npc)
  }

  #ask(npc: Npc): void {
    npc.askedAt = this.#tick
    npc.request = 'waits'
    // A request counts when the model is well until its deadline, and it is not the first crowd of all at once.
    const [now, atDeadline] = [stretchOf(this.#tick), stretchOf(this.#tick + DEADLINE)]
    npc.hoping = this.#tick > 0 && (this.#options.healthy === true || (now !== 'bad' && atDeadline !== 'bad'))
    // In the first stretch that crowd asks for the second time, still nearly all at once.
    npc.calm = this.#tick >= STRETCH && now === 'calm' && atDeadline === 'calm' && this.#client.openFromBadDays === 0
    if (npc.hoping) this.books.asked += 1
    if (npc.calm) this.books.askedCalmly += 1
    this.#planner.request({ agentId: npc.id, world: npc.world, priority: npc.id.length % 2 })
  }

  #perform(directives: readonly Directive<ArenaStep>[], budget: TickBudget | undefined): void {
    if (directives.length > (budget?.maxDirectives ?? Number.POSITIVE_INFINITY))
      this.books.offend('promise', 'over budget')
    for (const directive of directives) {
      this.books.note(directive)
      const npc = this.#npcs.get(directive.agentId)
      if (!npc) this.books.offend('promise', `${directive.agentId} is unknown, and got a ${directive.type}`)
      else if (directive.type === 'act') this.#act(npc, directive)
      else if (directive.type === 'revoked') this.#revoke(npc, directive.planId)
      else if (directive.type === 'dropped' && directive.reason === 'cancelled') this.#noteMissed(npc)
      if (directive.type === 'dropped' || directive.type === 'revoked') this.#end(directive.planId)
    }
  }

  #act(npc: Npc, act: Extract<Directive<ArenaStep>, { type: 'act' }>): void {
    const verdict = actions.check(act.step, npc.world, npc.id)
    if (verdict !== true) this.books.offend('illegal', `${npc.id}: ${act.step.act} was issued: ${verdict}`)
    if (this.#ended.has(act.planId)) this.books.offend('promise', `${act.planId} goes on after its end`)
    if ((this.#indexes.get(act.planId) ?? -1) + 1 !== act.index)
      this.books.offend('promise', `${act.planId}: step ${act.index} is out of turn`)
    this.#indexes.set(act.planId, act.index)
    const lasted = this.#tick - npc.toldAt
    const before = npc.act?.step.act
    if (!npc.settled && before !== 'Climb') this.books.offend('promise', `${npc.id}: ${before} was cut short`)
    if (before === 'Aim' && lasted < 3 && this.#options.onPlanFailed !== 'stop')
      this.books.offend('promise', `${npc.id} aimed for ${lasted} ticks`)
    if (before === 'Climb' && lasted > 3 && this.#lastBudgetAt < npc.toldAt + 3)
      this.books.offend('promise', `${npc.id} climbed for ${lasted} ticks`)
    if (npc.hoping && act.tier !== 'heuristic' && act.tier !== 'emergency') {
      npc.hoping = false
      this.books.begin(npc.id, this.#tick - npc.askedAt)
    }
    npc.act = act
    npc.settled = false
    npc.toldAt = this.#tick
    // Climbing is left to its `ticks.max`.
    npc.doneAt = act.step.act === 'Climb' ? Number.POSITIVE_INFINITY : this.#tick + this.#random.between(1, 15)
  }

  #end(planId: string): void {
    if (this.#ended.has(planId)) this.books.offend('promise', `${planId} ended twice`)
    this.#ended.add(planId)
  }

  #revoke(npc: Npc, planId: string): void {
    this.books.revoked += 1
    if (this.#options.execution !== 'eager') this.books.offend('promise', `${planId} was revoked without having begun`)
    if (this.#options.onPlanFailed === 'stop' && npc.act?.planId === planId) npc.settled = true
  }

  #checkNobodyIsIdle(): void {
    for (const { id, act, settled, toldAt } of this.#npcs.values()) {
      const aims = act?.step.act === 'Aim' && this.#tick - toldAt < 3
      if (settled && !aims) this.books.offend('idle', `${id} stood still in tick ${this.#tick}`)
    }
  }
}

function stretchOf(tick: number): (typeof STRETCHES)[number] | undefined {
  return STRETCHES[Math.floor(tick / STRETCH) % STRETCHES.length]
}
