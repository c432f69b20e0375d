import type { AstraStep } from './actions.ts'
import { coverFrom } from './cover.ts'
import { SeededRandom } from './seeded-random.ts'
import type { Skirmish } from './skirmish.ts'
import { type Cell, manhattan, nearest, type WorldSnapshot } from './snapshot.ts'

/**
 * What a decent model would answer to a prompt about this skirmish: a plan of two or three legal steps for each companion whom
 * the prompt names, in the prompt's order. For simulated servers; the seed decides the tactics.
 *
 * @param nameOf how the prompt calls an agent, when not by its id
 */
export function scriptedReply(
  { requests }: Skirmish,
  seed: number,
  prompt: string,
  nameOf = (agentId: string) => agentId,
): string {
  const plans = requests
    .map(({ agentId, world }) => ({ agent: nameOf(agentId), world }))
    .map(({ agent, world }) => ({ agent, world, place: prompt.indexOf(JSON.stringify(agent)) }))
    .filter(({ place }) => place >= 0)
    .sort((a, b) => a.place - b.place)
    .map(({ agent, world }) => ({ agent, steps: planFor(world, new SeededRandom(seed * 1009 + world.me.id)) }))
  return JSON.stringify({ plans })
}

/** Two or three steps, whatever the companion's own state calls for first. */
export function planFor(world: WorldSnapshot, random: SeededRandom): readonly AstraStep[] {
  const { me, allies, enemies, pois } = world
  const foe = nearest(me.pos, enemies)
  const downed = nearest(
    me.pos,
    allies.filter(({ hp }) => hp <= 0),
  )
  if (!foe)
    return [
      { act: 'Scan', radius: 10 },
      { act: 'MoveTo', ...random.pick(pois).pos, speed: 'walk' },
    ]
  const cover = coverFrom(me.pos, world.obstacles)
  if (me.hp < 40) return [{ act: 'TakeCover', position: cover }, { act: 'Heal' }, { act: 'Wait', duration: 2 }]
  if (me.ammo <= 0)
    return [{ act: 'TakeCover', position: cover }, { act: 'Reload' }, { act: 'Attack', target_id: foe.id }]
  if (downed && manhattan(me.pos, downed.pos) <= 4)
    return [
      { act: 'MoveTo', ...freeCellFrom(downed.pos, world), speed: 'run' },
      { act: 'Revive', ally_id: downed.id },
      { act: 'Block' },
    ]
  return random.pick(tactics(world, foe, random))
}

/** What somebody fit and armed might do about an enemy. */
function tactics(
  world: WorldSnapshot,
  foe: WorldSnapshot['enemies'][number],
  random: SeededRandom,
): readonly (readonly AstraStep[])[] {
  const { me, pois, obstacles } = world
  const target_id = random.pick(world.enemies).id
  const flank = freeCellFrom({ x: foe.pos.x - 4, y: foe.pos.y }, world)
  const goal = random.pick(pois).pos
  return [
    [{ act: 'MoveTo', ...flank, speed: 'run' }, { act: 'AimedShot', target_id: foe.id }, { act: 'Reload' }],
    [
      { act: 'TakeCover', position: coverFrom(me.pos, obstacles) },
      { act: 'CoverFire', target_id, duration: 3 },
    ],
    [
      { act: 'MoveTo', ...goal, speed: 'sprint' },
      { act: 'Scan', radius: 8 },
      { act: 'MarkTarget', target_id },
    ],
    [
      { act: 'Approach', target_id: foe.id, distance: 6 },
      { act: 'ThrowExplosive', ...foe.pos },
      { act: 'Attack', target_id: foe.id },
    ],
    [
      { act: 'Distract', target_id },
      { act: 'Strafe', target_id, direction: random.pick(['left', 'right']) },
      { act: 'QuickAttack', target_id },
    ],
    [
      { act: 'MarkTarget', target_id },
      { act: 'CoordinateAttack', target_id },
      { act: 'Charge', target_id },
    ],
    [
      { act: 'SetAmbush', position: flank },
      { act: 'Taunt', target_id: foe.id },
      { act: 'HeavyAttack', target_id: foe.id },
    ],
  ]
}

/** The cell itself or the first free one to its west, inside the map. */
function freeCellFrom({ x, y }: Cell, { obstacles }: WorldSnapshot): Cell {
  let cell = { x: Math.max(0, x), y }
  while (cell.x > 0 && obstacles.some(other => other.x === cell.x && other.y === cell.y)) cell = { x: cell.x - 1, y }
  return cell
}
