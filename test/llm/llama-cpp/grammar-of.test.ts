import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineActions } from '../../../src/actions.ts'
import { grammarOf } from '../../../src/llm/llama-cpp/grammar-of.ts'
import { patternOf } from './gbnf-pattern.ts'

const actions = defineActions({
  MoveTo: { args: { x: z.int().min(0).max(63), y: z.int(), speed: z.enum(['walk', 'run']).optional() } },
  Say: { args: { text: z.string().max(20), loud: z.boolean() } },
  Throw: { args: { at: z.tuple([z.int().max(5), z.number().positive()]), what: z.literal(['stone', 'p"t']) } },
  Trade: {
    args: {
      items: z
        .array(z.object({ id: z.string(), count: z.int().min(1).max(9) }))
        .min(1)
        .max(3),
    },
  },
  Wait: { args: { seconds: z.union([z.number().min(0.5).max(4), z.null()]) } },
})
const reply = z.strictObject({
  plans: z.tuple([z.object({ agent: z.literal('guard "7"'), steps: z.array(actions.step) })]),
})
const schema = actions.jsonSchema(['guard "7"'])

test('every text of the grammar of a registry is a reply that validates', () => {
  const texts = fc.stringMatching(patternOf(grammarOf(schema)))
  fc.assert(
    fc.property(texts, text => {
      const { success, error } = reply.safeParse(JSON.parse(text))
      expect(success, `${text}: ${error}`).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('a grammar is the same text for the same schema, with each rule once', () => {
  const text = grammarOf(actions.jsonSchema(['b', 'a']))
  expect(grammarOf(actions.jsonSchema(['b', 'a']))).toBe(text)
  const bodies = text.split('\n').map(line => line.split(' ::= ')[1])
  expect(new Set(bodies).size).toBe(bodies.length)
})

describe.each([
  [
    'an object',
    { type: 'object', properties: { a: { type: 'null' }, b: { type: 'boolean' } }, required: ['a', 'b'] },
    ['{"a":null,"b":true}'],
    ['{"b":true,"a":null}', '{"a":null}', '{}', '{"a":null,"b":true,"c":1}'],
  ],
  [
    'keys that may be missing',
    { properties: { a: { const: 1 }, b: { const: 2 }, c: { const: 3 } }, required: ['b'] },
    ['{"b":2}', '{"a":1,"b":2}', '{"a":1,"b":2,"c":3}', '{"b":2,"c":3}'],
    ['{}', '{"a":1}', '{"b":2,"a":1}', '{,"b":2}', '{"a":1"b":2}'],
  ],
  [
    'no key that is needed',
    { properties: { a: { const: 1 }, b: { const: 2 } } },
    ['{}', '{"a":1}', '{"b":2}', '{"a":1,"b":2}'],
    ['{"b":2,"a":1}', '{"a":1,}'],
  ],
  ['an empty object', { type: 'object', additionalProperties: false }, ['{}'], ['{"a":1}']],
  [
    'a record',
    { type: 'object', propertyNames: { enum: ['k', 'l'] }, additionalProperties: { type: 'boolean' } },
    ['{}', '{"k":true}', '{"k":true,"l":false}'],
    ['{"m":true}', '{"k":1}'],
  ],
  [
    'a list',
    { type: 'array', items: { enum: [1, 'b', null] }, minItems: 1, maxItems: 3 },
    ['[1]', '[1,"b",null]'],
    ['[]', '[1,1,1,1]', '[2]', '[1,]'],
  ],
  ['one item', { type: 'array', items: { const: 1 }, minItems: 1, maxItems: 1 }, ['[1]'], ['[]', '[1,1]']],
  ['no item', { type: 'array', maxItems: 0 }, ['[]'], ['[1]']],
  [
    'a string',
    { type: 'string', minLength: 1, maxLength: 3 },
    ['"a"', '"日\\n\\""'],
    ['""', '"abcd"', '"😀"', '"a\nb"', '"\\u0041"'],
  ],
  ['a string of any length', { type: 'string' }, ['""', '"😀"'], [`"${'a'.repeat(201)}"`]],
  ['two types', { type: ['integer', 'null'] }, ['7', 'null'], ['"7"', '7.5']],
  [
    'a choice',
    { oneOf: [{ const: 'a"\n' }, { type: 'array', prefixItems: [{ const: 1 }, { const: true }] }] },
    ['"a\\"\\n"', '[1,true]'],
    ['"a"', '[1]'],
  ],
  [
    'all of two',
    {
      allOf: [
        { type: 'object', properties: { a: { const: 1 } }, required: ['a'] },
        { properties: { b: { const: 2 } }, required: ['b'] },
      ],
    },
    ['{"a":1,"b":2}'],
    ['{"a":1}'],
  ],
  [
    'a reference',
    { $defs: { 'a/b': { const: 1 } }, type: 'array', items: { $ref: '#/$defs/a~1b' } },
    ['[1,1]'],
    ['[2]'],
  ],
  [
    'anything',
    {},
    ['1', '-0.5', 'null', '"a"', '[1,"b",{"c":[true]}]', '{"a":{"b":[1]}}'],
    ['', '01', '{a:1}', '[1,]'],
  ],
  ['a reference to nothing', { $ref: '#/nowhere' }, ['1', '{}'], ['x']],
  ['any JSON object', 'json', ['{}', '{"a":[1,{"b":null}]}'], ['[]', '1', '{']],
] as const)('%s', (_, schema, good, bad) => {
  const pattern = patternOf(grammarOf(schema))
  test.each(good)('allows %j', text => {
    JSON.parse(text)
    expect(text).toMatch(pattern)
  })
  test.each(bad)('allows no %j', text => expect(text).not.toMatch(pattern))
})

test('a schema that contains itself gets a rule that does', () => {
  const tree = {
    type: 'object',
    properties: { next: { anyOf: [{ $ref: '#' }, { type: 'null' }] } },
    required: ['next'],
  }
  expect(grammarOf(tree)).toMatchInlineSnapshot(`
    "root ::= object-1
    choice-0 ::= ref-0 | "null"
    object-1 ::= "{" "\\"next\\"" ":" choice-0 "}"
    ref-0 ::= object-1"
  `)
})
