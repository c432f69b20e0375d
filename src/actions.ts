import { z } from 'zod'
import { ignoreRejection, messageOf } from './errors.ts'
import type { AgentId, AnyStep } from './plan.ts'
import { signatureOf } from './signature.ts'

type Shapes = Record<string, z.ZodRawShape>
/** Zod infers `Record<string, never>` for an empty object, which no step could be: it has an `act`. */
type ArgsOf<Args extends z.ZodRawShape> = keyof Args extends never ? unknown : z.infer<z.ZodObject<Args>>
type StepOf<A extends Shapes> = { [Name in keyof A & string]: { readonly act: Name } & ArgsOf<A[Name]> }[keyof A &
  string]

/** `true`, or why not: one short sentence, which a model may get to read. */
export type Verdict = true | string

export interface ActionSpec<Args extends z.ZodRawShape, W> {
  /** The arguments, as they stand beside `act` in a step. No argument may be called `act`. */
  readonly args: Args
  /** One short line for the prompt. */
  readonly doc?: string
  /** Could this ever be right for this agent? Runs when the step parses, whatever its place in the plan. */
  readonly valid?: (args: z.infer<z.ZodObject<Args>>, world: W, agentId: AgentId) => Verdict
  /** Is it legal now? Runs right before the step is issued, against the world as it is then. */
  readonly check?: (args: z.infer<z.ZodObject<Args>>, world: W, agentId: AgentId) => Verdict
  /** How long a running step may or must last, in ticks; at `max` it settles as failed, with the reason `max-ticks`. */
  readonly ticks?: { readonly min?: number; readonly max?: number }
}

/** The game's vocabulary: one registry from which types, prompt text, JSON Schema and validation all come. */
export interface Actions<S extends AnyStep, W> {
  /** Sorted by code unit. */
  readonly names: readonly S['act'][]
  /** Validates one step; unknown arguments are left out. */
  readonly step: z.ZodType<S>
  /** `MoveTo(x:int,y:int,speed?:walk|run) walk to a cell`, a line each, sorted by name: the same bytes every time. */
  signatures(): string
  /** For a server's constrained output; keys in the order an agent should think: agent, then steps. */
  jsonSchema(agents: readonly AgentId[]): object
  /** Could this step ever be right for this agent? A rule that throws refuses the step. */
  valid(step: S, world: W, agentId: AgentId): Verdict
  /** Is this step legal now? A rule that throws refuses the step. */
  check(step: S, world: W, agentId: AgentId): Verdict
  /** How long this step may or must last. */
  ticks(step: S): { readonly min?: number; readonly max?: number }
}

/** `Step<typeof actions>`: the union of the game's steps. */
// biome-ignore lint/suspicious/noExplicitAny: a conditional type has to match a registry of any world; nothing of it reaches the result.
export type Step<A> = A extends Actions<infer S, any> ? S : never

/** A spec as the registry keeps it: the arguments' type is known to `step` alone. */
interface AnySpec<W> {
  readonly args: z.ZodRawShape
  readonly doc?: string
  readonly valid?: (args: AnyStep, world: W, agentId: AgentId) => Verdict
  readonly check?: (args: AnyStep, world: W, agentId: AgentId) => Verdict
  readonly ticks?: { readonly min?: number; readonly max?: number }
}

/**
 * Declares what agents can do. `options.world` carries the type of the world that `valid` and `check` read; worlds are the
 * game's own objects and are never validated.
 *
 * @throws TypeError for an empty registry, for an action without a name, and for an argument called `act`.
 */
export function defineActions<const A extends Shapes, W extends object>(
  specs: { [Name in keyof A]: ActionSpec<A[Name], W> },
  _options?: { readonly world?: z.ZodType<W> },
): Actions<StepOf<A>, W> {
  // Two casts, one at each end: that a step carries the arguments of the action it names is what `step` proves at run time, and
  // no type can follow it through a map of names.
  const registry: Actions<AnyStep, W> = registryOf(Object.entries(specs) as [string, AnySpec<W>][])
  return registry as Actions<StepOf<A>, W>
}

function registryOf<W extends object>(specs: readonly (readonly [string, AnySpec<W>])[]): Actions<AnyStep, W> {
  // A map, because a model may name an action `constructor`, and a plain object would find one.
  const specByName = new Map([...specs].sort(([a], [b]) => (a < b ? -1 : 1)))
  const [first, ...rest] = [...specByName].map(([name, spec]) => stepSchemaOf(name, spec.args))
  if (!first) throw new TypeError('defineActions needs at least one action')
  const step = z.discriminatedUnion('act', [first, ...rest])

  const verdictOf = (rule: 'valid' | 'check', step: AnyStep, world: W, agentId: AgentId): Verdict => {
    try {
      const verdict: unknown = specByName.get(step.act)?.[rule]?.(step, world, agentId) ?? true
      // Rules are the game's code, not always typed: whatever isn't `true` refuses.
      ignoreRejection(verdict)
      return verdict === true ? true : typeof verdict === 'string' && verdict ? verdict : `${step.act} refused`
    } catch (error) {
      return `${step.act}.${rule} threw: ${messageOf(error)}`
    }
  }

  return {
    names: [...specByName.keys()],
    step,
    signatures: () => [...specByName].map(([name, spec]) => signatureOf(name, spec.args, spec.doc)).join('\n'),
    jsonSchema: agents => replySchemaOf(step, agents),
    valid: (step, world, agentId) => verdictOf('valid', step, world, agentId),
    check: (step, world, agentId) => verdictOf('check', step, world, agentId),
    ticks: step => specByName.get(step.act)?.ticks ?? NO_LIMITS,
  }
}

const NO_LIMITS = Object.freeze({})

function stepSchemaOf(name: string, args: z.ZodRawShape) {
  if (!name) throw new TypeError('an action needs a name')
  if (Object.hasOwn(args, 'act'))
    throw new TypeError(`${name}: no argument may be called 'act', which names the action`)
  return z.object({ act: z.literal(name), ...args })
}

function replySchemaOf(step: z.ZodType, agents: readonly AgentId[]): object {
  const plan = z.strictObject({ agent: z.enum([...agents]), steps: z.array(step) })
  return z.toJSONSchema(z.strictObject({ plans: z.array(plan).length(agents.length) }), {
    io: 'input',
    unrepresentable: 'any',
  })
}
