import type { AnyStep, Directive, Planner } from 'planweave'

/** Calls of `update` and of `tick()` per second of game time. After a stall, at most `maxCatchUp` of them happen at once. */
export interface FixedTimestep {
  readonly ticksPerSecond: number
  /** @defaultValue 5 */
  readonly maxCatchUp?: number
}

/** A plain loop with a fixed timestep: the returned function takes each frame's duration in milliseconds. */
export function fixedTimestep<S extends AnyStep, W extends object>(
  planner: Planner<S, W>,
  { ticksPerSecond, maxCatchUp = 5 }: FixedTimestep,
  update: (tick: number) => void,
  perform: (directive: Directive<S>) => void,
): (deltaMs: number) => void {
  const stepMs = 1000 / ticksPerSecond
  let tick = 0
  let lagMs = 0
  return deltaMs => {
    lagMs = Math.min(lagMs + deltaMs, maxCatchUp * stepMs)
    for (; lagMs >= stepMs; lagMs -= stepMs) {
      tick += 1
      update(tick)
      for (const directive of planner.tick(tick)) perform(directive)
    }
  }
}
