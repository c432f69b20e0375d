/**
 * AstraWeave's world snapshot: what one companion sees when it plans. Names are the engine's own, so that its JSON fits as it is.
 * Added to it, because its actions cannot be judged without: the companion's own `id` and `hp`, and its `allies`.
 */
export interface WorldSnapshot {
  /** Seconds since the level began. */
  readonly t: number
  readonly player: PlayerState
  readonly me: CompanionState
  readonly enemies: readonly EnemyState[]
  readonly allies: readonly AllyState[]
  readonly pois: readonly PointOfInterest[]
  /** Cells that nobody can enter; the cells beside them are cover. */
  readonly obstacles: readonly Cell[]
  readonly objective?: string
}

export interface Cell {
  readonly x: number
  readonly y: number
}

export interface PlayerState {
  readonly hp: number
  readonly pos: Cell
  readonly stance: string
  readonly orders: readonly string[]
}

export interface CompanionState {
  readonly id: number
  readonly hp: number
  readonly ammo: number
  /** Seconds until an action may be used again, by its name; an action that is ready is absent. */
  readonly cooldowns: Readonly<Record<string, number>>
  /** 0 to 1. */
  readonly morale: number
  readonly pos: Cell
}

export interface EnemyState {
  readonly id: number
  readonly pos: Cell
  readonly hp: number
  readonly cover: 'none' | 'low' | 'high'
  /** Seconds since the level began. */
  readonly last_seen: number
}

/** Somebody on our side. With no `hp` left an ally is down, and can be revived. */
export interface AllyState {
  readonly id: number
  readonly pos: Cell
  readonly hp: number
}

export interface PointOfInterest {
  /** What it is: `breach_door`, `ammo_crate`. */
  readonly k: string
  readonly pos: Cell
}

/** Steps between two cells without diagonals. */
export function manhattan(from: Cell, to: Cell): number {
  return Math.abs(from.x - to.x) + Math.abs(from.y - to.y)
}

/** The place nearest to `from`; of equals the one listed first. */
export function nearest<P extends { readonly pos: Cell }>(from: Cell, places: readonly P[]): P | undefined {
  let best: P | undefined
  for (const place of places) if (!best || manhattan(from, place.pos) < manhattan(from, best.pos)) best = place
  return best
}
