import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import type { PlanEvent } from '../../src/parser/plan-event.ts'
import { PlanParser } from '../../src/parser/plan-parser.ts'
import type { PlanParserOptions } from '../../src/parser/plan-parser-options.ts'
import type { AnyStep } from '../../src/plan.ts'

export interface Field {
  readonly enemies: readonly string[]
}

/** A small vocabulary with every kind of argument. */
export const skirmishActions = () =>
  defineActions(
    {
      MoveTo: { args: { x: z.int(), y: z.int(), speed: z.enum(['walk', 'run']).optional() } },
      Wait: { args: { seconds: z.number().positive() } },
      Attack: {
        args: { target: z.string() },
        valid: ({ target }, field: Field) => field.enemies.includes(target) || `no enemy ${target}`,
      },
      Say: { args: { text: z.string() } },
      Patrol: { args: { waypoints: z.array(z.object({ x: z.int(), y: z.int() })) } },
    },
    { world: z.custom<Field>() },
  )

export const actions = skirmishActions()

export type SkirmishStep = Parameters<typeof actions.check>[0]
export type Options = Partial<PlanParserOptions<SkirmishStep, Field>>

export const AGENTS = ['guard-7', 'cook', 'смотритель'] as const

export function parserOf(options: Options = {}): PlanParser<SkirmishStep, Field> {
  return new PlanParser({ actions, agents: AGENTS, ...options })
}

/** Every event of a reply that comes in these pieces. */
export function eventsOf(pieces: readonly string[], options: Options = {}): PlanEvent<SkirmishStep>[] {
  const parser = parserOf(options)
  const events = pieces.flatMap(piece => [...parser.push(piece)])
  return joinedText([...events, ...parser.end()])
}

/** Neighbouring deltas of one text as one: what is promised to be the same however a reply is cut. */
export function joinedText<S extends AnyStep>(events: readonly PlanEvent<S>[]): PlanEvent<S>[] {
  const joined: PlanEvent<S>[] = []
  for (const event of events) {
    const last = joined.at(-1)
    if (event.type === 'text' && last?.type === 'text' && last.planId === event.planId && last.field === event.field)
      joined[joined.length - 1] = { ...last, delta: last.delta + event.delta }
    else joined.push(event)
  }
  return joined
}

/** One event in a few words, for tables. */
export function lineOf(event: PlanEvent<SkirmishStep>): string {
  switch (event.type) {
    case 'step':
      return `step ${event.agentId} ${event.index} ${event.step.act}`
    case 'step-rejected':
      return `step-rejected ${event.agentId} ${event.index}`
    case 'text':
      return `text ${event.agentId} ${event.field} ${event.delta}`
    case 'field':
      return `field ${event.agentId ?? '-'} ${event.path.join('.')} ${JSON.stringify(event.value)}`
    case 'plan':
      return `plan ${event.plan.agentId} ${event.plan.steps.length}`
    case 'rejected':
      return `rejected ${event.agentId ?? '-'} ${event.code}`
    case 'end':
      return `end ${event.status} ${event.plans} ${event.rejected}`
  }
}

export function linesOf(reply: string, options: Options = {}): string[] {
  return eventsOf([reply], options).map(lineOf)
}

export const WAIT = '{"act":"Wait","seconds":1}'
export const MOVE = '{"act":"MoveTo","x":1,"y":-2}'

export function plan(agent: string, ...steps: readonly string[]): string {
  return `{"agent":${JSON.stringify(agent)},"steps":[${steps.join(',')}]}`
}

export function document(...plans: readonly string[]): string {
  return `{"plans":[${plans.join(',')}]}`
}
