import type { PlanRequest } from 'planweave'
import { SeededRandom } from './seeded-random.ts'
import type {
  AllyState,
  Cell,
  CompanionState,
  EnemyState,
  PlayerState,
  PointOfInterest,
  WorldSnapshot,
} from './snapshot.ts'

export const MAP = { width: 40, height: 24 }
export const MAX_AGENTS = 100

/** A fight about to begin, with one wish for a plan for each companion. */
export interface Skirmish {
  readonly objective: string
  readonly enemies: readonly EnemyState[]
  readonly pois: readonly PointOfInterest[]
  readonly obstacles: readonly Cell[]
  /** Ours who are down and cannot plan. */
  readonly downed: readonly AllyState[]
  readonly requests: readonly PlanRequest<WorldSnapshot>[]
}

const CALL_SIGNS =
  'Ash Bryn Cole Dara Ezra Fenn Gwen Hale Iris Jory Kit Lena Mace Nell Oren Pike Quin Rhea Sten Tova'.split(' ')
const POINTS = ['breach_door', 'ammo_crate', 'radio', 'medkit']
const OBJECTIVES = ['hold the breach door', 'take the radio', 'extract through the breach door']
const T = 42

/**
 * The same seed sets the same scene. Companions start in the west, enemies hold the east, what they fight over lies between.
 *
 * @throws RangeError when `agents` is not a whole number from 1 to 100.
 */
export function skirmish({ agents, seed }: { readonly agents: number; readonly seed: number }): Skirmish {
  if (!Number.isInteger(agents) || agents < 1 || agents > MAX_AGENTS)
    throw new RangeError(`agents must be a whole number from 1 to ${MAX_AGENTS}, not ${agents}`)
  const random = new SeededRandom(seed)
  const freeCell = freeCells(random)
  let lastId = 0

  const obstacles = times(14, () => freeCell(8, 30))
  const pois = POINTS.map(k => ({ k, pos: freeCell(14, 26) }))
  const companions = times(agents, () => companion(++lastId, freeCell(0, 12), random))
  const downed = times(Math.ceil(agents / 8), () => ({ id: ++lastId, pos: freeCell(6, 16), hp: 0 }))
  const enemies = times(5, () => enemy(++lastId, freeCell(20, 36), random))
  const player: PlayerState = { hp: 100, pos: freeCell(2, 10), stance: 'crouch', orders: ['hold_east'] }
  const objective = random.pick(OBJECTIVES)

  const requests = companions.map((me, index) => ({
    agentId: callSign(index),
    world: { t: T, player, me, enemies, allies: [...others(companions, me), ...downed], pois, obstacles, objective },
  }))
  return { objective, enemies, pois, obstacles, downed, requests }
}

function companion(id: number, pos: Cell, random: SeededRandom): CompanionState {
  return {
    id,
    hp: random.oneIn(5) ? random.int(15, 35) : random.int(60, 100),
    ammo: random.oneIn(5) ? 0 : random.int(3, 12),
    cooldowns: random.oneIn(5) ? { throw_smoke: random.int(2, 8) } : {},
    morale: random.int(5, 10) / 10,
    pos,
  }
}

function enemy(id: number, pos: Cell, random: SeededRandom): EnemyState {
  return {
    id,
    pos,
    hp: random.int(40, 100),
    cover: random.pick(['none', 'low', 'high']),
    last_seen: T - random.int(0, 3),
  }
}

function others(companions: readonly CompanionState[], me: CompanionState): AllyState[] {
  return companions.filter(({ id }) => id !== me.id).map(({ id, pos, hp }) => ({ id, pos, hp }))
}

/** Ash, Bryn, … Tova, Ash-2, Bryn-2, … */
function callSign(index: number): string {
  const name = CALL_SIGNS[index % CALL_SIGNS.length]
  const round = Math.floor(index / CALL_SIGNS.length) + 1
  return round === 1 ? `${name}` : `${name}-${round}`
}

/** Gives out each cell of the map once. */
function freeCells(random: SeededRandom): (west: number, east: number) => Cell {
  const taken = new Set<string>()
  return (west, east) => {
    for (;;) {
      const cell = { x: random.int(west, east), y: random.int(0, MAP.height - 1) }
      const key = `${cell.x},${cell.y}`
      if (taken.has(key)) continue
      taken.add(key)
      return cell
    }
  }
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make)
}
