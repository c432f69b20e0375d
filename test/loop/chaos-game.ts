import { BatchExecutor } from '../../src/batch/batch-executor.ts'
import type { Directive, StepRef } from '../../src/loop/directive.ts'
import { Planner } from '../../src/loop/planner.ts'
import type { TickBudget } from '../../src/loop/tick-budget.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { type Arena, type ArenaStep, actions, wait } from './arena.ts'
import { ChaosClient } from './chaos-client.ts'
import { SeededRandom } from './seeded-random.ts'

export interface ChaosOptions {
  readonly seed: number
  readonly agents: number
  readonly ticks: number
  readonly execution?: 'atomic' | 'eager'
  readonly onPlanFailed?: 'finish-step' | 'stop'
  /** The model is well all the time. @defaultValue false: it has good and bad stretches of 400 ticks */
  readonly healthy?: boolean
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
  askedAt: number
}

const MS_PER_TICK = 16
const STRETCH = 400
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
  #digest = 0x811c9dc5
  /** What went wrong, in words: empty when all promises were kept. */
  readonly offences: string[] = []
  directives = 0
  revoked = 0
  agentTicks = 0
  /** Requests of good stretches, and how many of them became a plan in execution. */
  asked = 0
  served = 0

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
      seed: options.seed,
    })
    this.#planner = new Planner({
      executor,
      deadlineTicks: DEADLINE,
      maxAgeTicks: 200,
      execution: options.execution ?? 'atomic',
      onPlanFailed: options.onPlanFailed ?? 'finish-step',
      onError: error => this.offences.push(`error: ${String(error)}`),
    })
  }

  get digest(): string {
    return (this.#digest >>> 0).toString(16)
  }

  async play(): Promise<this> {
    for (let index = 0; index < this.#options.agents; index += 1) this.#join(`npc-${index}`)
    while (this.#tick < this.#options.ticks) {
      this.#client.healthy = this.#options.healthy === true || this.#isGoodStretch()
      this.#clock.advance(MS_PER_TICK)
      await new Promise(resolve => setImmediate(resolve))
      // Now and then the game has to catch up: several ticks in one turn of the event loop.
      const ticks = this.#random.chance(0.02) ? this.#random.between(2, 30) : 1
      for (let tick = 0; tick < ticks; tick += 1) this.#playTick()
    }
    this.#planner.close()
    this.#clock.advance(MS_PER_TICK)
    for (let turn = 0; turn < 3; turn += 1) await new Promise(resolve => setImmediate(resolve))
    if (this.#client.open > 0) this.offences.push(`${this.#client.open} streams are open after close()`)
    if (this.#clock.pending > 0) this.offences.push(`${this.#clock.pending} timers are set after close()`)
    return this
  }

  #isGoodStretch(): boolean {
    return Math.floor(this.#tick / STRETCH) % 2 === 0
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
    this.#perform(this.#planner.tick(number, budget), budget)
    if (!budget) this.#checkNobodyIsIdle()
    this.agentTicks += this.#npcs.size
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
    if (!this.#planner.settle(step, result, 'chance')) this.offences.push(`${npc.id}: its running step is not current`)
    this.#finished.push(step)
    npc.settled = true
  }

  #settleAnOldStep(): void {
    const step = this.#finished[this.#random.between(0, this.#finished.length - 1)]
    if (!step) return
    const last = this.#npcs.get(step.agentId)?.act
    if (last?.planId === step.planId && last.index === step.index) return
    if (this.#planner.settle(step, 'failed')) this.offences.push(`${step.planId}#${step.index} was settled twice`)
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
    if (npc.hoping) this.asked -= 1
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
      askedAt: 0,
    }
    this.#npcs.set(id, npc)
    this.#ask(npc)
  }

  #ask(npc: Npc): void {
    npc.askedAt = this.#tick
    // A request counts when the stretch is good until its deadline, and it is not the first crowd of all at once.
    const healthy =
      this.#options.healthy || (this.#isGoodStretch() && (this.#tick + DEADLINE) % (2 * STRETCH) < STRETCH)
    npc.hoping = healthy && this.#tick > 0
    if (npc.hoping) this.asked += 1
    this.#planner.request({ agentId: npc.id, world: npc.world, priority: npc.id.length % 2 })
  }

  #perform(directives: readonly Directive<ArenaStep>[], budget: TickBudget | undefined): void {
    if (directives.length > (budget?.maxDirectives ?? Number.POSITIVE_INFINITY)) this.offences.push('over budget')
    for (const directive of directives) {
      this.directives += 1
      this.#note(JSON.stringify(directive))
      const npc = this.#npcs.get(directive.agentId)
      if (!npc) this.offences.push(`${directive.agentId} is unknown, and got a ${directive.type}`)
      else if (directive.type === 'act') this.#act(npc, directive)
      else if (directive.type === 'revoked') this.#revoke(npc, directive.planId)
      if (directive.type === 'dropped' || directive.type === 'revoked') this.#end(directive.planId)
    }
  }

  #act(npc: Npc, act: Extract<Directive<ArenaStep>, { type: 'act' }>): void {
    const verdict = actions.check(act.step, npc.world, npc.id)
    if (verdict !== true) this.offences.push(`${npc.id}: ${act.step.act} was issued: ${verdict}`)
    if (this.#ended.has(act.planId)) this.offences.push(`${act.planId} goes on after its end`)
    if ((this.#indexes.get(act.planId) ?? -1) + 1 !== act.index)
      this.offences.push(`${act.planId}: step ${act.index} is out of turn`)
    this.#indexes.set(act.planId, act.index)
    const lasted = this.#tick - npc.toldAt
    const before = npc.act?.step.act
    if (!npc.settled && before !== 'Climb') this.offences.push(`${npc.id}: ${before} was cut short`)
    if (before === 'Aim' && lasted < 3 && this.#options.onPlanFailed !== 'stop')
      this.offences.push(`${npc.id} aimed for ${lasted} ticks`)
    if (before === 'Climb' && lasted > 3 && this.#lastBudgetAt < npc.toldAt + 3)
      this.offences.push(`${npc.id} climbed for ${lasted} ticks`)
    if (npc.hoping && act.tier !== 'heuristic' && act.tier !== 'emergency') {
      npc.hoping = false
      this.served += 1
    }
    npc.act = act
    npc.settled = false
    npc.toldAt = this.#tick
    // Climbing is left to its `ticks.max`.
    npc.doneAt = act.step.act === 'Climb' ? Number.POSITIVE_INFINITY : this.#tick + this.#random.between(1, 15)
  }

  #end(planId: string): void {
    if (this.#ended.has(planId)) this.offences.push(`${planId} ended twice`)
    this.#ended.add(planId)
  }

  #revoke(npc: Npc, planId: string): void {
    this.revoked += 1
    if (this.#options.execution !== 'eager') this.offences.push(`${planId} was revoked without having begun`)
    if (this.#options.onPlanFailed === 'stop' && npc.act?.planId === planId) npc.settled = true
  }

  #checkNobodyIsIdle(): void {
    for (const { id, act, settled, toldAt } of this.#npcs.values()) {
      const aims = act?.step.act === 'Aim' && this.#tick - toldAt < 3
      if (settled && !aims) this.offences.push(`${id} stood still in tick ${this.#tick}`)
    }
  }

  #note(text: string): void {
    for (let index = 0; index < text.length; index += 1) {
      this.#digest = Math.imul(this.#digest ^ text.charCodeAt(index), 0x01000193)
    }
  }
}
