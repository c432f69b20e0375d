import { type AgentId, type AnyStep, planIdOf } from '../plan.ts'
import { appended } from './appended.ts'
import { type AwaitedAgent, AwaitedAgents } from './awaited-agents.ts'
import type { FieldReader } from './field-reader.ts'
import { joinedRepairs } from './joined-repairs.ts'
import { type OpenObject, rawOf } from './open-object.ts'
import { type OpenPlan, openPlan, type WrittenStep, type WrittenText } from './open-plan.ts'
import type { OutlineSink } from './outline-sink.ts'
import type { ParserLimits } from './parser-policy.ts'
import type { PlanEvent, RejectionCode, Span } from './plan-event.ts'
import { faultOf, LONGEST_NAME, NO_AGENT } from './plan-fault.ts'
import { readNotes } from './plan-notes.ts'
import type { PlanParserOptions } from './plan-parser-options.ts'
import { RAW_CHARS } from './raw-chars.ts'
import type { ReadObject } from './read-object.ts'
import { stepReader } from './step-reader.ts'
import { StepValidator } from './step-validator.ts'
import { TextReader } from './text-reader.ts'

type Fault = { readonly code: RejectionCode; readonly message: string }

const NO_EVENTS: readonly never[] = emptyListOfObjects()
const NO_NOTES: ReadObject = { value: {}, repairs: [] }

/** Makes events of what a reply's brackets turned out to hold: whom a plan is for, its steps when they are right, its end. */
export class PlanReporter<S extends AnyStep, W extends object> implements OutlineSink {
  readonly agents: AwaitedAgents
  /** How many elements were refused. */
  rejected = 0
  /** A limit was hit: nothing more is told. */
  limited = false
  /** Nothing may be read: asked for each piece, unlike the reasons why. The game's own code must not feed us, while it is asked. */
  closed = false
  readonly #options: PlanParserOptions<S, W>
  readonly #limits: ParserLimits
  readonly #strict: boolean
  readonly #onLimit: (limit: keyof ParserLimits, at: number) => void
  readonly #validator: StepValidator<S, W>
  readonly #readStep: ReturnType<typeof stepReader>
  /** Only with the option `fields`. */
  readonly #fields: FieldReader | undefined
  /** Since the last piece, if there were any. */
  #events: PlanEvent<S>[] | undefined
  #plan: OpenPlan<S> | undefined
  #text: TextReader | undefined

  constructor(
    options: PlanParserOptions<S, W>,
    limits: ParserLimits,
    fields: FieldReader | undefined,
    onLimit: (limit: keyof ParserLimits, at: number) => void,
  ) {
    this.#options = options
    this.#limits = limits
    this.#fields = fields
    this.#onLimit = onLimit
    const { actions, world, aliases, strict = false, coerce = false } = options
    this.#strict = strict
    this.agents = new AwaitedAgents(options.agents, aliases)
    this.#validator = new StepValidator(actions, world, coerce && !strict, aliases)
    this.#readStep = stepReader(actions, { strict, compact: options.answer === 'compact' })
  }

  get planIsOpen(): boolean {
    return this.#plan !== undefined
  }

  /** What there was to tell since the last time. */
  drain(): readonly PlanEvent<S>[] {
    const events = this.#events
    if (events === undefined) return NO_EVENTS
    this.#events = undefined
    return events
  }

  emit(event: PlanEvent<S>): void {
    this.#events = appended(this.#events, event)
  }

  /** The last that is told, but for the end; `raw` is the text of the open plan. */
  hitLimit(message: string, raw: string, at: number): void {
    const fault: Fault = { code: 'limit', message }
    if (this.#plan) this.#rejectPlan(fault, raw, at)
    else this.#reject(fault, undefined, raw, at, at)
    this.limited = true
    this.closed = true
  }

  planOpened(start: number, asAskedFor: boolean): void {
    const plan = openPlan<S>(start)
    this.#plan = plan
    if (this.#strict && !asAskedFor)
      plan.fault = { code: 'malformed', message: 'stands outside {"plans":[…]}, which strict insists on' }
  }

  planBegun(written: string): void {
    this.#fields?.start()
    this.readFields(written)
  }

  added(lost: string): void {
    this.readFields(lost)
  }

  named(key: string, name: string, quoted: boolean): void {
    const plan = this.#plan
    if (!plan) return
    if (this.#strict && (key !== 'agent' || !quoted)) {
      plan.fault ??= {
        code: 'malformed',
        message: `names its agent by ${key}: ${name}, where strict insists on "agent"`,
      }
      return
    }
    const agent = this.agents.find(name)
    if (!agent) {
      plan.stranger ??= name
      return
    }
    if (plan.agent) {
      if (plan.agent !== agent)
        plan.fault ??= { code: 'malformed', message: `names two agents, ${plan.agent.id} and ${agent.id}` }
      return
    }
    plan.agent = agent
    if (!quoted && /^-?\d/.test(name)) plan.repairs.push(`read the number ${name} as the name of an agent`)
    if (agent.planned) {
      plan.fault ??= { code: 'duplicate-agent', message: `${agent.id} has a plan already` }
      return
    }
    agent.attempts = this.#attemptOf(agent)
    plan.planId = planIdOf(this.#options.runId ?? 'run', agent.id, agent.attempts)
    for (const item of plan.waiting) this.#release(plan, agent.id, item)
  }

  step(text: string, start: number, end: number, repairs: readonly string[], hasLongKey?: boolean): void {
    const plan = this.#plan
    if (!plan || this.#isStepTooMany(plan, end) || plan.fault || plan.ended) return
    const read = this.#readStep(text, repairs, hasLongKey)
    this.#handleStep(plan, read, text, { start, end }, repairs)
  }

  strayStep(text: string, start: number, end: number): void {
    const plan = this.#plan
    if (!plan || this.#isStepTooMany(plan, end)) return
    const read = { value: undefined, reason: 'expected a step, an object' }
    this.#handleStep(plan, read, text, { start, end }, [])
  }

  text(field: string, escaped: string, last: boolean): void {
    const plan = this.#plan
    if (!plan) return
    this.#text ??= new TextReader(this.#options.aliases)
    const delta = this.#text.read(escaped, last)
    if (last) this.#text = undefined
    if (delta === '') return
    if (plan.agent) this.#releaseText(plan, plan.agent.id, field, delta)
    else plan.waiting.push({ type: 'text', field, delta })
  }

  planClosed(written: OpenObject, end: number): void {
    const plan = this.#plan
    if (!plan || this.limited) return
    const { agent, planId, steps } = plan
    const fault = faultOf(plan, written, this.#options)
    if (fault || !agent) {
      this.#rejectPlan(fault ?? NO_AGENT, rawOf(written), end)
      return
    }
    const read = written.isCalls ? NO_NOTES : readNotes(written, this.#strict, this.#options)
    if (read.value === undefined) {
      this.#rejectPlan({ code: 'malformed', message: read.reason }, rawOf(written), end)
      return
    }
    this.#plan = undefined
    this.#fields?.stop()
    this.agents.plan(agent)
    this.emit({
      type: 'plan',
      plan: { planId, agentId: agent.id, steps, notes: read.value },
      span: { start: plan.start, end },
      repairs: joinedRepairs(plan.repairs, joinedRepairs(written.repairs, read.repairs)),
    })
  }

  planCut(raw: string, end: number): void {
    this.#rejectPlan({ code: 'truncated', message: 'the reply ended inside the plan' }, raw, end)
  }

  notAPlan(message: string, raw: string, start: number, end: number): void {
    this.#reject({ code: 'malformed', message }, undefined, raw, start, end)
  }

  elementCut(raw: string, start: number, end: number): void {
    this.#reject({ code: 'truncated', message: 'the reply ended inside a plan' }, undefined, raw, start, end)
  }

  tooDeep(at: number): void {
    this.#onLimit('depth', at)
  }

  /** What was written of the open plan, piece by piece; what it says is told at once. */
  readFields(written: string): void {
    const plan = this.#plan
    if (!this.#fields || !plan) return
    for (const field of this.#fields.read(written)) {
      const { agent, fault, stranger } = plan
      if (fault || (!agent && stranger !== undefined)) continue
      this.emit({ type: 'field', ...(agent && { agentId: agent.id }), ...field })
    }
  }

  /** Counts the step. */
  #isStepTooMany(plan: OpenPlan<S>, end: number): boolean {
    if (this.limited) return true
    if (++plan.stepsRead <= this.#limits.steps) return false
    this.#onLimit('steps', end)
    return true
  }

  #attemptOf({ id, attempts }: AwaitedAgent): number {
    const { nextAttempt } = this.#options
    if (!nextAttempt) return attempts + 1
    const { closed } = this
    this.closed = true
    try {
      return nextAttempt(id)
    } finally {
      this.closed = closed
    }
  }

  /** Now, if the agent is known; later otherwise. */
  #handleStep(plan: OpenPlan<S>, read: ReadObject, raw: string, span: Span, repairs: readonly string[]): void {
    if (plan.agent) this.#releaseStep(plan, plan.agent.id, read, raw, span, repairs)
    else plan.waiting.push({ type: 'step', read, raw, span, repairs })
  }

  #release(plan: OpenPlan<S>, agentId: AgentId, item: WrittenStep | WrittenText): void {
    if (item.type === 'text') this.#releaseText(plan, agentId, item.field, item.delta)
    else this.#releaseStep(plan, agentId, item.read, item.raw, item.span, item.repairs)
  }

  #releaseText({ fault, planId }: OpenPlan<S>, agentId: AgentId, field: string, delta: string): void {
    if (!fault && !this.limited) this.emit({ type: 'text', planId, agentId, field, delta })
  }

  #releaseStep(
    plan: OpenPlan<S>,
    agentId: AgentId,
    read: ReadObject,
    raw: string,
    span: Span,
    repairs: readonly string[],
  ): void {
    if (plan.fault || plan.ended) return
    const { planId } = plan
    const index = plan.steps.length
    const { closed } = this
    this.closed = true
    const checked =
      read.value === undefined
        ? { ok: false as const, reason: read.reason }
        : this.#validator.validate(read.value, agentId, joinedRepairs(repairs, read.repairs))
    this.closed = closed
    if (checked.ok) {
      const { step, repairs } = checked
      plan.steps.push(step)
      // One by one: as the arguments of one call they have to fit on the stack.
      for (const repair of repairs) plan.repairs.push(`step ${index}: ${repair}`)
      this.emit({ type: 'step', planId, agentId, index, step, span, repairs })
      return
    }
    const { reason } = checked
    plan.refusal ??= `step ${index}: ${reason}`
    plan.ended = this.#options.onIllegalStep !== 'skip'
    this.emit({ type: 'step-rejected', planId, agentId, index, reason, raw: raw.slice(0, RAW_CHARS), span })
  }

  #rejectPlan(fault: Fault, raw: string, end: number): void {
    const plan = this.#plan
    if (!plan) return
    this.#plan = undefined
    this.#fields?.stop()
    this.#text = undefined
    const name = plan.agent?.id ?? plan.stranger
    const agentId = name !== undefined && name.length <= LONGEST_NAME ? name : undefined
    this.#reject(fault, agentId, raw, plan.start, end)
  }

  #reject(fault: Fault, agentId: AgentId | undefined, raw: string, start: number, end: number): void {
    if (this.limited) return
    this.rejected++
    this.emit({
      type: 'rejected',
      ...(agentId !== undefined && { agentId }),
      ...fault,
      raw: raw.slice(0, RAW_CHARS),
      span: { start, end },
    })
  }
}

/** Of the same kind as lists of events, which to the engine `[]` is not: a loop over the one and the other would be slow. */
function emptyListOfObjects(): never[] {
  const list: object[] = [{}]
  list.length = 0
  return list as never[] // it is empty
}
