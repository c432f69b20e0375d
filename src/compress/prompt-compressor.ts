import type { Actions } from '../actions.ts'
import { messageOf } from '../errors.ts'
import type { AgentId, AnyStep } from '../plan.ts'
import type { Prompt } from '../prompt.ts'
import { byPriority, type Json, type PlanRequest } from '../world.ts'
import { type AgentSection, writeSection } from './agent-section.ts'
import type { AgentView, ViewItem } from './agent-view.ts'
import { compactJson } from './compact-json.ts'
import { plainJson } from './plain-json.ts'
import { writeStaticPrefix } from './static-prefix.ts'
import { estimateTokens } from './token-pieces.ts'

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
  /** Short names that stand for agents' ids in the prompt. Empty: ids are written as they are. */
  readonly aliases: ReadonlyMap<string, AgentId>
  readonly dropped: readonly DroppedItem[]
  /** Those of the dropped that are whole agents, because their view threw: the prompt does not name them. */
  readonly leftOut: readonly DroppedItem[]
  /** False when the prompt is over the budget though everything that may be dropped has been. */
  readonly withinBudget: boolean
}

export interface PromptCompressorOptions<S extends AnyStep, W extends object> {
  readonly actions: Actions<S, W>
  /** What the game tells every agent: tone, tactics, limits. Part of the static prefix. */
  readonly rules?: string
  /** What matters to an agent. @defaultValue the whole world as its own state */
  readonly view?: (world: W, agentId: AgentId) => AgentView
  /** The longest prompt in tokens, static prefix and labels included. @defaultValue 2048 */
  readonly tokenBudget?: number
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
  readonly #prefix: string
  readonly #prefixTokens: number
  readonly #view: (world: W, agentId: AgentId) => Omit<AgentView, 'self'> & { readonly self: unknown }
  readonly #countTokens: (text: string) => number
  readonly #exact: boolean

  /** @throws RangeError when the budget has no room for anything beside the static prefix. */
  constructor({ actions, rules, view, tokenBudget = 2048, countTokens }: PromptCompressorOptions<S, W>) {
    this.tokenBudget = tokenBudget
    this.#view = view ?? (world => ({ self: world }))
    this.#countTokens = countTokens ?? estimateTokens
    this.#exact = countTokens !== undefined
    this.#prefix = writeStaticPrefix(actions.signatures(), rules)
    this.#prefixTokens = this.#countTokens(this.#prefix)
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

  /** One prompt for all of these requests. A view that throws costs its own agent its place, never the others. */
  compress(requests: readonly PlanRequest<W>[]): PromptReport {
    const dropped: DroppedItem[] = []
    const leftOut: DroppedItem[] = []
    const sections = [...requests].sort(byPriority).flatMap(request => this.#sectionOf(request, dropped, leftOut))
    const shared = shareWorld(sections)
    const world = shared.world === undefined ? '' : `World: ${compactJson(shared.world)}\n`
    const sharedTokens = world ? this.#countTokens(world) : 0
    const room = this.tokenBudget - this.#prefixTokens - sharedTokens

    const fitted = this.#fit(shared.sections, room)
    dropped.push(...leftOut, ...fitted.dropped)

    const [prefix, countTokens, prefixTokens] = [this.#prefix, this.#countTokens, this.#prefixTokens]
    let baselineTokens: number | undefined
    return {
      prompt: [
        { role: 'system', content: prefix },
        { role: 'user', content: `${world}${fitted.text}` },
      ],
      prefixChars: prefix.length,
      tokens: { prefix: prefixTokens, shared: sharedTokens, agents: fitted.tokens, exact: this.#exact },
      get baselineTokens() {
        baselineTokens ??= sections.reduce(
          (sum, section) => sum + prefixTokens + countTokens(JSON.stringify(section, null, 2)),
          0,
        )
        return baselineTokens
      },
      aliases: NO_ALIASES,
      dropped,
      leftOut,
      withinBudget: fitted.tokens <= room,
    }
  }

  #sectionOf(
    { agentId, world, instructions }: PlanRequest<W>,
    dropped: DroppedItem[],
    leftOut: DroppedItem[],
  ): AgentSection[] {
    const json = (kind: string, value: unknown, id?: string) =>
      plainJson(value, (path, reason) =>
        dropped.push({ agentId, kind, ...(id !== undefined && { id }), reason: `${path}: ${reason}` }),
      )
    try {
      const { self, shared, objective, items = [] } = this.#view(world, agentId)
      return [
        {
          agentId,
          self: json('self', self),
          ...(shared !== undefined && { shared: json('shared', shared) }),
          ...(objective !== undefined && { objective: json('objective', objective) }),
          ...(instructions !== undefined && { instructions }),
          items: items.map(item => ({ ...item, data: json(item.kind, item.data, item.id) })),
        },
      ]
    } catch (error) {
      const reason = `its view threw: ${messageOf(error)}`
      leftOut.push({ agentId, kind: 'agent', reason })
      return []
    }
  }

  /** Drops as few items as the room demands: lowest priority first, then last listed, later agents first. */
  #fit(sections: readonly AgentSection[], room: number): { text: string; tokens: number; dropped: DroppedItem[] } {
    const order = dropOrder(sections)
    const write = (count: number) => {
      const gone = new Set(order.slice(0, count).map(({ item }) => item))
      const text = sections
        .map(section =>
          writeSection(
            gone.size === 0 ? section : { ...section, items: section.items.filter(item => !gone.has(item)) },
          ),
        )
        .join('\n')
      return { text, tokens: this.#countTokens(text) }
    }
    // Halving, because a prompt that is far over its budget would otherwise be written once for every item dropped.
    let [few, enough] = [0, order.length]
    while (few < enough) {
      const middle = (few + enough) >> 1
      if (write(middle).tokens <= room) enough = middle
      else few = middle + 1
    }
    const dropped = order.slice(0, enough).map(({ agentId, item }) => ({
      agentId,
      kind: item.kind,
      ...(item.id !== undefined && { id: item.id }),
      reason: `over the budget of ${this.tokenBudget} tokens`,
    }))
    return { ...write(enough), dropped }
  }
}

const NO_ALIASES: ReadonlyMap<string, AgentId> = new Map()

/** Every item in the order in which it may go. */
function dropOrder(sections: readonly AgentSection[]): { readonly agentId: AgentId; readonly item: ViewItem }[] {
  return sections
    .flatMap(({ agentId, items }) => items.map(item => ({ agentId, item })))
    .reverse()
    .sort((a, b) => (a.item.priority ?? 0) - (b.item.priority ?? 0))
}

/** The world that the first agent names, written once; an agent that sees another one keeps its own. */
function shareWorld(sections: readonly AgentSection[]): { world: Json | undefined; sections: readonly AgentSection[] } {
  const world = sections.find(section => section.shared !== undefined)?.shared
  if (world === undefined) return { world, sections }
  const written = compactJson(world)
  return {
    world,
    sections: sections.map(section => {
      if (section.shared === undefined || compactJson(section.shared) !== written) return section
      const { shared: _, ...own } = section
      return own
    }),
  }
}
