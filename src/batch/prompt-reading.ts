import { LlmError, messageOf } from '../errors.ts'
import type { LlmClient, LlmRequestOptions } from '../llm/llm-client.ts'
import type { PlanEvent } from '../parser/plan-event.ts'
import { PlanParser } from '../parser/plan-parser.ts'
import type { AgentId, AnyStep } from '../plan.ts'
import type { Prompt } from '../prompt.ts'
import type { BatchSettings } from './batch-options.ts'
import type { AttemptError } from './plan-outcome.ts'
import type { ModelTier, PlanTicket, TicketsByAgent } from './plan-ticket.ts'
import { type ReplyEnd, ReplyStream } from './reply-stream.ts'
import type { ReplyTiming } from './reply-timing.ts'

/** Why one agent has no plan from one reply. */
export interface ReadingFailure {
  readonly error: AttemptError
  /** What the model wrote for this agent. */
  readonly raw?: string
  /** Could the same model answer if it were asked again? */
  readonly retryable: boolean
  /** A sentence for the model, when it was the model that went wrong. */
  readonly feedback?: string
}

/** What one prompt asks, and for whom. */
export interface AskedPrompt<S extends AnyStep, W extends object> {
  readonly runId: string
  readonly tier: ModelTier
  readonly prompt: Prompt
  /** Short names in the prompt → the ids that they stand for. */
  readonly aliases: ReadonlyMap<string, string>
  readonly tickets: readonly PlanTicket<S, W>[]
  /** Of just these tickets. */
  readonly ticketByAgent: TicketsByAgent<S, W>
  /** Absent when its pace says nothing about the prompts to come. */
  readonly timing: ReplyTiming | undefined
}

/** What a reading tells the run. Nothing is delivered to listeners before `settled`, when all state is consistent. */
export interface ReadingHandler<S extends AnyStep, W extends object> {
  text(text: string): void
  event(event: PlanEvent<S>, reading: PromptReading<S, W>): void
  over(reading: PromptReading<S, W>, end: ReplyEnd): void
  settled(): void
}

/**
 * One prompt on its way and its reply being read: every piece of text goes through the parser at once. It ends when the reply
 * does, or when no agent of it can get anything more.
 */
export class PromptReading<S extends AnyStep, W extends object> {
  readonly prompt: Prompt
  readonly tier: ModelTier
  readonly #tickets: TicketsByAgent<S, W>
  readonly #parser: PlanParser<S, W>
  readonly #handler: ReadingHandler<S, W>
  readonly #timing: ReplyTiming | undefined
  readonly #stream: ReplyStream
  readonly #failures = new Map<AgentId, ReadingFailure>()
  /** What holds for every agent that has no failure of its own. */
  #common: ReadingFailure = MISSING
  #open: number
  #parsing = false
  #parserEnded = false

  constructor(
    { runId, tier, prompt, aliases, tickets, ticketByAgent, timing }: AskedPrompt<S, W>,
    { actions, policy, trace }: BatchSettings<S, W>,
    handler: ReadingHandler<S, W>,
  ) {
    this.prompt = prompt
    this.tier = tier
    this.#tickets = ticketByAgent
    this.#parser = new PlanParser({
      ...policy,
      actions,
      aliases,
      agents: tickets.map(({ agentId }) => agentId),
      world: agentId => this.#ticketOf(agentId).request.world,
      runId,
      nextAttempt: agentId => this.#ticketOf(agentId).nextAttempt(),
    })
    this.#handler = handler
    this.#timing = timing
    this.#open = tickets.length
    this.#stream = new ReplyStream(
      text => this.#read(text),
      end => this.#end(end),
      trace !== undefined,
    )
  }

  /** Everything written so far; only with `trace`. */
  get text(): string {
    return this.#stream.text
  }

  /** Nothing was written yet. */
  get isEmpty(): boolean {
    return this.#stream.isEmpty
  }

  /** Is a piece of its reply being read at this moment? */
  get parsing(): boolean {
    return this.#parsing
  }

  start(client: LlmClient, options: Omit<LlmRequestOptions, 'signal'>): void {
    this.#stream.open(client, this.prompt, options)
  }

  /** The ticket of an agent of this prompt. */
  ticket(agentId: AgentId): PlanTicket<S, W> | undefined {
    return this.#tickets.get(agentId)
  }

  #ticketOf(agentId: AgentId): PlanTicket<S, W> {
    const ticket = this.#tickets.get(agentId)
    if (!ticket) throw new Error(`the parser asked for agent ${agentId}, who is not in this prompt`)
    return ticket
  }

  /** One of its tickets is no longer open. */
  release(): void {
    this.#open -= 1
    if (!this.#parsing) this.#leaveWhenDone()
  }

  /** What the reply did not bring, agent by agent, once it is over. */
  *failures(): Generator<readonly [PlanTicket<S, W>, ReadingFailure]> {
    for (const ticket of this.#tickets.values()) {
      if (ticket.open) yield [ticket, this.#failures.get(ticket.agentId) ?? this.#common]
    }
  }

  /** A failure that a later plan of the same reply can still make good. */
  fail(agentId: AgentId, failure: ReadingFailure): void {
    this.#failures.set(agentId, failure)
  }

  #read(text: string): void {
    this.#parse(this.#push, text)
    this.#leaveWhenDone()
    this.#handler.settled()
  }

  /** Made once: a reply has as many pieces as tokens. */
  readonly #push = (text: string): readonly PlanEvent<S>[] => {
    if (text) this.#timing?.text()
    // The text was read, whatever the parser makes of it.
    this.#handler.text(text)
    return this.#parser.push(text)
  }

  #leaveWhenDone(): void {
    if (this.#open === 0) this.#stream.leave('every agent of this prompt is settled')
    else if (this.#parser.satisfied) this.#stream.leave('the parser needs no more of this reply')
  }

  #end(end: ReplyEnd): void {
    if (end.type === 'failed') this.#common = failureOf(end.error)
    if (end.type === 'finished' && end.completion.finishReason === 'length') this.#common = CUT_OFF
    if (!this.#parserEnded) {
      const before = end.type === 'failed' ? new Map(this.#failures) : undefined
      // Of a reply that we left, what was still open is our doing: only how it ended counts.
      this.#parse(() => this.#parser.end().filter(event => end.type !== 'left' || event.type === 'end'))
      if (before) this.#blamePipe(before)
    }
    this.#timing?.over(end)
    this.#handler.over(this, end)
    // Whoever left the reply is in the middle of something, and settles it.
    if (end.type !== 'left') this.#handler.settled()
  }

  /** Whoever was cut off when the pipe broke failed because it broke; what the model had written stays for the record. */
  #blamePipe(before: ReadonlyMap<AgentId, ReadingFailure>): void {
    for (const [agentId, failure] of this.#failures) {
      if (before.get(agentId) === failure) continue
      const { raw } = failure
      this.#failures.set(agentId, raw === undefined ? this.#common : { ...this.#common, raw })
    }
  }

  #parse(events: (text: string) => readonly PlanEvent<S>[], text = ''): void {
    this.#parsing = true
    try {
      for (const event of events(text)) this.#take(event)
    } catch (error) {
      // A parser does not throw on what a model wrote, so this is a bug, ours or the client's; neighbours must not pay for it.
      this.#common = failureOf(
        new LlmError('server-error', `the reply could not be read: ${messageOf(error)}`, { cause: error }),
      )
      this.#parserEnded = true
      this.#stream.leave(this.#common.error.message)
    } finally {
      this.#parsing = false
    }
  }

  #take(event: PlanEvent<S>): void {
    if (event.type === 'end') {
      this.#parserEnded = true
      if (event.status === 'limit') this.#common = OVER_LIMIT
      return
    }
    if (event.type === 'step') this.#timing?.step()
    if (event.type === 'plan') this.#timing?.plan()
    if (event.type === 'rejected' && event.agentId !== undefined && event.code !== 'duplicate-agent') {
      const { code, message, raw } = event
      const feedback = `Your last plan for this agent was refused: ${message}`
      this.fail(event.agentId, { error: { code, message }, raw, retryable: true, feedback })
    }
    this.#handler.event(event, this)
  }
}

const MISSING: ReadingFailure = {
  error: { code: 'missing', message: 'the reply held no plan for this agent' },
  retryable: true,
  feedback: 'Your last reply had no plan for this agent.',
}

const CUT_OFF: ReadingFailure = {
  error: { code: 'truncated', message: 'the reply reached its longest length before this plan was complete' },
  retryable: true,
  feedback: 'Your last reply was cut off before this plan was complete: be brief.',
}

const OVER_LIMIT: ReadingFailure = {
  error: { code: 'limit', message: 'the reply went over a limit of the parser before this plan was complete' },
  retryable: true,
}

function failureOf({ code, message, retryable }: LlmError): ReadingFailure {
  return { error: { code, message }, retryable }
}
