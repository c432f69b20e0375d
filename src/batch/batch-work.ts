import { messageOf } from '../errors.ts'
import { followAbort } from '../llm/follow-abort.ts'
import type { LlmRequestOptions } from '../llm/llm-client.ts'
import type { PlanEvent } from '../parser/plan-event.ts'
import { type AgentId, type AnyStep, type Plan, planIdOf } from '../plan.ts'
import type { PlanRequest } from '../world.ts'
import type { BatchSettings } from './batch-options.ts'
import { chooseStrategy } from './choose-strategy.ts'
import { LiveRun } from './live-run.ts'
import { type NextTier, nextTier } from './next-tier.ts'
import type { PlanCache } from './plan-cache.ts'
import type { PlanFloor } from './plan-floor.ts'
import type { AttemptError, PlanOutcome } from './plan-outcome.ts'
import { byAgent, PlanTicket, type TicketsByAgent } from './plan-ticket.ts'
import type { PromptLanes } from './prompt-lanes.ts'
import { promptOptions } from './prompt-options.ts'
import { type PromptJob, PromptQueue, type Question } from './prompt-queue.ts'
import { PromptReading, type ReadingFailure, type ReadingHandler } from './prompt-reading.ts'
import { reAskRequest } from './re-ask-request.ts'
import type { ReplyEnd } from './reply-stream.ts'
import { RunMetrics } from './run-metrics.ts'
import type { ServerPace } from './server-pace.ts'
import { watchDeadlines } from './watch-deadlines.ts'
import { type AnyReport, writePrompt } from './write-prompt.ts'

/** What all runs of one executor share: the way to its server, how fast that has been, and what it has answered. */
export interface Shared<S extends AnyStep, W extends object> {
  readonly lanes: PromptLanes
  readonly pace: ServerPace
  readonly plans: PlanCache<S, W>
}

/**
 * The work behind one run. Each agent has a ticket, and whatever comes first closes it: a plan by the model, its deadline, a
 * cancellation, or the last tier's failure; the floor answers for all but the first.
 *
 * Every way in (`start`, text, the end of a reply, a deadline, `cancel`) changes the state, and then calls `settled` once, which
 * starts the next prompts and only then lets listeners hear of it.
 */
export class BatchWork<S extends AnyStep, W extends object> implements ReadingHandler<S, W> {
  readonly run = new LiveRun<S>(agentId => this.cancel(agentId))
  readonly #runId: string
  readonly #settings: BatchSettings<S, W>
  readonly #floor: PlanFloor<S, W>
  readonly #shared: Shared<S, W>
  readonly #options: LlmRequestOptions
  readonly #tickets: readonly PlanTicket<S, W>[]
  readonly #ticketByAgent: TicketsByAgent<S, W>
  readonly #metrics: RunMetrics
  readonly #stopWatching: () => void
  #unfollow: (() => void) | undefined
  readonly #queue: PromptQueue<S, W>
  /** The most prompts of this run on their way at once. */
  readonly #concurrency: number
  readonly #readings = new Set<PromptReading<S, W>>()
  /** Of the readings whose prompt is a turn of a session; most executors have none. */
  #turns: Map<PromptReading<S, W>, NonNullable<AnyReport['settle']>> | undefined
  #unsettled: number
  #started = false
  #settling = false
  #ended = false

  constructor(
    runId: string,
    settings: BatchSettings<S, W>,
    floor: PlanFloor<S, W>,
    shared: Shared<S, W>,
    requests: readonly PlanRequest<W>[],
    options: LlmRequestOptions,
  ) {
    this.#runId = runId
    this.#settings = settings
    this.#floor = floor
    this.#shared = shared
    this.#options = options
    const startedMs = settings.clock.now()
    this.#tickets = requests.map(request => new PlanTicket(request, startedMs))
    this.#ticketByAgent = byAgent(this.#tickets)
    this.#unsettled = this.#tickets.length
    const { agentsPerPrompt, concurrency, onePromptAtOnce } = settings
    const auto = settings.strategy === 'auto'
    const strategy = auto ? chooseStrategy(shared.pace, requests.length, settings) : settings.strategy
    this.#queue = new PromptQueue(strategy === 'fan-out' ? 1 : agentsPerPrompt)
    this.#metrics = new RunMetrics(strategy, settings.clock, startedMs)
    const one = strategy === 'one-prompt' && onePromptAtOnce
    this.#concurrency = one ? Math.min(concurrency, (auto && shared.pace.slots) || 1) : concurrency
    this.#stopWatching = watchDeadlines(settings.clock, this.#tickets, expired => this.#expire(expired))
  }

  /** Begins asking. Called after the caller's synchronous turn, so that its listeners hear everything. */
  start(): void {
    this.#started = true
    const { signal } = this.#options
    if (signal) this.#unfollow = followAbort(signal, this.#abort)
    if (this.#shared.plans.remembers) for (const ticket of this.#tickets) this.#recall(ticket)
    this.#queue.add(
      'model',
      this.#tickets.filter(ticket => ticket.open).map(ticket => ({ ticket, request: ticket.request })),
    )
    this.settled()
  }

  cancel(agentId?: AgentId): void {
    this.#giveUp(this.#ticketsOf(agentId), { code: 'cancelled', message: 'cancelled by the game' })
    this.#settledUnlessReading()
  }

  text(text: string): void {
    if (text) this.#metrics.text()
    // Pieces are many and hearers of them few.
    if (this.run.listenerCount('chunk') > 0) this.run.post('chunk', { text, atMs: this.#metrics.elapsedMs })
  }

  event(event: PlanEvent<S>, reading: PromptReading<S, W>): void {
    switch (event.type) {
      case 'step':
        if (reading.ticket(event.agentId)?.open) this.#takeStep(event)
        break
      case 'text':
        if (reading.ticket(event.agentId)?.open) {
          const { planId, agentId, field, delta } = event
          this.run.post('text', { planId, agentId, field, delta })
        }
        break
      case 'plan':
        this.#takePlan(event.plan, reading)
        break
      case 'step-rejected': {
        const { planId, agentId, index, reason, raw } = event
        if (reading.ticket(agentId)?.open) this.run.post('stepRejected', { planId, agentId, index, reason, raw })
        break
      }
      case 'rejected': {
        const { agentId, code, message, raw } = event
        this.run.post('rejected', { ...(agentId !== undefined && { agentId }), code, message, raw })
      }
    }
  }

  over(reading: PromptReading<S, W>, end: ReplyEnd): void {
    this.#readings.delete(reading)
    this.#shared.lanes.giveBack()
    this.#settleTurn(reading, end)
    if (end.type === 'finished') this.#metrics.usage(end.completion.usage)
    this.#trace(reading, end)

    const questions: Record<NextTier, Question<S, W>[]> = { takeover: [], 're-ask': [], simplified: [] }
    for (const [ticket, failure] of reading.failures()) {
      ticket.fail(reading.tier, failure.error, this.#settings.clock.now(), failure.raw)
      const tier = nextTier(ticket, failure, end, this.#settings)
      if (!tier) {
        this.#fallBack(ticket)
        continue
      }
      ticket.tier = tier
      const { feedback } = failure
      const request = tier !== 'simplified' && feedback ? reAskRequest(ticket.request, feedback) : ticket.request
      questions[tier].push({ ticket, request })
    }
    for (const tier of NEXT_TIERS) this.#queue.add(tier, questions[tier])
  }

  settled(): void {
    // A prompt that fails while it is being sent comes back here; the loop that sent it goes on.
    if (!this.#started || this.#settling) return
    this.#settling = true
    this.#sendNext()
    if (this.#unsettled === 0 && !this.#ended) this.#end()
    this.#settling = false
    this.run.deliver()
  }

  /** Called when it is this run's turn to send a prompt. */
  readonly #turn = (): void => this.settled()

  readonly #abort = (reason: unknown): void => {
    const message = `the signal was aborted: ${messageOf(reason)}`
    this.#giveUp(this.#tickets, { code: 'cancelled', message })
    this.#settledUnlessReading()
  }

  /** The game's `valid` may cancel from inside the parser. Listeners hear of it, and the run ends, when that piece has been read. */
  #settledUnlessReading(): void {
    for (const reading of this.#readings) if (reading.parsing) return
    this.settled()
  }

  #expire(tickets: readonly PlanTicket<S, W>[]): void {
    this.#giveUp(tickets, { code: 'deadline', message: 'its deadline was over' })
    this.settled()
  }

  #ticketsOf(agentId: AgentId | undefined): readonly PlanTicket<S, W>[] {
    if (agentId === undefined) return this.#tickets
    const ticket = this.#ticketByAgent.get(agentId)
    return ticket ? [ticket] : []
  }

  #sendNext(): void {
    const { lanes } = this.#shared
    while (this.#readings.size < this.#concurrency) {
      const job = this.#queue.next()
      if (!job) return
      if (!lanes.take(this.#turn)) {
        this.#queue.putBack(job)
        return
      }
      if (!this.#ask(job)) lanes.giveBack()
    }
  }

  /** False when nothing was sent after all. */
  #ask({ tier, questions }: PromptJob<S, W>): boolean {
    const { simplifiedCompressor, compressor, session, standby, simplified, client } = this.#settings
    const own = tier === 'model' || tier === 're-ask'
    // A conversation is with one model, and has one turn at a time.
    const writer = own && session && !session.busy ? session : compressor
    const written = writePrompt(
      tier === 'simplified' ? simplifiedCompressor : writer,
      questions.map(({ request }) => request),
    )
    if (written.type === 'unwritable') {
      // Tried in halves, so that it costs only the agent it is about.
      if (questions.length > 1) this.#queue.halve({ tier, questions })
      else for (const { ticket } of questions) this.#failForGood(ticket, written.error)
      return false
    }
    for (const { agentId, reason } of written.report.leftOut) {
      const ticket = this.#ticketByAgent.get(agentId)
      if (ticket) this.#failForGood(ticket, { code: 'bad-request', message: reason })
    }
    // Writing runs the game's code, which may have cancelled somebody.
    const tickets = questions.map(({ ticket }) => ticket).filter(ticket => ticket.open)
    const { prompt, aliases, tokens, settle } = written.report
    if (tickets.length === 0) {
      settle?.(false)
      return false
    }
    const sent = { agents: tickets.length, sharedTokens: tokens.shared, agentTokens: tokens.agents }
    // Another model's pace says nothing about this one's.
    const timing = own ? this.#shared.pace.sent(sent) : undefined
    const reading = new PromptReading(
      { runId: this.#runId, tier, prompt, aliases, tickets, ticketByAgent: this.#byAgent(tickets), timing },
      this.#settings,
      this,
    )
    this.#readings.add(reading)
    if (settle) {
      this.#turns ??= new Map()
      this.#turns.set(reading, settle)
    }
    this.#metrics.modelCalls += 1
    const other = tier === 'takeover' ? standby : tier === 'simplified' ? simplified : undefined
    reading.start(other ?? client, promptOptions(this.#settings, this.#options, tickets, aliases))
    return true
  }

  /** Most runs are one prompt for all of their agents. */
  #byAgent(tickets: readonly PlanTicket<S, W>[]): TicketsByAgent<S, W> {
    return tickets.length === this.#tickets.length ? this.#ticketByAgent : byAgent(tickets)
  }

  /** A server that wrote something has read the prompt, also when we left before its end. */
  #settleTurn(reading: PromptReading<S, W>, end: ReplyEnd): void {
    const settle = this.#turns?.get(reading)
    this.#turns?.delete(reading)
    if (end.type === 'finished') settle?.(true, end.completion.usage)
    else settle?.(end.type === 'left' && !reading.isEmpty)
  }

  /** A plan that the model made before, if there is one. */
  #recall(ticket: PlanTicket<S, W>): void {
    const { request, agentId } = ticket
    const { client, compressor, seed } = this.#settings
    const options = { ...this.#options, seed: this.#options.seed ?? seed }
    ticket.cacheKey = this.#shared.plans.keyOf(request, {
      model: client.model,
      staticPrefix: compressor.staticPrefix,
      options,
    })
    if (ticket.cacheKey === undefined) return
    const found = this.#shared.plans.find(ticket.cacheKey, request)
    // Validating runs the game's code, which may have cancelled somebody.
    if (!found || !ticket.claim()) return
    const planId = planIdOf(this.#runId, agentId, ticket.nextAttempt())
    for (const [index, step] of found.steps.entries()) this.#takeStep({ planId, agentId, index, step })
    this.#metrics.cachedPlans += 1
    this.#metrics.plan()
    this.#finish(ticket.finish({ planId, agentId, ...found }, 'model', true))
  }

  #takeStep(taken: TakenStep<S>): void {
    this.#metrics.step()
    this.run.postMade('step', taken, stepEvent)
  }

  #takePlan(plan: Plan<S>, reading: PromptReading<S, W>): void {
    const ticket = reading.ticket(plan.agentId)
    if (!ticket?.open) return
    if (plan.steps.length === 0 && !this.#settings.allowEmptyPlans) {
      reading.fail(plan.agentId, EMPTY_PLAN)
      return
    }
    if (!ticket.claim()) return
    this.#metrics.plan()
    const { cacheKey, tier } = ticket
    // Another model's plans are not the client's.
    if (cacheKey !== undefined && (tier === 'model' || tier === 're-ask')) this.#shared.plans.keep(cacheKey, plan)
    this.#finish(ticket.finish(plan, tier))
  }

  #giveUp(tickets: readonly PlanTicket<S, W>[], error: AttemptError): void {
    // All are claimed before the first heuristic runs: one that cancels the run from inside would run the next one from inside it,
    // and so on, as deep as there are agents.
    for (const ticket of tickets.filter(ticket => ticket.claim())) {
      ticket.fail(ticket.tier, error, this.#settings.clock.now())
      this.#finish(this.#floor.outcomeFor(ticket, this.#runId, this.#settings.clock))
    }
  }

  #failForGood(ticket: PlanTicket<S, W>, error: AttemptError): void {
    this.#giveUp([ticket], error)
  }

  #fallBack(ticket: PlanTicket<S, W>): void {
    if (ticket.claim()) this.#finish(this.#floor.outcomeFor(ticket, this.#runId, this.#settings.clock))
  }

  #finish(outcome: PlanOutcome<S>): void {
    this.#unsettled -= 1
    this.run.outcome(outcome)
    for (const reading of this.#readings) if (reading.ticket(outcome.agentId)) reading.release()
  }

  #trace(reading: PromptReading<S, W>, end: ReplyEnd): void {
    const { trace } = this.#settings
    if (!trace) return
    try {
      const { prompt, text } = reading
      const result = end.type === 'finished' ? end.completion : end.error
      const returned: unknown = trace({ runId: this.#runId, prompt, text, end: result })
      if (returned instanceof Promise) returned.catch(error => this.#hearOfError(error))
    } catch (error) {
      this.run.postError(error)
    }
  }

  /** An async function of the game's fails later, and would take the process with it. */
  #hearOfError(error: unknown): void {
    this.run.postError(error)
    this.run.deliver()
  }

  #end(): void {
    this.#ended = true
    this.#shared.lanes.leave(this.#turn)
    this.#stopWatching()
    this.#unfollow?.()
    const outcomes = this.#tickets.flatMap(({ outcome }) => outcome ?? [])
    this.run.end({ outcomes, metrics: this.#metrics.report() })
  }
}

type TakenStep<S> = Omit<Extract<PlanEvent<S>, { type: 'step' }>, 'type' | 'span' | 'repairs'>

/** Without what else the parser says of it. */
function stepEvent<S>({ planId, agentId, index, step }: TakenStep<S>): [TakenStep<S>] {
  return [{ planId, agentId, index, step }]
}

/** Whoever is handed over has waited for a reply that broke. */
const NEXT_TIERS: readonly NextTier[] = ['takeover', 're-ask', 'simplified']

const EMPTY_PLAN: ReadingFailure = {
  error: { code: 'empty-plan', message: 'the plan had no steps' },
  retryable: true,
  feedback: 'Your last plan for this agent had no steps: give at least one.',
}
