import { type ChatMessage, messagesOf } from '../prompt.ts'
import type { PlanRequest } from '../world.ts'
import type { PromptReport } from './prompt-compressor.ts'
import type { PromptDocument } from './prompt-document.ts'
import type { IdHistory } from './prompt-ids.ts'
import { afterUpdate, UPDATES_FOLLOW, writeUpdate } from './update-text.ts'
import { type ReportFacts, WrittenReport } from './written-report.ts'

export interface PromptSessionOptions {
  /** The longest prompt in tokens, with all that was sent since the last keyframe. @defaultValue the compressor's `tokenBudget` */
  readonly contextTokens?: number
  /**
   * When the updates since a keyframe are together longer than this many times what the keyframe said of the game, there is a
   * new one: a model follows a few changes better than many. @defaultValue 2
   */
  readonly maxDrift?: number
  /** An update as a message of its own, or added to the user's one message, for templates whose roles must alternate. @defaultValue 'message' */
  readonly append?: 'message' | 'text'
}

/** As a `PromptReport`; `tokens.prefix` is all that the server has read before, and `agents` is what is new. */
export interface SessionReport extends PromptReport {
  /** A `keyframe` tells everything; an `update` only what changed, after everything that was sent since the last keyframe. */
  readonly type: 'keyframe' | 'update'
  /**
   * How the turn went, once. After an answered one, the next prompt goes on from here; after a failed one, or when the server
   * found less than half of what it had read before in its cache, the next prompt is a keyframe.
   */
  settle(answered: boolean, usage?: { readonly cachedPromptTokens?: number }): void
}

/** What a compressor knows of a prompt that it has written. */
export interface ComposedPrompt {
  readonly report: PromptReport
  /** What the prompt tells, in its own names. */
  readonly document: PromptDocument
  readonly ids: IdHistory
  /** False when a short name that is in use means something else by now. */
  readonly keptHold: boolean
}

export interface SessionSource<W extends object> {
  readonly tokenBudget: number
  readonly idKeys: ReadonlySet<string>
  readonly countTokens: (text: string) => number
  compose(requests: readonly PlanRequest<W>[], tail: string, history?: IdHistory): ComposedPrompt
}

/** Where a session stands: what the server has read, and what the model knows by it. */
interface SessionState {
  readonly messages: readonly ChatMessage[]
  readonly known: PromptDocument
  readonly ids: IdHistory
  readonly tokens: number
  readonly keyframeTokens: number
  readonly updateTokens: number
}

/**
 * A conversation in which each prompt repeats the last one and adds what changed, so that a server with a prefix cache reads only
 * that. Every prompt is whole: a server that lost its cache answers it all the same. Equal turns give equal prompts.
 */
export class PromptSession<W extends object> {
  /** The longest prompt in tokens. */
  readonly tokenBudget: number
  readonly #source: SessionSource<W>
  readonly #maxDrift: number
  readonly #append: 'message' | 'text'
  #state: SessionState | undefined
  #pending = 0
  /** Turns of a conversation that is over have nothing to say about the next one. */
  #conversation = 0

  /** @throws RangeError for `contextTokens` under the compressor's budget, and for a drift that is no number above 0. */
  constructor(source: SessionSource<W>, options: PromptSessionOptions = {}) {
    const { contextTokens = source.tokenBudget, maxDrift = 2, append = 'message' } = options
    if (!(contextTokens >= source.tokenBudget))
      throw new RangeError(`contextTokens is ${contextTokens}: use at least the tokenBudget of ${source.tokenBudget}`)
    if (!(maxDrift > 0)) throw new RangeError(`maxDrift is ${maxDrift}: use a number above 0`)
    this.#source = source
    this.tokenBudget = contextTokens
    this.#maxDrift = maxDrift
    this.#append = append
  }

  /** Is a turn not settled yet? The next prompt would go on from the turn before it. */
  get busy(): boolean {
    return this.#pending > 0
  }

  /** The next prompt is a keyframe: the server was restarted, or the game loaded another level. */
  reset(): void {
    this.#state = undefined
    this.#conversation += 1
  }

  /**
   * One prompt for all of these requests, for a server that has answered the turns settled before.
   *
   * @throws TypeError when an agent is asked for twice.
   */
  compress(requests: readonly PlanRequest<W>[]): SessionReport {
    return (this.#state && this.#update(this.#state, requests)) ?? this.#keyframe(requests)
  }

  #keyframe(requests: readonly PlanRequest<W>[]): SessionReport {
    const { report, document, ids } = this.#source.compose(requests, UPDATES_FOLLOW)
    const { prefix, shared, agents } = report.tokens
    const state = {
      messages: messagesOf(report.prompt),
      known: document,
      ids,
      tokens: prefix + shared + agents,
      keyframeTokens: shared + agents,
      updateTokens: 0,
    }
    return this.#turn('keyframe', report, state)
  }

  /** Nothing when a keyframe would serve better. */
  #update(state: SessionState, requests: readonly PlanRequest<W>[]): SessionReport | undefined {
    const { report, document, ids, keptHold } = this.#source.compose(requests, UPDATES_FOLLOW, state.ids)
    if (!keptHold || !report.withinBudget) return undefined
    const text = writeUpdate(state.known, document, this.#source.idKeys)
    const added = this.#source.countTokens(text)
    const tokens = state.tokens + added
    const updateTokens = state.updateTokens + added
    const { shared, agents } = report.tokens
    if (tokens > this.tokenBudget || updateTokens > this.#maxDrift * state.keyframeTokens) return undefined
    if (added >= shared + agents) return undefined
    const messages = this.#appended(state.messages, text)
    const next = { ...state, messages, known: afterUpdate(state.known, document), ids, tokens, updateTokens }
    const counts = { prefix: state.tokens, shared: 0, agents: added, exact: report.tokens.exact }
    return this.#turn('update', report, next, counts)
  }

  #appended(messages: readonly ChatMessage[], text: string): readonly ChatMessage[] {
    const last = messages.at(-1)
    if (this.#append === 'message' || !last) return [...messages, { role: 'user', content: text }]
    return [...messages.slice(0, -1), { role: 'user', content: `${last.content}${text}` }]
  }

  #turn(
    type: SessionReport['type'],
    report: PromptReport,
    state: SessionState,
    tokens: PromptReport['tokens'] = report.tokens,
  ): SessionReport {
    this.#pending += 1
    const { prefixChars, dropped, leftOut, withinBudget } = report
    const aliases = new Map(Array.from(state.ids.aliasById, ([id, alias]) => [alias, id]))
    const facts = { prompt: state.messages, prefixChars, tokens, aliases, dropped, leftOut, withinBudget }
    const conversation = this.#conversation
    return new SessionTurn(type, facts, report, (answered, cachedPromptTokens) => {
      this.#pending -= 1
      if (conversation !== this.#conversation) return
      const lost = type === 'update' && cachedPromptTokens !== undefined && cachedPromptTokens * 2 < tokens.prefix
      this.#state = answered && !lost ? state : undefined
    })
  }
}

class SessionTurn extends WrittenReport implements SessionReport {
  readonly type: SessionReport['type']
  readonly settle: SessionReport['settle']

  constructor(
    type: SessionReport['type'],
    facts: ReportFacts,
    report: PromptReport,
    settled: (answered: boolean, cachedPromptTokens: number | undefined) => void,
  ) {
    super(facts, () => report.baselineTokens)
    this.type = type
    let open = true
    this.settle = (answered, { cachedPromptTokens } = {}) => {
      if (open) settled(answered, cachedPromptTokens)
      open = false
    }
  }
}
