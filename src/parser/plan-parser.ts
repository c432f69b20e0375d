import type { Actions } from '../actions.ts'
import { type AgentId, type AnyStep, planIdOf } from '../plan.ts'
import { type AwaitedAgent, AwaitedAgents } from './awaited-agents.ts'
import { CallReader } from './call-reader.ts'
import { Capture } from './capture.ts'
import { FieldCapture } from './field-capture.ts'
import { FieldReader } from './field-reader.ts'
import { joinedRepairs } from './joined-repairs.ts'
import { type OpenObject, rawOf } from './open-object.ts'
import { type OpenPlan, openPlan, type WrittenStep, type WrittenText } from './open-plan.ts'
import type { OutlineSink } from './outline-sink.ts'
import { DEFAULT_LIMITS, type ParserLimits, type ParserPolicy } from './parser-policy.ts'
import type { PlanEvent, RejectionCode } from './plan-event.ts'
import { faultOf, LONGEST_NAME, NO_AGENT } from './plan-fault.ts'
import { readNotes } from './plan-notes.ts'
import { PlanOutline } from './plan-outline.ts'
import { RAW_CHARS } from './raw-chars.ts'
import type { ReadObject } from './read-object.ts'
import { ReplyScanner } from './reply-scanner.ts'
import { stepReader } from './step-reader.ts'
import { stepShapesOf } from './step-shapes.ts'
import { StepValidator } from './step-validator.ts'
import { TextReader } from './text-reader.ts'
import { nameOf, type WrittenName } from './written-name.ts'

export interface PlanParserOptions<S extends AnyStep, W extends object> extends ParserPolicy {
  readonly actions: Actions<S, W>
  /** Those a plan is awaited of. */
  readonly agents: readonly AgentId[]
  /** What `valid` of the game's actions is asked about; without it, `valid` is not asked. */
  readonly world?: (agentId: AgentId) => W
  /**
   * Short names in the prompt → the ids that they stand for: agents', whatever the string arguments of steps name, and in text fields
   * those words that can mean nothing else (`g17`). An alias comes before an agent's own id, and before an argument's own meaning.
   */
  readonly aliases?: ReadonlyMap<string, string>
  /** The first part of each plan's id. @defaultValue 'run' */
  readonly runId?: string
  /** The last part of a plan's id. @defaultValue 1, 2, … for each agent, counted by this parser */
  readonly nextAttempt?: (agentId: AgentId) => number
}

const NO_EVENTS: readonly never[] = []

/**
 * Reads one reply as it arrives, and says which steps and plans each piece of it completes: in the `push` that carries their
 * closing brace, in the order written, the same events however the text is cut (`text` deltas once joined).
 */
export class PlanParser<const S extends AnyStep, W extends object> {
  readonly #options: PlanParserOptions<S, W>
  readonly #limits: ParserLimits
  readonly #strict: boolean
  readonly #agents: AwaitedAgents
  readonly #validator: StepValidator<S, W>
  readonly #readStep: ReturnType<typeof stepReader>
  readonly #outline: PlanOutline
  readonly #scanner: ReplyScanner
  /** Only with the option `answer: 'compact'`. */
  readonly #calls: CallReader | undefined
  /** Only with the option `fields`. */
  readonly #fields: FieldReader | undefined
  readonly #shown: FieldCapture | undefined
  /** Since the last piece, if there were any. */
  #events: PlanEvent<S>[] | undefined
  #plan: OpenPlan<S> | undefined
  #text: TextReader | undefined
  #rejected = 0
  #limited = false
  #ended = false
  /** Nothing may be pushed: asked for each piece, unlike the reasons why. The game's own code must not, while it is asked. */
  #closed = false

  /** @throws RangeError for a limit that is no positive number; Error for `fields` where there is no `Buffer`. */
  constructor(options: PlanParserOptions<S, W>) {
    this.#options = options
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits }
    for (const [name, limit] of Object.entries(this.#limits))
      if (!(limit > 0)) throw new RangeError(`limits.${name} must be above 0, not ${limit}`)
    this.#strict = options.strict ?? false
    this.#agents = new AwaitedAgents(options.agents, options.aliases)
    const coerce = (options.coerce ?? false) && !this.#strict
    this.#validator = new StepValidator(options.actions, options.world, coerce, options.aliases)
    const compact = options.answer === 'compact'
    this.#readStep = stepReader(options.actions, { strict: this.#strict, compact })
    const { depth } = this.#limits
    if (options.fields) {
      this.#fields = new FieldReader({ depth, strict: this.#strict })
      this.#shown = new FieldCapture(written => this.#readFields(written))
    }
    const capture = this.#shown ?? new Capture()
    const sink = this.#sink()
    this.#outline = new PlanOutline(capture, sink, {
      depth,
      strict: this.#strict,
      textFields: options.textFields ?? [],
    })
    const onLimit = (limit: keyof ParserLimits, at: number) => this.#hit(limit, at)
    this.#scanner = new ReplyScanner(this.#outline, capture, this.#limits, onLimit)
    if (!compact) return
    const parts = { limits: this.#limits, strict: this.#strict, agents: this.#agents, json: this.#scanner, onLimit }
    this.#calls = new CallReader(sink, { ...parts, actions: stepShapesOf(options.actions) })
  }

  /** Every awaited agent has a plan, or a limit was hit: the caller may stop reading. A rejected agent stays awaited. */
  get satisfied(): boolean {
    return this.#limited || this.#agents.allPlanned
  }

  /**
   * What this piece of the reply completes. Never throws on model output.
   *
   * @throws Error after `end`, and when called from inside the game's own rules.
   */
  push(text: string): readonly PlanEvent<S>[] {
    if (this.#closed) return this.#refusePush()
    // Told from `undefined`, here and below, because whether a value counts as true takes longer to say.
    if (this.#calls !== undefined) this.#calls.push(text)
    else this.#scanner.push(text)
    if (this.#shown !== undefined && !this.#scanner.undecided) this.#shown.showHeld()
    return this.#events === undefined ? NO_EVENTS : this.#drain()
  }

  /**
   * The reply is over: what was left open is reported, and the last event is `end`. Its status is 'limit' when one was hit;
   * 'truncated' when brackets were left open while agents still wait; 'empty' when there was nothing to read; else 'complete'.
   *
   * @throws Error when called twice.
   */
  end(): readonly PlanEvent<S>[] {
    if (this.#ended) throw new Error('end() after end(): one parser reads one reply')
    this.#ended = true
    this.#closed = true
    this.#scanner.end()
    const cut = this.#calls?.end() ?? false
    const open = !this.#limited && (cut || this.#outline.end(this.#scanner.read))
    const plans = this.#agents.planned
    const status = this.#limited
      ? 'limit'
      : open && !this.satisfied
        ? 'truncated'
        : plans + this.#rejected === 0
          ? 'empty'
          : 'complete'
    this.#emit({ type: 'end', status, plans, rejected: this.#rejected })
    return this.#drain()
  }

  #refusePush(): readonly never[] {
    if (this.#ended) throw new Error('push() after end(): one parser reads one reply')
    if (this.#limited) return NO_EVENTS
    throw new Error('push() while push() is reading: a rule of the game must not feed the parser')
  }

  #emit(event: PlanEvent<S>): void {
    // A list that grows from nothing has room for many, and almost all get one event.
    if (this.#events === undefined) this.#events = [event]
    else this.#events.push(event)
  }

  #drain(): readonly PlanEvent<S>[] {
    const events = this.#events ?? NO_EVENTS
    this.#events = undefined
    return events
  }

  #sink(): OutlineSink {
    const parser = this
    return {
      planOpened(start, asAskedFor) {
        const plan = openPlan<S>(start)
        parser.#plan = plan
        if (parser.#strict && !asAskedFor)
          plan.fault = { code: 'malformed', message: 'stands outside {"plans":[…]}, which strict insists on' }
      },
      planBegun(written) {
        parser.#fields?.start()
        parser.#readFields(written)
      },
      added(lost) {
        parser.#readFields(lost)
      },
      named(key, value) {
        parser.#named(key, value)
      },
      step(text, start, end, repairs) {
        parser.#step(text, start, end, repairs)
      },
      strayStep(text, start, end) {
        parser.#strayStep(text, start, end)
      },
      text(field, escaped, last) {
        parser.#readText(field, escaped, last)
      },
      planClosed(written, end) {
        parser.#closePlan(written, end)
      },
      planCut(raw, end) {
        parser.#rejectPlan({ code: 'truncated', message: 'the reply ended inside the plan' }, raw, end)
      },
      notAPlan(message, raw, start, end) {
        parser.#reject({ code: 'malformed', message }, undefined, raw, start, end)
      },
      elementCut(raw, start, end) {
        parser.#reject({ code: 'truncated', message: 'the reply ended inside a plan' }, undefined, raw, start, end)
      },
      tooDeep(at) {
        parser.#hit('depth', at)
      },
    }
  }

  #hit(limit: keyof ParserLimits, at: number): void {
    if (this.#limited) return
    const message = `limits.${limit}: more than ${this.#limits[limit]}`
    const plan = this.#plan
    if (plan) this.#rejectPlan({ code: 'limit', message }, this.#calls?.openRaw ?? this.#outline.openRaw(at), at)
    else this.#reject({ code: 'limit', message }, undefined, '', at, at)
    this.#limited = true
    this.#closed = true
    this.#scanner.halt()
    this.#calls?.halt()
  }

  #named(key: string, value: WrittenName): void {
    const plan = this.#plan
    if (!plan) return
    const name = nameOf(value)
    if (name === undefined) return
    if (this.#strict && (key !== 'agent' || !value.quoted)) {
      plan.fault ??= {
        code: 'malformed',
        message: `names its agent by ${key}: ${name}, where strict insists on "agent"`,
      }
      return
    }
    const agent = this.#agents.find(name)
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
    if (!value.quoted && /^-?\d/.test(name)) plan.repairs.push(`read the number ${name} as the name of an agent`)
    if (agent.planned) {
      plan.fault ??= { code: 'duplicate-agent', message: `${agent.id} has a plan already` }
      return
    }
    agent.attempts = this.#attemptOf(agent)
    plan.planId = planIdOf(this.#options.runId ?? 'run', agent.id, agent.attempts)
    const { waiting } = plan
    if (waiting.length === 0) return
    plan.waiting = []
    for (const item of waiting) this.#release(plan, agent.id, item)
  }

  #attemptOf({ id, attempts }: AwaitedAgent): number {
    const { nextAttempt } = this.#options
    if (!nextAttempt) return attempts + 1
    this.#closed = true
    try {
      return nextAttempt(id)
    } finally {
      this.#closed = this.#ended
    }
  }

  #step(text: string, start: number, end: number, repairs: readonly string[]): void {
    const plan = this.#plan
    if (!plan || this.#limited) return
    if (++plan.stepsRead > this.#limits.steps) {
      this.#hit('steps', end)
      return
    }
    if (plan.fault || plan.ended) return
    const read = this.#readStep(text, repairs)
    this.#handle(plan, { type: 'step', read, start, end, raw: text, repairs })
  }

  #strayStep(text: string, start: number, end: number): void {
    const plan = this.#plan
    if (!plan || this.#limited) return
    if (++plan.stepsRead > this.#limits.steps) {
      this.#hit('steps', end)
      return
    }
    const read = { value: undefined, reason: 'expected a step, an object' }
    this.#handle(plan, { type: 'step', read, raw: text, start, end, repairs: [] })
  }

  #readFields(written: string): void {
    const plan = this.#plan
    if (!this.#fields || !plan) return
    for (const field of this.#fields.read(written)) {
      const { agent, fault, stranger } = plan
      if (fault || (!agent && stranger !== undefined)) continue
      this.#emit({ type: 'field', ...(agent && { agentId: agent.id }), ...field })
    }
  }

  #readText(field: string, escaped: string, last: boolean): void {
    const plan = this.#plan
    if (!plan) return
    this.#text ??= new TextReader(this.#options.aliases)
    const delta = this.#text.read(escaped, last)
    if (last) this.#text = undefined
    if (delta !== '') this.#handle(plan, { type: 'text', field, delta })
  }

  /** Now, if the agent is known; later otherwise. */
  #handle(plan: OpenPlan<S>, item: WrittenStep | WrittenText): void {
    if (plan.agent) this.#release(plan, plan.agent.id, item)
    else plan.waiting.push(item)
  }

  #release(plan: OpenPlan<S>, agentId: AgentId, item: WrittenStep | WrittenText): void {
    if (plan.fault || this.#limited) return
    if (item.type === 'step') this.#releaseStep(plan, agentId, item)
    else this.#emit({ type: 'text', planId: plan.planId, agentId, field: item.field, delta: item.delta })
  }

  #releaseStep(plan: OpenPlan<S>, agentId: AgentId, { read, raw, start, end, repairs }: WrittenStep): void {
    if (plan.ended) return
    const { planId } = plan
    const index = plan.steps.length
    const span = { start, end }
    this.#closed = true
    const checked =
      read.value === undefined
        ? { ok: false as const, reason: read.reason }
        : this.#validator.validate(read.value, agentId, joinedRepairs(repairs, read.repairs))
    this.#closed = this.#ended
    if (checked.ok) {
      const { step, repairs } = checked
      plan.steps.push(step)
      if (repairs.length > 0) plan.repairs.push(...repairs.map(repair => `step ${index}: ${repair}`))
      this.#emit({ type: 'step', planId, agentId, index, step, span, repairs })
      return
    }
    const { reason } = checked
    plan.refusal ??= `step ${index}: ${reason}`
    plan.ended = this.#options.onIllegalStep !== 'skip'
    this.#emit({ type: 'step-rejected', planId, agentId, index, reason, raw: raw.slice(0, RAW_CHARS), span })
  }

  #closePlan(written: OpenObject, end: number): void {
    const plan = this.#plan
    if (!plan || this.#limited) return
    const { agent, planId, steps } = plan
    const fault = faultOf(plan, written, this.#options)
    if (fault || !agent) {
      this.#rejectPlan(fault ?? NO_AGENT, rawOf(written), end)
      return
    }
    const read =
      written.head.startsWith('{') && !written.isCalls ? readNotes(written, this.#strict, this.#options) : NO_NOTES
    if (read.value === undefined) {
      this.#rejectPlan({ code: 'malformed', message: read.reason }, rawOf(written), end)
      return
    }
    this.#plan = undefined
    this.#fields?.stop()
    this.#agents.plan(agent)
    this.#emit({
      type: 'plan',
      plan: { planId, agentId: agent.id, steps, notes: read.value },
      span: { start: plan.start, end },
      repairs: joinedRepairs(plan.repairs, joinedRepairs(written.repairs, read.repairs)),
    })
  }

  #rejectPlan(fault: { readonly code: RejectionCode; readonly message: string }, raw: string, end: number): void {
    const plan = this.#plan
    if (!plan) return
    this.#plan = undefined
    this.#fields?.stop()
    this.#text = undefined
    const name = plan.agent?.id ?? plan.stranger
    const agentId = name !== undefined && name.length <= LONGEST_NAME ? name : undefined
    this.#reject(fault, agentId, raw, plan.start, end)
  }

  #reject(
    fault: { readonly code: RejectionCode; readonly message: string },
    agentId: AgentId | undefined,
    raw: string,
    start: number,
    end: number,
  ): void {
    if (this.#limited) return
    this.#rejected++
    this.#emit({
      type: 'rejected',
      ...(agentId !== undefined && { agentId }),
      ...fault,
      raw: raw.slice(0, RAW_CHARS),
      span: { start, end },
    })
  }
}

const NO_NOTES: ReadObject = { value: {}, repairs: [] }
