import { expect, test } from 'vitest'
import { type AstraStep, actions } from '../../../examples/astraweave/actions.ts'
import type { WorldSnapshot } from '../../../examples/astraweave/snapshot.ts'

const ENEMY = 7
const DOWNED = 3
const world: WorldSnapshot = {
  t: 10,
  player: { hp: 100, pos: { x: 0, y: 0 }, stance: 'stand', orders: [] },
  me: { id: 1, hp: 80, ammo: 5, cooldowns: { heal: 4 }, morale: 1, pos: { x: 5, y: 5 } },
  enemies: [{ id: ENEMY, pos: { x: 20, y: 5 }, hp: 100, cover: 'none', last_seen: 9 }],
  allies: [
    { id: 2, pos: { x: 4, y: 5 }, hp: 60 },
    { id: DOWNED, pos: { x: 6, y: 6 }, hp: 0 },
    { id: 4, pos: { x: 30, y: 6 }, hp: 0 },
  ],
  pois: [],
  obstacles: [{ x: 8, y: 8 }],
}
const crater = {
  request_id: 'r1',
  feature_type: { type: 'Crater', radius: 3 },
  relative_location: { method: 'DirectionFrom', cardinal: 'east', distance: 'near' },
  intensity: 0.5,
  narrative_reason: 'a meteor',
  persistence_mode: 'sessiononly',
  biome_constraints: [],
}

// Every action with arguments it takes, and arguments it must refuse.
const table: readonly (readonly [AstraStep['act'], object, object | undefined])[] = [
  ['MoveTo', { x: 3, y: 4, speed: 'sprint' }, { x: 3, y: 4, speed: 'Run' }],
  ['Approach', { target_id: ENEMY, distance: 2.5 }, { target_id: ENEMY }],
  ['Retreat', { target_id: ENEMY, distance: 8 }, { target_id: ENEMY, distance: -1 }],
  ['TakeCover', {}, { position: [1, 2] }],
  ['Strafe', { target_id: ENEMY, direction: 'left' }, { target_id: ENEMY, direction: 'up' }],
  ['Patrol', { waypoints: [{ x: 1, y: 2 }] }, { waypoints: [] }],
  ['Attack', { target_id: ENEMY }, { target_id: 'seven' }],
  ['AimedShot', { target_id: ENEMY }, { target_id: 7.5 }],
  ['QuickAttack', { target_id: ENEMY }, {}],
  ['HeavyAttack', { target_id: ENEMY }, { target: ENEMY }],
  ['AoEAttack', { x: 1, y: 2, radius: 1.5 }, { x: 1, y: 2, radius: 0 }],
  ['ThrowExplosive', { x: 1, y: 2 }, { x: 1 }],
  ['CoverFire', { target_id: ENEMY, duration: 3 }, { target_id: ENEMY, duration: 0 }],
  ['Charge', { target_id: ENEMY }, { target_id: -1 }],
  ['Block', {}, undefined],
  ['Dodge', { direction: 'right' }, { direction: 'back' }],
  ['Parry', {}, undefined],
  ['ThrowSmoke', { x: 1, y: 2 }, { x: '1', y: 2 }],
  ['Heal', { target_id: 2 }, { target_id: 'me' }],
  ['UseDefensiveAbility', { ability_name: 'shield' }, {}],
  ['EquipWeapon', { weapon_name: 'rifle' }, { weapon_name: 3 }],
  ['SwitchWeapon', { slot: 0 }, { slot: -1 }],
  ['Reload', {}, undefined],
  ['UseItem', { item_name: 'medkit' }, {}],
  ['DropItem', { item_name: 'medkit' }, { item_name: null }],
  ['CallReinforcements', { count: 2 }, { count: 0 }],
  ['MarkTarget', { target_id: ENEMY }, {}],
  ['RequestCover', { duration: 2 }, { duration: '2' }],
  ['CoordinateAttack', { target_id: ENEMY }, {}],
  ['SetAmbush', { position: { x: 1, y: 2 } }, { x: 1, y: 2 }],
  ['Distract', { target_id: ENEMY }, {}],
  ['Regroup', { rally_point: { x: 1, y: 2 } }, { rally_point: { x: 1 } }],
  ['Scan', { radius: 10 }, { radius: 0 }],
  ['Wait', { duration: 0.5 }, { duration: 0 }],
  ['Interact', { target_id: 2 }, {}],
  ['UseAbility', { ability_name: 'dash' }, { name: 'dash' }],
  ['Taunt', { target_id: ENEMY }, {}],
  ['Throw', { item: 'smoke', x: 1, y: 2 }, { item: 'smoke' }],
  ['Revive', { ally_id: DOWNED }, { target_id: DOWNED }],
  ['ModifyTerrain', { request_id: 'r1', payload: crater }, { request_id: 'r1', payload: { ...crater, intensity: 2 } }],
]

test('the registry has the 40 step variants and no other', () => {
  expect(table).toHaveLength(40)
  expect(actions.names).toEqual(table.map(([act]) => act).sort())
})

test.each(table)('%s is taken with its arguments, and legal in this world', (act, args) => {
  const step = actions.step.parse({ act, ...args })
  expect(step).toEqual({ act, ...args })
  expect(actions.valid(step, world, 'a')).toBe(true)
})

test.each(table.filter(([, , wrong]) => wrong))('%s is refused with wrong arguments', (act, _, wrong) => {
  expect(actions.step.safeParse({ act, ...wrong }).success).toBe(false)
})

test.each([
  ['an enemy that is not there', { act: 'Attack', target_id: 9 }, 'no enemy 9'],
  ['an ally as an enemy', { act: 'CoverFire', target_id: 2, duration: 1 }, 'no enemy 2'],
  ['a wall', { act: 'MoveTo', x: 8, y: 8 }, '(8,8) is blocked'],
  ['cover inside a wall', { act: 'TakeCover', position: { x: 8, y: 8 } }, '(8,8) is blocked'],
  ['an enemy to heal', { act: 'Heal', target_id: ENEMY }, `no friend ${ENEMY}`],
  ['nobody to talk to', { act: 'Interact', target_id: 9 }, 'nobody is 9'],
  ['an ally on their feet', { act: 'Revive', ally_id: 2 }, 'ally 2 is on their feet'],
  ['a stranger', { act: 'Revive', ally_id: 9 }, 'no ally 9'],
] as const)('a step is never right about %s', (_, step, verdict) => {
  expect(actions.valid(actions.step.parse(step), world, 'a')).toBe(verdict)
})

test.each([
  ['healing, on cooldown', { act: 'Heal' }, world, 'heal is not ready for 4 s'],
  [
    'shooting without ammo',
    { act: 'Attack', target_id: ENEMY },
    { ...world, me: { ...world.me, ammo: 0 } },
    'no ammo left',
  ],
  ['shooting at who has gone', { act: 'Attack', target_id: ENEMY }, { ...world, enemies: [] }, `no enemy ${ENEMY}`],
  ['reviving from afar', { act: 'Revive', ally_id: 4 }, world, 'ally 4 is out of reach'],
  ['reviving who is near', { act: 'Revive', ally_id: DOWNED }, world, true],
  ['shooting with ammo', { act: 'Attack', target_id: ENEMY }, world, true],
] as const)('right now: %s', (_, step, now, verdict) => {
  expect(actions.check(actions.step.parse(step), now, 'a')).toBe(verdict)
})

test('an action without arguments is a step of its own', () => {
  const step: AstraStep = { act: 'Reload' }
  expect(actions.step.parse(step)).toEqual(step)
})
