import { expect, test } from 'vitest'
import { z } from 'zod'
import { signatureOf } from '../../../src/signature.ts'
import { parseSignature } from '../../../src/testing/ollama/action-signature.ts'

const typeOf = (schema: z.ZodType) => parseSignature(signatureOf('Act', { arg: schema }))?.fields[0]?.type

test.each([
  ['an int', z.int(), { kind: 'int' }],
  ['a range of ints', z.int().min(-3).max(9), { kind: 'int', low: -3, high: 9 }],
  ['a lower bound', z.int().min(2), { kind: 'int', low: 2, openLow: false }],
  ['an open bound', z.number().positive(), { kind: 'number', low: 0, openLow: true }],
  ['two open bounds', z.number().gt(0).lt(1), { kind: 'number', low: 0, openLow: true, high: 1, openHigh: true }],
  ['a string', z.string(), { kind: 'string' }],
  ['a short string', z.string().max(12), { kind: 'string', max: 12 }],
  ['a bool', z.boolean(), { kind: 'bool' }],
  ['anything', z.unknown(), { kind: 'any' }],
  ['a word', z.literal('run'), { kind: 'literal', value: 'run' }],
  [
    'words',
    z.enum(['walk', 'two words']),
    { kind: 'choice', options: ['walk', 'two words'].map(value => ({ kind: 'literal', value })) },
  ],
  [
    'null or a number',
    z.int().nullable(),
    { kind: 'choice', options: [{ kind: 'int' }, { kind: 'literal', value: null }] },
  ],
  [
    'numbers as literals',
    z.literal([1, 2]),
    { kind: 'choice', options: [1, 2].map(value => ({ kind: 'literal', value })) },
  ],
  ['a list', z.array(z.string()), { kind: 'list', item: { kind: 'string' } }],
  [
    'a list of words',
    z.array(z.enum(['a', 'b'])),
    { kind: 'list', item: { kind: 'choice', options: ['a', 'b'].map(value => ({ kind: 'literal', value })) } },
  ],
  ['a pair', z.tuple([z.int(), z.boolean()]), { kind: 'tuple', items: [{ kind: 'int' }, { kind: 'bool' }] }],
  [
    'an object',
    z.object({ x: z.int(), note: z.string().optional() }),
    {
      kind: 'object',
      fields: [
        { key: 'x', optional: false, type: { kind: 'int' } },
        { key: 'note', optional: true, type: { kind: 'string' } },
      ],
    },
  ],
])('reads %s as the registry writes it', (_, schema, expected) => {
  expect(typeOf(schema)).toEqual(expected)
})

test('reads names, order and the doc away', () => {
  const line = 'MoveTo(x:int,y:int(0..9),speed?:walk|run) walk (or run) to a cell'
  const signature = parseSignature(line)
  expect(signature?.name).toBe('MoveTo')
  expect(signature?.fields.map(({ key, optional }) => `${key}${optional ? '?' : ''}`)).toEqual(['x', 'y', 'speed?'])
  expect(parseSignature('Wait()')).toEqual({ name: 'Wait', fields: [] })
})

test.each(['', 'prose', 'Open(x', 'Open(x:)', 'Open(x:int y:int)', '(x:int)', 'Open(x:[int)'])(
  '%j is no signature',
  line => {
    expect(parseSignature(line)).toBeUndefined()
  },
)
