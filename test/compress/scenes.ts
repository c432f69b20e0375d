import fc from 'fast-check'
import type { AgentView } from '../../src/compress/agent-view.ts'
import type { Json, PlanRequest } from '../../src/world.ts'

/** A small game's world, with ids of every length, numbers with too many decimals, usual values and free text. */
export interface Scene {
  readonly hp: number
  readonly at: { readonly x: number; readonly y: number }
  readonly morale: number
  readonly tags: readonly Json[]
  readonly target?: string
  readonly objective: Json
  readonly door: Json
  readonly walls: readonly (readonly number[])[]
  readonly units: readonly { readonly id: string; readonly hp?: number; readonly target?: string }[]
  readonly seen: readonly {
    readonly id: string
    readonly kind: string
    readonly priority: number
    readonly data: object
  }[]
}

export function viewOf({ hp, at, morale, tags, target, objective, door, walls, units, seen }: Scene): AgentView {
  return {
    self: { hp, at, morale, tags, ...(target !== undefined && { target }) },
    objective,
    shared: { door, walls, units },
    items: seen.map(({ id, kind, priority, data }) => ({ id, kind, priority, data: data as Json })),
  }
}

const ids = [
  'goblin-archer-0017',
  'goblin-archer-17',
  'captain.of.the.guard/2',
  'g17',
  'c2',
  'orc',
  'a b',
  '3f2a9c1e-0000-4000-8000-0123456789ab',
]
const id = fc.constantFrom(...ids)
const name = fc.oneof(id, fc.stringMatching(/^[a-z]{1,3}-[a-z]{10,12}-\d{1,2}$/), fc.string())
const decimal = fc.double({ min: -50, max: 50, noNaN: true })
const json = fc.jsonValue({ maxDepth: 2 }).map(value => JSON.parse(JSON.stringify(value)) as Json)
const unit = fc.record({ id, hp: fc.nat(100), target: id }, { requiredKeys: ['id'] })
const text = fc.oneof(
  fc.constantFrom('hold the gate', 'kill goblin-archer-0017, then g18.'),
  fc.tuple(fc.string(), name).map(words => words.join(' ')),
)

const shared = fc.record({
  door: json,
  walls: fc.array(fc.array(fc.nat(40), { minLength: 2, maxLength: 2 }), { maxLength: 6 }),
  units: fc.uniqueArray(unit, { maxLength: 6, selector: ({ id }) => id }),
})
const own = fc.record(
  {
    hp: fc.nat(100),
    at: fc.record({ x: decimal, y: decimal }),
    morale: fc.constantFrom(1, 0.5),
    tags: fc.constantFrom([], ['brave']),
    target: name,
    objective: fc.oneof(text, json),
    seen: fc.uniqueArray(
      fc.record({
        id: name,
        kind: fc.constantFrom('enemies', 'a kind', 'loot'),
        priority: fc.nat(3),
        data: fc.record({ hp: fc.nat(9), at: decimal, target: name }, { requiredKeys: ['hp'] }),
      }),
      { maxLength: 8, selector: item => item.id },
    ),
  },
  { requiredKeys: ['hp', 'at', 'morale', 'tags', 'objective', 'seen'] },
)

/** One agent's changing part. */
export const ownParts = own
/** What agents share. */
export const sharedParts = shared

const requests = fc.uniqueArray(
  fc.record({
    agentId: name,
    own,
    orders: fc.option(text, { nil: undefined }),
    priority: fc.nat(2),
    differs: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5, selector: ({ agentId }) => agentId },
)

/** Requests of agents most of whom see the same world. */
export const batches: fc.Arbitrary<readonly PlanRequest<Scene>[]> = fc
  .tuple(shared, shared, requests)
  .map(([world, other, agents]) =>
    agents.map(({ agentId, own, orders, priority, differs }) => ({
      agentId,
      world: { ...(differs ? other : world), ...own },
      priority,
      ...(orders !== undefined && { instructions: orders }),
    })),
  )
