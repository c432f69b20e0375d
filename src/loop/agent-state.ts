import type { AgentId } from '../plan.ts'
import type { PlanRequest } from '../world.ts'
import type { Directive } from './directive.ts'
import type { PlanTrack } from './plan-track.ts'
import type { Thought } from './thought.ts'
import type { LinePlace } from './waiting-line.ts'

/** The step that an agent is busy with. Times are in calls of `tick()`. */
export interface RunningStep<S> {
  readonly track: PlanTrack<S>
  readonly index: number
  readonly act: string
  /** It ends no sooner than in this tick… */
  readonly minAt: number
  /** …and no later than in this one. */
  readonly maxAt: number
  /** How it went, when the game said so before `minAt`. */
  readonly held?: { readonly result: 'done' | 'failed'; readonly reason: string | undefined }
}

/** What the planner knows of one agent, from its first request until it is removed. */
export class AgentState<S, W extends object> {
  readonly id: AgentId
  priority = 0
  instructions: string | undefined
  deadlineTicks = 0
  /** The newest one, by `observe` or by `request`. */
  world: W
  removed = false
  /** It has no running step, or something to be told. */
  isDue = false

  thought: Thought<S> | undefined
  /** The model's plan that takes over as soon as the running step is over. */
  arrived: PlanTrack<S> | undefined
  /** The model's plan in execution. */
  current: PlanTrack<S> | undefined
  /** What the agent does without one. */
  floor: PlanTrack<S> | undefined
  running: RunningStep<S> | undefined
  /** Why the last plan of the model's came to nothing; its next request says so. */
  #failure: string | undefined

  /** Its request came since the last tick. */
  isAsking = false
  /** Where it stands among those whose request is to go out, and since when. In calls of `tick()`, as all times here. */
  place: LinePlace<S, W> | undefined
  waitingSince = 0
  /** The model failed it: it is not asked for again before this tick. */
  coolUntil = 0
  #failures = 0
  /** Its request is its own idea, not the game's. */
  askedItself = false
  /** When to ask again without being told to; `Infinity` when not. */
  askAgainAt = Number.POSITIVE_INFINITY
  /** Times in a row that it asked again without finishing a plan of the model's. */
  #askedAgain = 0
  #lastAskedAgainAt = 0

  /** Directives about plans, due before the next `act`. */
  notices: Directive<S>[] = []
  /** Text not told yet, by field. */
  texts: Map<string, string> | undefined
  /** The first tick that left it out; `Infinity` when none did. */
  leftOutSince = Number.POSITIVE_INFINITY

  constructor(id: AgentId, world: W) {
    this.id = id
    this.world = world
  }

  /** The model is at work for it, or is about to be. */
  get awaitsPlan(): boolean {
    return this.thought !== undefined && this.thought.state !== 'expired'
  }

  /** When its step, its deadline or its pause is over, whichever comes first. */
  nextLimitAt(now: number): number {
    const { running, thought } = this
    const step = running
      ? running.held
        ? Math.min(running.minAt, running.maxAt)
        : running.maxAt
      : Number.POSITIVE_INFINITY
    return Math.min(step, thought?.nextLookAt(now) ?? Number.POSITIVE_INFINITY, this.askAgainAt)
  }

  /** The request as it goes out: with the newest world, and with what went wrong last. */
  takeRequest(): PlanRequest<W> {
    const { id: agentId, world, priority } = this
    const failure = this.#failure
    this.#failure = undefined
    const instructions = this.instructions && failure ? `${this.instructions} ${failure}` : this.instructions || failure
    return instructions ? { agentId, world, priority, instructions } : { agentId, world, priority }
  }

  note(notice: Directive<S>): void {
    // A list that grows from nothing has room for many, and mostly there is one.
    if (this.notices.length === 0) this.notices = [notice]
    else this.notices.push(notice)
  }

  /** One that a budget has kept back so far says enough. */
  think(sinceTick: number): void {
    if (this.notices.some(({ type }) => type === 'thinking')) return
    this.note({ type: 'thinking', agentId: this.id, sinceTick })
  }

  drop(planId: string, reason: Extract<Directive<S>, { type: 'dropped' }>['reason']): void {
    this.note({ type: 'dropped', agentId: this.id, planId, reason })
  }

  addTexts(texts: ReadonlyMap<string, string>): void {
    this.texts ??= new Map()
    for (const [field, delta] of texts) this.texts.set(field, (this.texts.get(field) ?? '') + delta)
  }

  /** The running step is over. A failed one ends its plan. */
  endStep(result: 'done' | 'failed', reason: string | undefined): void {
    const { running } = this
    if (!running) return
    this.running = undefined
    const { track, act } = running
    if (result === 'done') {
      if (track === this.current && track.usedUp) this.finishPlan()
    } else if (track === this.current) {
      this.failPlan(reason === undefined ? `${act} failed` : `${act} failed: ${reason}`)
    } else if (track === this.floor) {
      this.floor = undefined
    }
  }

  /** The model's plan was done to its end. */
  finishPlan(): void {
    this.current = undefined
    this.#askedAgain = 0
  }

  failPlan(failure: string): void {
    this.current = undefined
    this.#failure = `Last time, ${failure}`
  }

  /** The model gave it a plan. */
  noteSuccess(): void {
    this.#failures = 0
  }

  /** The model gave it none. The first time costs nothing; then there is a pause that doubles, up to sixteenfold. */
  noteFailure(sentAt: number, coolDownTicks: number): void {
    if (this.#failures > 0) this.coolUntil = sentAt + coolDownTicks * 2 ** Math.min(this.#failures - 1, 4)
    this.#failures += 1
  }

  /** Asks again: in the next tick the first time, then after a pause that doubles, up to sixteenfold. */
  askAgainSoon(now: number, coolDownTicks: number): void {
    const pause = this.#askedAgain === 0 ? 0 : coolDownTicks * 2 ** Math.min(this.#askedAgain - 1, 4)
    this.askAgainAt = Math.max(now + 1, this.#lastAskedAgainAt + pause)
  }

  askAgain(now: number): void {
    this.askAgainAt = Number.POSITIVE_INFINITY
    this.askedItself = true
    this.#askedAgain += 1
    this.#lastAskedAgainAt = now
  }
}

/** Who is served first: who was left out the longest, then the higher priority, then ids by code unit. */
export function byTurn<S, W extends object>(a: AgentState<S, W>, b: AgentState<S, W>): number {
  if (a.leftOutSince !== b.leftOutSince) return a.leftOutSince - b.leftOutSince
  if (a.priority !== b.priority) return b.priority - a.priority
  return byId(a, b)
}

/** By code unit. */
export function byId<S, W extends object>(a: AgentState<S, W>, b: AgentState<S, W>): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
