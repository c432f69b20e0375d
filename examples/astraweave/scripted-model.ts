import type { AstraStep } from './actions.ts'
import { coverFrom } from './cover.ts'
import { SeededRandom } from './seeded-random.ts'
import type { Skirmish } from './skirmish.ts'
import { type Cell, type EnemyState, manhattan, nearest, type PointOfInterest, type WorldSnapshot } from './snapshot.ts'

/**
 * What a decent model would answer to a prompt about this skirmish: two or three legal steps and a shout for each companion whom
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
    .map(({ agent, world }) => ({ agent, ...ordersFor(world, new SeededRandom(seed * 1009 + world.me.id)) }))
  return JSON.stringify({ plans })
}

/** What a companion is told to do, and what it calls out about it. */
interface Orders {
  readonly steps: readonly AstraStep[]
  readonly say: string
}

/** Two or three steps, whatever the companion's own state calls for first. */
function ordersFor(world: WorldSnapshot, random: SeededRandom): Orders {
  const { me, allies, enemies, pois, obstacles } = world
  const foe = nearest(me.pos, enemies)
  const downed = nearest(
    me.pos,
    allies.filter(({ hp }) => hp <= 0),
  )
  const goal = random.pick(pois)
  if (!foe)
    return {
      steps: [
        { act: 'Scan', radius: 10 },
        { act: 'MoveTo', ...goal.pos, speed: 'walk' },
      ],
      say: 'All quiet here, moving up.',
    }
  const position = coverFrom(me.pos, obstacles)
  if (me.hp < 40)
    return {
      steps: [{ act: 'TakeCover', position }, { act: 'Heal' }, { act: 'Wait', duration: 2 }],
      say: "I'm hit, patching up behind the wall.",
    }
  if (me.ammo <= 0)
    return {
      steps: [{ act: 'TakeCover', position }, { act: 'Reload' }, { act: 'Attack', target_id: foe.id }],
      say: 'Out of ammo, reloading behind cover!',
    }
  if (downed && manhattan(me.pos, downed.pos) <= 6)
    return {
      steps: [
        { act: 'MoveTo', ...freeCellFrom(downed.pos, world), speed: 'run' },
        { act: 'Revive', ally_id: downed.id },
        { act: 'Block' },
      ],
      say: 'Hold on, I am coming to get you up!',
    }
  return random.pick(tactics(world, foe, goal, random))
}

/** What somebody fit and armed might do about an enemy. */
function tactics(
  world: WorldSnapshot,
  foe: EnemyState,
  goal: PointOfInterest,
  random: SeededRandom,
): readonly Orders[] {
  const target_id = random.pick(world.enemies).id
  const flank = freeCellFrom({ x: foe.pos.x - 4, y: foe.pos.y }, world)
  return [
    {
      steps: [{ act: 'MoveTo', ...flank, speed: 'run' }, { act: 'AimedShot', target_id: foe.id }, { act: 'Reload' }],
      say: `Going round, I have number ${foe.id} in sight.`,
    },
    {
      steps: [
        { act: 'TakeCover', position: coverFrom(world.me.pos, world.obstacles) },
        { act: 'CoverFire', target_id, duration: 3 },
      ],
      say: 'Covering you, go now!',
    },
    {
      steps: [
        { act: 'MoveTo', ...goal.pos, speed: 'sprint' },
        { act: 'Scan', radius: 8 },
        { act: 'MarkTarget', target_id },
      ],
      say: `I take the ${goal.k.replaceAll('_', ' ')}, cover me!`,
    },
    {
      steps: [
        { act: 'Approach', target_id: foe.id, distance: 6 },
        { act: 'ThrowExplosive', ...foe.pos },
        { act: 'Attack', target_id: foe.id },
      ],
      say: 'Grenade out, heads down!',
    },
    {
      steps: [
        { act: 'Distract', target_id },
        { act: 'Strafe', target_id, direction: random.pick(['left', 'right']) },
        { act: 'QuickAttack', target_id },
      ],
      say: 'Over here, look at me!',
    },
    {
      steps: [
        { act: 'MarkTarget', target_id },
        { act: 'CoordinateAttack', target_id },
        { act: 'Charge', target_id },
      ],
      say: `All on number ${target_id}, on my mark.`,
    },
    {
      steps: [
        { act: 'SetAmbush', position: flank },
        { act: 'Taunt', target_id: foe.id },
        { act: 'HeavyAttack', target_id: foe.id },
      ],
      say: 'Let them come to me.',
    },
  ]
}

/** The cell itself or the first free one to its west, inside the map. */
function freeCellFrom({ x, y }: Cell, { obstacles }: WorldSnapshot): Cell {
  let cell = { x: Math.max(0, x), y }
  while (cell.x > 0 && obstacles.some(other => other.x === cell.x && other.y === cell.y)) cell = { x: cell.x - 1, y }
  return cell
}
