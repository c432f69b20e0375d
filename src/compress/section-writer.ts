import { messageOf } from '../errors.ts'
import type { AgentId } from '../plan.ts'
import type { Json, PlanRequest } from '../world.ts'
import { type AgentSection, KeptItem, KeptSection } from './agent-section.ts'
import type { AgentView, ViewItem } from './agent-view.ts'
import { KeptSections } from './kept-sections.ts'
import type { NormalForm } from './normal-form.ts'
import { PlainCopier } from './plain-json.ts'
import type { DroppedItem } from './prompt-compressor.ts'

type RawView = Omit<AgentView, 'self'> & { readonly self: unknown }

/**
 * Turns requests into sections of plain copies. What an agent tells as it did the last time is the same copy as then, and a section
 * in which all is as it was is the same section, so that what was made of it holds. Found by comparing values with our own copies:
 * a game may hand over fresh objects each time, or the same one with something else in it.
 */
export class SectionWriter<W extends object> {
  readonly #view: (world: W, agentId: AgentId) => RawView
  readonly #copier: PlainCopier
  readonly #kept: KeptSections
  readonly #keeps: boolean
  /** As it was told last, by whomever. */
  #world: Json | undefined

  /** @throws RangeError when `keptAgents` is negative or no number. */
  constructor(view: ((world: W, agentId: AgentId) => AgentView) | undefined, form: NormalForm, keptAgents = 4096) {
    if (!(keptAgents >= 0)) throw new RangeError(`keptAgents is ${keptAgents}: use a number from 0`)
    this.#view = view ?? (world => ({ self: world }))
    this.#copier = new PlainCopier(form)
    this.#kept = new KeptSections(keptAgents)
    this.#keeps = keptAgents > 0
  }

  /** One section for each request whose view does not throw, in their order. */
  of(requests: readonly PlanRequest<W>[], dropped: DroppedItem[], leftOut: DroppedItem[]): readonly KeptSection[] {
    const sections: KeptSection[] = []
    const losses = new Losses(dropped)
    // Most agents tell the same world: for all but the first it is only compared.
    let world: Json | undefined
    for (const request of requests) {
      try {
        const section = this.#sectionOf(request, world, losses)
        world ??= section.shared
        sections.push(section)
      } catch (error) {
        leftOut.push({ agentId: request.agentId, kind: 'agent', reason: `its view threw: ${messageOf(error)}` })
      }
    }
    // Not before: no two sections of a prompt share their items, whoever asks.
    for (const section of sections) this.#kept.keep(section)
    if (this.#keeps) this.#world = world
    return sections
  }

  #sectionOf(request: PlanRequest<W>, world: Json | undefined, losses: Losses): KeptSection {
    const { agentId, instructions } = request
    const view = this.#view(request.world, agentId)
    const last = this.#kept.take(agentId)
    const self = this.#copier.copy(view.self, losses.of(agentId, 'self'), last?.self)
    const shared =
      view.shared === undefined ? undefined : this.#sharedOf(view.shared, losses.of(agentId, 'shared'), world, last)
    const objective =
      view.objective === undefined
        ? undefined
        : this.#copier.copy(view.objective, losses.of(agentId, 'objective'), last?.objective)
    const items = this.#itemsOf(agentId, view.items ?? NO_ITEMS, losses, last?.items)
    const sameOwn =
      last !== undefined &&
      last.self === self &&
      last.objective === objective &&
      last.instructions === instructions &&
      last.items === items
    if (sameOwn && last.shared === shared) {
      last.noteToldAgain()
      return last
    }
    const section = new KeptSection({ agentId, self, shared, objective, instructions, items })
    if (sameOwn) section.takeOwn(last)
    else if (last) section.takeFields(last)
    return section
  }

  /** An agent that tells another world than the one before it may tell the same as the last time. */
  #sharedOf(shared: unknown, refuse: Losses['refuse'], world: Json | undefined, last: AgentSection | undefined): Json {
    const likely = world ?? this.#world ?? last?.shared
    const copy = this.#copier.copy(shared, refuse, likely)
    return copy === likely || last?.shared === undefined ? copy : reuse.copy(copy, NOTHING_LOST, last.shared)
  }

  #itemsOf(
    agentId: AgentId,
    items: readonly ViewItem[],
    losses: Losses,
    last: readonly ViewItem[] = NO_ITEMS,
  ): readonly ViewItem[] {
    if (!Array.isArray(items)) throw new TypeError('its items are no list')
    let all: ViewItem[] | undefined
    for (let i = 0; i < items.length; i++) {
      const item = items[i]
      if (!item) throw new TypeError(`its item ${i} is ${item}`)
      const old = last[i]
      const copy = this.#itemOf(item, losses.of(agentId, item.kind, item.id), old)
      if (all) all.push(copy)
      else if (copy !== old) all = [...last.slice(0, i), copy]
    }
    return all ?? (last.length === items.length ? last : last.slice(0, items.length))
  }

  #itemOf({ kind, id, priority, data }: ViewItem, refuse: Losses['refuse'], last: ViewItem | undefined): ViewItem {
    const json = this.#copier.copy(data, refuse, last?.data)
    if (last && last.kind === kind && last.id === id && last.priority === priority && last.data === json) return last
    return new KeptItem({
      kind,
      ...(id !== undefined && { id }),
      ...(priority !== undefined && { priority }),
      data: json,
    })
  }
}

const NO_ITEMS: readonly ViewItem[] = []
/** Of copies: nothing in them is quantised or left out a second time. */
const reuse = new PlainCopier()
const NOTHING_LOST = () => {}

/** Lists what a copy could not hold, under what is being copied. One for a batch, as most of them list nothing. */
class Losses {
  readonly #dropped: DroppedItem[]
  #agentId: AgentId = ''
  #kind = ''
  #id: string | undefined

  constructor(dropped: DroppedItem[]) {
    this.#dropped = dropped
  }

  of(agentId: AgentId, kind: string, id?: string): Losses['refuse'] {
    this.#agentId = agentId
    this.#kind = kind
    this.#id = id
    return this.refuse
  }

  readonly refuse = (path: string, reason: string): void => {
    const id = this.#id
    this.#dropped.push({
      agentId: this.#agentId,
      kind: this.#kind,
      ...(id !== undefined && { id }),
      reason: `${path}: ${reason}`,
    })
  }
}
