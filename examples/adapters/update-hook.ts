import type { AnyStep, Directive, Planner } from 'planweave'

/** What Excalibur's `Scene` and `Engine` and Phaser's `scene.events` have in common: somebody hears of each update. */
export interface UpdateEmitter {
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

/** For Excalibur `onUpdate(engine, 'postupdate', …)`, with its `fixedUpdateFps`; for Phaser `onUpdate(scene.events, 'update', …)`. Returns how to stop. */
export function onUpdate<S extends AnyStep, W extends object>(
  emitter: UpdateEmitter,
  event: string,
  planner: Planner<S, W>,
  perform: (directive: Directive<S>) => void,
): () => void {
  let tick = 0
  const update = () => {
    tick += 1
    for (const directive of planner.tick(tick)) perform(directive)
  }
  emitter.on(event, update)
  return () => {
    emitter.off(event, update)
    planner.close()
  }
}
