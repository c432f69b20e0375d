import type { Query } from 'miniplex'
import type { AnyStep, Directive, Planner } from 'planweave'

/** An entity that thinks. `act` is what it does now; the system that finishes it sets `result`. */
export interface Thinker<S, W extends object> {
  readonly agentId: string
  readonly look: () => W
  wantsAPlan?: boolean
  act?: Extract<Directive<S>, { type: 'act' }>
  result?: 'done' | 'failed'
}

/** A system for the query `world.with('agentId', 'look')`, called once per tick: who appears is met, and who leaves forgotten. */
export function plannerSystem<S extends AnyStep, W extends object, E extends Thinker<S, W>>(
  planner: Planner<S, W>,
  thinkers: Query<E>,
): (tick: number) => void {
  const byId = new Map<string, Thinker<S, W>>()
  thinkers.onEntityRemoved.subscribe(({ agentId }) => {
    byId.delete(agentId)
    planner.remove(agentId)
  })
  return tick => {
    for (const entity of thinkers) {
      const { agentId, look, act, result } = entity
      byId.set(agentId, entity)
      planner.observe(agentId, look())
      if (act && result) planner.settle(act, result)
      if (result) delete entity.result
      if (entity.wantsAPlan || !planner.has(agentId)) planner.request({ agentId, world: look() })
      entity.wantsAPlan = false
    }
    for (const directive of planner.tick(tick)) {
      const entity = byId.get(directive.agentId)
      if (entity && directive.type === 'act') entity.act = directive
    }
  }
}
