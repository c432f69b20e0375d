import { defineActions, type Step } from 'planweave'
import { z } from 'zod'
import {
  all,
  hasAmmo,
  isDownedAlly,
  isEnemy,
  isFree,
  isFreePosition,
  isFriend,
  isPresent,
  isReady,
  reachesAlly,
} from './rules.ts'
import type { WorldSnapshot } from './snapshot.ts'
import { terrainRequest } from './terrain-request.ts'

const entity = z.int().nonnegative()
const cell = { x: z.int(), y: z.int() }
const position = z.object(cell)
const seconds = z.number().positive()
const distance = z.number().nonnegative()
const radius = z.number().positive()

/** The longest walk and the longest pause, in ticks of a sixtieth of a second. */
const WALK = { max: 20 * 60 }
const PAUSE = { max: 30 * 60 }

/**
 * All 40 step variants of AstraWeave, with its names and arguments. `valid` asks whether a step could ever be right (the target
 * exists); `check` whether it is legal at the moment it is issued (ammo left, cooldown over).
 */
export const actions = defineActions(
  {
    // Movement
    MoveTo: {
      args: { ...cell, speed: z.enum(['walk', 'run', 'sprint']).optional() },
      doc: 'go to a cell',
      valid: isFree,
      ticks: WALK,
    },
    Approach: { args: { target_id: entity, distance }, doc: 'close in on an enemy', valid: isEnemy, ticks: WALK },
    Retreat: { args: { target_id: entity, distance }, doc: 'back away from an enemy', valid: isEnemy, ticks: WALK },
    TakeCover: {
      args: { position: position.optional() },
      doc: 'hide behind cover',
      valid: isFreePosition,
      ticks: WALK,
    },
    Strafe: {
      args: { target_id: entity, direction: z.enum(['left', 'right']) },
      doc: 'circle an enemy',
      valid: isEnemy,
      ticks: WALK,
    },
    Patrol: { args: { waypoints: z.array(position).min(1) }, doc: 'walk a round' },

    // Offensive
    Attack: {
      args: { target_id: entity },
      doc: 'shoot',
      valid: isEnemy,
      check: all(isEnemy, hasAmmo, isReady('attack')),
    },
    AimedShot: {
      args: { target_id: entity },
      doc: 'slow, precise shot',
      valid: isEnemy,
      check: all(isEnemy, hasAmmo, isReady('aimed_shot')),
    },
    QuickAttack: {
      args: { target_id: entity },
      doc: 'fast, weak hit',
      valid: isEnemy,
      check: all(isEnemy, isReady('quick_attack')),
    },
    HeavyAttack: {
      args: { target_id: entity },
      doc: 'slow, strong hit',
      valid: isEnemy,
      check: all(isEnemy, isReady('heavy_attack')),
    },
    AoEAttack: { args: { ...cell, radius }, doc: 'hit an area', check: isReady('aoe_attack') },
    ThrowExplosive: { args: cell, doc: 'grenade', check: isReady('throw_explosive') },
    CoverFire: {
      args: { target_id: entity, duration: seconds },
      doc: 'keep an enemy down',
      valid: isEnemy,
      check: all(isEnemy, hasAmmo, isReady('cover_fire')),
    },
    Charge: {
      args: { target_id: entity },
      doc: 'rush an enemy',
      valid: isEnemy,
      check: all(isEnemy, isReady('charge')),
      ticks: WALK,
    },

    // Defensive
    Block: { args: {}, doc: 'guard', check: isReady('block') },
    Dodge: { args: { direction: z.enum(['left', 'right']).optional() }, doc: 'sidestep', check: isReady('dodge') },
    Parry: { args: {}, doc: 'turn a blow', check: isReady('parry') },
    ThrowSmoke: { args: cell, doc: 'block their view', check: isReady('throw_smoke') },
    Heal: { args: { target_id: entity.optional() }, doc: 'self or a friend', valid: isFriend, check: isReady('heal') },
    UseDefensiveAbility: { args: { ability_name: z.string() }, check: isReady('use_defensive_ability') },

    // Equipment
    EquipWeapon: { args: { weapon_name: z.string() }, check: isReady('equip_weapon') },
    SwitchWeapon: { args: { slot: z.int().nonnegative() }, check: isReady('switch_weapon') },
    Reload: { args: {}, doc: 'fill up ammo', check: isReady('reload') },
    UseItem: { args: { item_name: z.string() }, check: isReady('use_item') },
    DropItem: { args: { item_name: z.string() } },

    // Tactical
    CallReinforcements: { args: { count: z.int().positive() }, check: isReady('call_reinforcements') },
    MarkTarget: {
      args: { target_id: entity },
      doc: 'show an enemy to all',
      valid: isEnemy,
      check: isReady('mark_target'),
    },
    RequestCover: { args: { duration: seconds }, doc: 'ask for cover fire', check: isReady('request_cover') },
    CoordinateAttack: {
      args: { target_id: entity },
      doc: 'attack together',
      valid: isEnemy,
      check: all(isEnemy, isReady('coordinate_attack')),
    },
    SetAmbush: { args: { position }, doc: 'lie in wait', valid: isFreePosition, check: isReady('set_ambush') },
    Distract: { args: { target_id: entity }, doc: 'draw eyes away', valid: isEnemy, check: isReady('distract') },
    Regroup: { args: { rally_point: position }, doc: 'gather', check: isReady('regroup'), ticks: WALK },

    // Utility
    Scan: { args: { radius }, doc: 'look around', check: isReady('scan') },
    Wait: { args: { duration: seconds }, ticks: PAUSE },
    Interact: { args: { target_id: entity }, valid: isPresent, check: isReady('interact') },
    UseAbility: { args: { ability_name: z.string() }, check: isReady('use_ability') },
    Taunt: { args: { target_id: entity }, doc: 'provoke', valid: isEnemy, check: isReady('taunt') },

    // Legacy
    Throw: { args: { item: z.string(), ...cell } },
    Revive: {
      args: { ally_id: entity },
      doc: 'get a downed ally up',
      valid: isDownedAlly,
      check: all(isDownedAlly, reachesAlly),
    },

    // Terrain
    ModifyTerrain: { args: { request_id: z.string(), payload: terrainRequest }, doc: 'reshape the world' },
  },
  { world: z.custom<WorldSnapshot>() },
)

export type AstraStep = Step<typeof actions>
