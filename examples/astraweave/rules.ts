import type { Verdict } from 'planweave'
import { type Cell, manhattan, type WorldSnapshot } from './snapshot.ts'

/** A rule of the game: about an action's arguments, in a world. */
type Rule<Args> = (args: Args, world: WorldSnapshot) => Verdict

/** How far `Interact` and `Revive` reach, in cells. */
const REACH = 2

export const isEnemy: Rule<{ readonly target_id: number }> = ({ target_id }, { enemies }) =>
  enemies.some(enemy => enemy.id === target_id) || `no enemy ${target_id}`

/** Somebody in the fight, on either side. */
export const isPresent: Rule<{ readonly target_id: number }> = ({ target_id }, { me, allies, enemies }) =>
  [me, ...allies, ...enemies].some(entity => entity.id === target_id) || `nobody is ${target_id}`

/** Heals without a target are for oneself. */
export const isFriend: Rule<{ readonly target_id?: number | undefined }> = ({ target_id }, { me, allies }) =>
  target_id === undefined || [me, ...allies].some(friend => friend.id === target_id) || `no friend ${target_id}`

export const isDownedAlly: Rule<{ readonly ally_id: number }> = ({ ally_id }, { allies }) => {
  const ally = allies.find(({ id }) => id === ally_id)
  if (!ally) return `no ally ${ally_id}`
  return ally.hp <= 0 || `ally ${ally_id} is on their feet`
}

export const reachesAlly: Rule<{ readonly ally_id: number }> = ({ ally_id }, { me, allies }) =>
  allies.some(({ id, pos }) => id === ally_id && manhattan(me.pos, pos) <= REACH) || `ally ${ally_id} is out of reach`

export const isFree: Rule<Cell> = ({ x, y }, { obstacles }) =>
  !obstacles.some(cell => cell.x === x && cell.y === y) || `(${x},${y}) is blocked`

/** Cover may be left to the engine to find. */
export const isFreePosition: Rule<{ readonly position?: Cell | undefined }> = ({ position }, world) =>
  position === undefined || isFree(position, world)

export const hasAmmo: Rule<unknown> = (_, { me }) => me.ammo > 0 || 'no ammo left'

/** The engine keys its cooldowns by the action's name in snake case. */
export function isReady(cooldown: string): Rule<unknown> {
  return (_, { me }) => (me.cooldowns[cooldown] ?? 0) <= 0 || `${cooldown} is not ready for ${me.cooldowns[cooldown]} s`
}

/** The first objection, if any. */
export function all<Args>(...rules: readonly Rule<Args>[]): Rule<Args> {
  return (args, world) => {
    for (const rule of rules) {
      const verdict = rule(args, world)
      if (verdict !== true) return verdict
    }
    return true
  }
}
