import { expect, test } from 'vitest'
import { z } from 'zod'
import { signatureOf } from '../src/signature.ts'

test.each<[z.ZodType, string]>([
  [z.int(), 'int'],
  [z.int().min(0).max(9), 'int(0..9)'],
  [z.int().min(1), 'int>=1'],
  [z.number().max(5), 'number<=5'],
  [z.number().positive(), 'number>0'],
  [z.string(), 'string'],
  [z.string().max(20), 'string(max 20)'],
  [z.boolean(), 'bool'],
  [z.literal('north'), 'north'],
  [z.enum(['walk', 'run']), 'walk|run'],
  [z.enum(['in the shade', 'true?']), '"in the shade"|"true?"'],
  [z.array(z.int()), 'int[]'],
  [z.array(z.enum(['a', 'b'])), '(a|b)[]'],
  [z.tuple([z.int(), z.int()]), '[int,int]'],
  [z.object({ x: z.int(), y: z.int().optional() }), '{x:int,y?:int}'],
  [z.union([z.int(), z.string()]), 'int|string'],
  [z.string().nullable(), 'string|null'],
  [z.record(z.string(), z.int()), 'object'],
  [z.unknown(), 'any'],
  [z.custom<Date>(), 'any'],
])('an argument reads as %#: %s', (schema, expected) => {
  expect(signatureOf('Act', { arg: schema.optional() })).toBe(`Act(arg?:${expected})`)
})

test('a default makes an argument one that may be left out', () =>
  expect(signatureOf('Act', { times: z.int().default(1) })).toBe('Act(times?:int)'))

test('a doc stays on the line of its action', () => expect(signatureOf('Act', {}, ' does\nit ')).toBe('Act() does it'))
