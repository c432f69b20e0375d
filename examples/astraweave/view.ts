import type { AgentView } from 'planweave'
import { manhattan, nearest, type WorldSnapshot } from './snapshot.ts'

/** What the model has to know of this game to read its prompts. */
export const rules = `Cells are [x,y]; x grows to the east, y to the south. Ours come from the west, the enemies hold the east.
A target_id is an enemy's id, an ally_id that of one who is down; reviving needs to stand within 2 cells.
After its steps give each agent "say": up to ten words that it calls out.`

/**
 * What the model reads: the field once for everybody, and of each agent what only that agent has. What is as usual (good morale,
 * nothing on cooldown) is left out, because most of a prompt's cost is what is written per agent.
 */
export function view({ me, enemies, allies, pois, obstacles, objective }: WorldSnapshot): AgentView {
  const foe = nearest(me.pos, enemies)
  return {
    self: {
      at: [me.pos.x, me.pos.y],
      hp: me.hp,
      ammo: me.ammo,
      ...(me.morale < 0.6 && { morale: me.morale }),
      ...(Object.keys(me.cooldowns).length > 0 && { cooldowns: me.cooldowns }),
    },
    shared: {
      // Here and not beside `self`, as everybody has the same one.
      objective: objective ?? 'stay alive',
      enemies: enemies.map(({ id, pos, hp, cover }) => ({ id, x: pos.x, y: pos.y, hp, cover })),
      downed: allies.filter(({ hp }) => hp <= 0).map(({ id, pos }) => ({ id, x: pos.x, y: pos.y })),
      pois: pois.map(({ k, pos }) => ({ k, x: pos.x, y: pos.y })),
      // Sorted, because cells of one column that follow each other name it once.
      obstacles: obstacles.map(({ x, y }) => [x, y] as const).sort(([ax, ay], [bx, by]) => ax - bx || ay - by),
    },
    items: foe ? [{ kind: 'nearest', data: { enemy: foe.id, cells: manhattan(me.pos, foe.pos) } }] : [],
  }
}
