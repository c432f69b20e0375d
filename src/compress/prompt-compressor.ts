import type { Actions } from '../actions.ts'
import type { AgentId, AnswerForm, AnyStep } from '../plan.ts'
import type { Prompt } from '../prompt.ts'
import { askedTwice, inPriorityOrder, type PlanRequest } from '../world.ts'
import { columnsFor } from './agent-section.ts'
import type { AgentView } from './agent-view.ts'
import { estimateTokens } from './estimate-tokens.ts'
import { fitBudget } from './fit-budget.ts'
import { LastCount } from './last-count.ts'
import { NormalForm, type NormalFormOptions } from './normal-form.ts'
import { HeadWriter, shareDocument } from './prompt-document.ts'
import { type IdHistory, type IdOptions, IdShortener } from './prompt-ids.ts'
import { type ComposedPrompt, PromptSession, type PromptSessionOptions } from './prompt-session.ts'
import type { ReplyDialect } from './reply-dialect.ts'
import { SectionWriter } from './section-writer.ts'
import { writeStaticPrefix } from './static-prefix.ts'
import { WrittenReport } from './written-report.ts'

/** Something that a prompt leaves out, and why. */
export interface DroppedItem {
  readonly agentId: AgentId
  readonly kind: string
  readonly id?: string
  readonly reason: string
}

export interface PromptReport {
  /** A system message, which is the static prefix, and a user message with the batch. */
  readonly prompt: Prompt
  /** The length of the static prefix: the part that is the same for every batch, and that servers keep in their cache. */
  readonly prefixChars: number
  /** Counted by `countTokens`, or estimated when there is none (`exact` false). */
  readonly tokens: {
    readonly prefix: number
    readonly shared: number
    readonly agents: number
    readonly exact: boolean
  }
  /** What asking agent by agent would take, with the same rules and the views as indented JSON. Counted when first read. */
  readonly baselineTokens: number
  /** How many times this prompt's tokens the baseline takes. With it, it is counted when first read. */
  readonly ratio: number
  /** Short names → the ids that they stand for in this prompt, agents' and others'. `PlanParser` takes them as its `aliases`. */
  readonly aliases: ReadonlyMap<string, string>
  readonly dropped: readonly DroppedItem[]
  /** Those of the dropped that are whole agents, because their view threw: the prompt does not name them. */
  readonly leftOut: readonly DroppedItem[]
  /** False when the prompt is over the budget though everything that may be dropped has been. */
  readonly withinBudget: boolean
}

export interface PromptCompressorOptions<S extends AnyStep, W extends object> extends NormalFormOptions, IdOptions {
  readonly actions: Actions<S, W>
  /** What the game tells every agent: tone, tactics, limits. Part of the static prefix. */
  readonly rules?: string
  /** How the model is asked to answer; it is read whichever way it does. The request option `format` goes with 'json' only. @defaultValue 'json' */
  readonly dialect?: ReplyDialect
  /** What matters to an agent. @defaultValue the whole world as its own state */
  readonly view?: (world: W, agentId: AgentId) => AgentView
  /** The longest prompt in tokens, static prefix and labels included. @defaultValue 2048 */
  readonly tokenBudget?: number
  /**
   * How the model is to answer. `compact` is a line of calls for each plan, less than half the tokens of the JSON document, without
   * notes. An executor reads what its compressor asks for; a parser of your own needs the same option. @defaultValue 'json'
   */
  readonly answer?: AnswerForm
  /**
   * Of how many agents the last views are remembered, least recently asked for forgotten first: what is as it was then is not written
   * anew. Prompts don't depend on it, only the time that they take; a view that says little takes 2 to 4 kB, one of twenty items some
   * 20 kB, and with it is kept what the shared world had that later ones don't. @defaultValue 4096
   */
  readonly keptAgents?: number
  /** The model's own tokenizer. @defaultValue an estimate */
  readonly countTokens?: (text: string) => number
}

/**
 * Writes one prompt for many agents: a static prefix, then the world that they share, then each agent's own view. The same
 * requests in any order give the same bytes. Objectives, own state, instructions and action signatures are never dropped.
 */
export class PromptCompressor<const S extends AnyStep, W extends object> {
  /** The longest prompt in tokens. */
  readonly tokenBudget: number
  /** What the model is asked to write. */
  readonly answer: AnswerForm
  readonly dialect: ReplyDialect
  readonly #prefix: string
  readonly #prefixTokens: number
  readonly #sections: SectionWriter<W>
  readonly #countTokens: (text: string) => number
  readonly #exact: boolean
  readonly #ids: IdShortener
  readonly #head = new HeadWriter()
  readonly #headTokens: LastCount
  readonly #agentTokens: LastCount
  readonly #tailTokens: LastCount

  /**
   * @throws RangeError when the budget has no room for anything beside the static prefix, and for decimals that cannot be;
   * TypeError for a compact answer in another dialect, or of actions whose names are no words.
   */
  constructor(options: PromptCompressorOptions<S, W>) {
    const { actions, rules, dialect, view, tokenBudget = 2048, countTokens, defaults, answer = 'json' } = options
    this.tokenBudget = tokenBudget
    this.answer = answer
    this.dialect = dialect ?? 'json'
    if (answer === 'compact') refuseCompact(actions.names, dialect)
    this.#sections = new SectionWriter(view, new NormalForm(options), options.keptAgents)
    this.#countTokens = countTokens ?? estimateTokens
    this.#exact = countTokens !== undefined
    this.#prefix = writeStaticPrefix(actions.signatures(), rules, defaults, answer === 'compact' ? answer : dialect)
    this.#prefixTokens = this.#countTokens(this.#prefix)
    this.#headTokens = new LastCount(this.#countTokens)
    this.#agentTokens = new LastCount(this.#countTokens)
    this.#tailTokens = new LastCount(this.#countTokens)
    this.#ids = new IdShortener(options, this.#prefix)
    if (!(this.#prefixTokens < tokenBudget)) {
      throw new RangeError(
        `tokenBudget is ${tokenBudget}, but the rules and action signatures alone take ${this.#prefixTokens} tokens: raise it, or declare fewer actions`,
      )
    }
  }

  /** The prompt's first message: the same for every batch, so that a server can have read it before the first one. */
  get staticPrefix(): Prompt {
    return [{ role: 'system', content: this.#prefix }]
  }

  /**
   * One prompt for all of these requests. A view that throws costs its own agent its place, never the others.
   *
   * @throws TypeError when an agent is asked for twice: its plan could not be told from the other one.
   */
  compress(requests: readonly PlanRequest<W>[]): PromptReport {
    return this.#compose(requests).report
  }

  /**
   * A series of prompts of which each tells only what changed since the one before, for servers that keep what they have read. One
   * session serves one conversation at a time.
   *
   * @throws RangeError for options that cannot be.
   */
  session(options?: PromptSessionOptions): PromptSession<W> {
    const source = {
      tokenBudget: this.tokenBudget,
      idKeys: this.#ids.idKeys,
      countTokens: this.#countTokens,
      compose: (requests: readonly PlanRequest<W>[], tail: string, history = this.#ids.noHistory) =>
        this.#compose(requests, tail, history),
    }
    return new PromptSession(source, options)
  }

  #compose(requests: readonly PlanRequest<W>[], tail = '', history?: IdHistory): ComposedPrompt {
    const dropped: DroppedItem[] = []
    const leftOut: DroppedItem[] = []
    const plain = this.#sections.of(inOrder(requests), dropped, leftOut)
    const { document, ids, keptHold } = this.#ids.shorten(shareDocument(plain), history)
    const aliases = new Map(Array.from(ids.aliasById, ([id, alias]) => [alias, id]))
    const columns = columnsFor(document.sections)
    const head = this.#head.write(document, columns)
    const sharedTokens = head ? this.#headTokens.of(head) : 0
    const tailTokens = tail ? this.#tailTokens.of(tail) : 0
    const room = this.tokenBudget - this.#prefixTokens - sharedTokens - tailTokens

    const fitted = fitBudget(document, columns, room, this.#countTokens, this.#agentTokens)
    const reason = `over the budget of ${this.tokenBudget} tokens`
    const overBudget = fitted.dropped.map(({ agentId, item: { kind, id } }) => ({
      agentId: aliases.get(agentId) ?? agentId,
      kind,
      ...(id !== undefined && { id: aliases.get(id) ?? id }),
      reason,
    }))
    dropped.push(...leftOut, ...overBudget)

    const [prefix, countTokens, prefixTokens] = [this.#prefix, this.#countTokens, this.#prefixTokens]
    const report = new WrittenReport(
      {
        prompt: [
          { role: 'system', content: prefix },
          { role: 'user', content: `${head}${fitted.text}${tail}` },
        ],
        prefixChars: prefix.length,
        tokens: { prefix: prefixTokens, shared: sharedTokens, agents: fitted.tokens + tailTokens, exact: this.#exact },
        aliases,
        dropped,
        leftOut,
        withinBudget: fitted.tokens <= room,
      },
      () => plain.reduce((sum, section) => sum + prefixTokens + countTokens(JSON.stringify(section, null, 2)), 0),
    )
    // A session goes on from the sections that it told.
    if (!history) for (const section of plain) section.forgetUnlessToldAgain()
    return { report, document: { ...document, sections: fitted.sections }, ids, keptHold }
  }
}

function inOrder<W extends object>(requests: readonly PlanRequest<W>[]): readonly PlanRequest<W>[] {
  const ordered = inPriorityOrder(requests)
  const twice = askedTwice(ordered)
  if (twice !== undefined) throw new TypeError(`agent ${JSON.stringify(twice)} is asked for twice in one prompt`)
  return ordered
}

function refuseCompact(names: readonly string[], dialect: ReplyDialect = 'json'): void {
  const name = names.find(name => /[\s,;:()]/.test(name))
  if (name !== undefined) throw new TypeError(`answer: 'compact' needs actions that are one word, unlike '${name}'`)
  if (dialect !== 'json') throw new TypeError(`answer: 'compact' has no dialect '${dialect}': leave one of them out`)
}
