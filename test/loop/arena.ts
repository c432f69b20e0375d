import { z } from 'zod'
import { defineActions, type Step } from '../../src/actions.ts'

/** What a fighter sees. */
export interface Arena {
  readonly enemies: readonly string[]
}

export const actions = defineActions(
  {
    MoveTo: { args: { x: z.int() } },
    Attack: {
      args: { target: z.string() },
      check: ({ target }, world: Arena) => world.enemies.includes(target) || `no enemy ${target}`,
    },
    Aim: { args: {}, ticks: { min: 3 } },
    Climb: { args: {}, ticks: { max: 3 } },
    Wait: { args: {} },
  },
  { world: z.custom<Arena>() },
)
export type ArenaStep = Step<typeof actions>

export const arena: Arena = { enemies: ['orc'] }
export const emptyArena: Arena = { enemies: [] }

export const move = (x: number): ArenaStep => ({ act: 'MoveTo', x })
export const attack: ArenaStep = { act: 'Attack', target: 'orc' }
export const aim: ArenaStep = { act: 'Aim' }
export const climb: ArenaStep = { act: 'Climb' }
export const wait: ArenaStep = { act: 'Wait' }
