import type { PlanRequest } from 'planweave'
import { SeededRandom } from '../../examples/astraweave/seeded-random.ts'
import { MAP, skirmish } from '../../examples/astraweave/skirmish.ts'
import type { Cell, EnemyState, WorldSnapshot } from '../../examples/astraweave/snapshot.ts'

export interface MovingSceneOptions {
  readonly agents: number
  readonly enemies: number
  readonly obstacles: number
  readonly ticks: number
  readonly seed: number
}

/**
 * The demo's skirmish with as many enemies and obstacles as asked for, tick by tick: half of ours and a third of the enemies walk a
 * cell, a tenth of all is hit, one in five of ours fires. The same seed gives the same ticks.
 */
export function movingSkirmish(options: MovingSceneOptions): readonly (readonly PlanRequest<WorldSnapshot>[])[] {
  const { agents, enemies, obstacles, ticks, seed } = options
  const random = new SeededRandom(seed)
  const scene = skirmish({ agents, seed })
  const cell = (west: number, east: number): Cell => ({ x: random.int(west, east), y: random.int(0, MAP.height - 1) })
  let foes: readonly EnemyState[] = Array.from({ length: enemies }, (_, i) => ({
    id: 1000 + i,
    pos: cell(20, 39),
    hp: random.int(40, 100),
    cover: random.pick(['none', 'low', 'high']),
    last_seen: 42,
  }))
  const cells = Array.from({ length: obstacles }, () => cell(0, 39))
  let companions = scene.requests.map(({ agentId, world }) => ({ agentId, me: world.me }))
  const walk = ({ x, y }: Cell): Cell => ({
    x: Math.min(MAP.width - 1, Math.max(0, x + random.int(-1, 1))),
    y: Math.min(MAP.height - 1, Math.max(0, y + random.int(-1, 1))),
  })
  const hit = (hp: number) => (random.oneIn(10) ? Math.max(1, hp - random.int(5, 20)) : hp)

  return Array.from({ length: ticks }, (_, tick) => {
    if (tick > 0) {
      foes = foes.map(foe => ({ ...foe, pos: random.oneIn(3) ? walk(foe.pos) : foe.pos, hp: hit(foe.hp) }))
      companions = companions.map(({ agentId, me }) => {
        const ammo = random.oneIn(5) ? Math.max(0, me.ammo - 1) : me.ammo
        return { agentId, me: { ...me, pos: random.oneIn(2) ? walk(me.pos) : me.pos, hp: hit(me.hp), ammo } }
      })
    }
    return companions.map(({ agentId, me }) => {
      const ours = companions.filter(other => other.me !== me).map(({ me: { id, pos, hp } }) => ({ id, pos, hp }))
      const { requests, downed, pois, objective } = scene
      const player = requests[0]?.world.player ?? { hp: 100, pos: { x: 0, y: 0 }, stance: 'crouch', orders: [] }
      const allies = [...ours, ...downed]
      return { agentId, world: { t: 42 + tick, player, me, enemies: foes, allies, pois, obstacles: cells, objective } }
    })
  })
}
