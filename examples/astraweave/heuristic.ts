import type { AstraStep } from './actions.ts'
import { coverFrom } from './cover.ts'
import { manhattan, nearest, type WorldSnapshot } from './snapshot.ts'

/** Always legal, so that nobody ever has nothing to do. */
export const emergency: readonly AstraStep[] = [{ act: 'Wait', duration: 1 }]

/** What a companion does without a model: the first rule that fits. */
export function heuristic({ me, enemies, pois, obstacles, objective }: WorldSnapshot): readonly AstraStep[] {
  const foe = nearest(me.pos, enemies)
  const goal = pois.find(({ k }) => objective?.includes(k.replaceAll('_', ' ')))
  if (me.hp < 30 && !me.cooldowns.heal) return [{ act: 'Heal' }]
  if (me.ammo <= 0) return [{ act: 'Reload' }]
  if (foe && manhattan(me.pos, foe.pos) <= 3) return [{ act: 'Attack', target_id: foe.id }]
  if (goal) return [{ act: 'MoveTo', ...goal.pos, speed: 'run' }]
  if (foe) return [{ act: 'TakeCover', position: coverFrom(me.pos, obstacles) }]
  return [{ act: 'Scan', radius: 10 }]
}
