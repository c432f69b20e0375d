import type { Json } from '../world.ts'

/** Something an agent knows of and could do without. */
export interface ViewItem {
  /** What sort of thing it is: items of one kind are written as one table. */
  readonly kind: string
  readonly id?: string
  /** @defaultValue 0 */
  readonly priority?: number
  readonly data: Json
}

/** How a game tells what matters. Without it, the whole world is the agent's own state and nothing is dropped. */
export interface AgentView {
  readonly self: Json
  readonly objective?: Json
  /** The same for every agent of a batch; written once. */
  readonly shared?: Json
  /** What may be dropped when the budget is short: lowest priority first, then last listed. */
  readonly items?: readonly ViewItem[]
}
