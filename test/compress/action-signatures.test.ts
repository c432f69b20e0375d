import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../src/actions.ts'
import { PromptCompressor } from '../../src/compress/prompt-compressor.ts'
import { messagesOf } from '../../src/prompt.ts'

/** Each with a value that it takes. */
const KINDS: readonly (readonly [z.ZodType, unknown])[] = [
  [z.int(), 3],
  [z.number().positive(), 0.5],
  [z.string(), 'orc'],
  [z.boolean(), true],
  [z.enum(['walk', 'run']), 'run'],
  [z.array(z.object({ x: z.int(), y: z.int().optional() })), [{ x: 1 }]],
  [z.tuple([z.int(), z.int()]), [1, 2]],
]
const name = fc.stringMatching(/^[A-Za-z_]\w{0,8}$/).filter(name => name !== 'act' && !(name in Object.prototype))
const args = fc.dictionary(name, fc.record({ kind: fc.nat(KINDS.length - 1), optional: fc.boolean() }), { maxKeys: 4 })
const registries = fc.dictionary(name, args, { minKeys: 1, maxKeys: 6 })

/** `MoveTo(x:int,speed?:walk|run) doc` */
function readSignature(line: string) {
  const [, act = '', list = ''] = /^(\w+)\((.*)\)/.exec(line) ?? []
  const fields = Array.from(list.matchAll(/(?:^|,)(\w+)(\??):(?:\[[^\]]*\]|\{[^}]*\}|[^,[{])+(?:\[\])?/g))
  return { act, fields: fields.map(([, field = '', mark]) => ({ field, optional: mark === '?' })) }
}

test('every action of a registry stands in the prompt, whatever is dropped, and validation takes it as it stands there', () =>
  fc.assert(
    fc.property(registries, fc.constantFrom('json', 'compact' as const), (registry, answer) => {
      const specs = Object.entries(registry).map(([act, args]) => {
        const shape = Object.entries(args).map(([field, { kind, optional }]) => {
          const [schema = z.any()] = KINDS[kind] ?? []
          return [field, optional ? schema.optional() : schema] as const
        })
        return [act, { args: Object.fromEntries(shape) }] as const
      })
      const actions = defineActions(Object.fromEntries(specs))
      const compressor = (tokenBudget: number) =>
        new PromptCompressor<{ act: string }, { readonly cooldowns: { readonly Fire: number } }>({
          actions,
          answer,
          tokenBudget,
          view: ({ cooldowns }) => ({
            self: { cooldowns: { ...cooldowns } },
            items: [{ kind: 'foes', id: 'orc', data: { hp: 3 } }],
          }),
        })
      const { prefix } = compressor(9999).compress([]).tokens
      const report = compressor(prefix + 1).compress([{ agentId: 'a', world: { cooldowns: { Fire: 3 } } }])
      expect(report.dropped.map(({ id }) => id)).toEqual(['orc'])
      const [system, user] = messagesOf(report.prompt)
      expect(user?.content).toContain('cooldowns:{Fire:3}')

      const told = (system?.content.split('\nActions:\n')[1] ?? '').trimEnd().split('\n').map(readSignature)
      expect(told.map(({ act }) => act).sort()).toEqual(Object.keys(registry).sort())
      for (const { act, fields } of told) {
        const declared = registry[act] ?? {}
        expect(fields.map(({ field }) => field).sort()).toEqual(Object.keys(declared).sort())
        for (const { field, optional } of fields) expect(optional).toBe(declared[field]?.optional)
        const sampleOf = (field: string) => [field, KINDS[declared[field]?.kind ?? 0]?.[1]] as const
        for (const some of [fields, fields.filter(({ optional }) => !optional)]) {
          const step = { act, ...Object.fromEntries(some.map(({ field }) => sampleOf(field))) }
          expect(actions.step.safeParse(step).success).toBe(true)
        }
      }
      expect(actions.step.safeParse({ act: 'no such action' }).success).toBe(false)
    }),
  ))
