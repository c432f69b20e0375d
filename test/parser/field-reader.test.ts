import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Field, FieldReader } from '../../src/parser/field-reader.ts'
import { scalarsOf } from './scalars-of.ts'

function fieldsOf(pieces: readonly string[], options: { depth?: number; strict?: boolean } = {}): Field[] {
  const reader = new FieldReader({ depth: 32, strict: false, ...options })
  reader.start()
  const fields = pieces.flatMap(piece => [...reader.read(piece)])
  reader.stop()
  return fields
}

/** In a few words, for tables. */
function linesOf(element: string, options: { depth?: number; strict?: boolean } = {}): string[] {
  return fieldsOf([element], options).map(({ path, value }) => `${path.join('.')}=${JSON.stringify(value)}`)
}

function cut(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = []
  for (let i = 0, n = 0; i < text.length; n++) {
    const size = sizes[n % sizes.length] ?? 1
    pieces.push(text.slice(i, i + size))
    i += size
  }
  return pieces
}

const PLAN = `{"agent":"guard-7", "steps":[{"act":"MoveTo","x":3,"y":-4.5e1},{"act":"Say","text":"\\"hi\\" \\u00e9\\ud83d\\ude00😀"}],"done":false,"n":null}`

describe('every scalar of an element, with its path, in document order', () => {
  test('a plan', () =>
    expect(linesOf(PLAN)).toEqual([
      'agent="guard-7"',
      'steps.0.act="MoveTo"',
      'steps.0.x=3',
      'steps.0.y=-45',
      'steps.1.act="Say"',
      'steps.1.text="\\"hi\\" é😀😀"',
      'done=false',
      'n=null',
    ]))

  test('each one with its last character, and a number with the character after it', () => {
    const reader = new FieldReader({ depth: 32, strict: false })
    reader.start()
    const arrived = PLAN.split('').flatMap((char, i) => reader.read(char).map(({ path }) => [path.join('.'), i + 1]))
    const past = (text: string) => PLAN.indexOf(text) + text.length
    expect(arrived).toEqual([
      ['agent', past('"guard-7"')],
      ['steps.0.act', past('"MoveTo"')],
      ['steps.0.x', past('"x":3,')],
      ['steps.0.y', past('-4.5e1}')],
      ['steps.1.act', past('"Say"')],
      ['steps.1.text', past('😀"')],
      ['done', past('false')],
      ['n', past('null')],
    ])
  })

  test('of any JSON, in any notation, cut anywhere, as JSON.parse reads them', () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom('"', '\\', '\ud800', '\udfff', '\u0000', '\n', '😀'),
        fc.string({ unit: 'binary' }),
      ),
    })
    const { value } = fc.letrec(tie => ({
      value: fc.oneof({ depthSize: 'medium', withCrossShrink: true }, tie('scalar'), tie('list'), tie('object')),
      scalar: fc.oneof(
        text,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constant(null),
      ),
      list: fc.array(tie('value'), { maxLength: 4 }),
      object: fc.dictionary(fc.oneof(text, fc.constantFrom('constructor', 'prototype', '0', '1')), tie('value'), {
        maxKeys: 4,
      }),
    }))
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(value, fc.constantFrom('', ' ', '\n\t'), fc.boolean(), sizes, (root, space, escaped, sizes) => {
        let json = JSON.stringify({ root }, null, space)
        if (escaped)
          json = json.replace(/[^\0-\x7f]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
        const expected = scalarsOf(JSON.parse(json))
        expect(fieldsOf([json], { strict: true })).toEqual(expected)
        expect(fieldsOf(cut(json, sizes), { strict: true })).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    '0',
    '-0',
    '1e5',
    '1E+2',
    '2.50e-3',
    '9007199254740993',
    '-9007199254740993',
    '1000000000000000000000',
    '1e999',
    '123456789012345678901234567890',
  ])('the number %s', number => {
    for (const element of [`[${number}]`, `{"a":${number} ,"b":[${number},"x"]}`]) {
      const expected = scalarsOf(JSON.parse(element))
      expect(fieldsOf([element])).toEqual(expected)
      expect(fieldsOf(element.split(''))).toEqual(expected)
    }
  })

  test.each([
    ['half a character does not reach the next string', '["\\uD83D","\\uDE0Bx"]'],
    ['nor does one that is not escaped', '["\ud83d","\ude0bx"]'],
    ['digits in a string stay a string', '["007","9007199254740993","1"]'],
    ['a string longer than any buffer', JSON.stringify(['€'.repeat(70_000), 'ab'.repeat(40_000)])],
    ['empty strings, keys and brackets', '{"":"","a":[],"b":{},"c":[[],{}],"d":[{"":[""]}]}'],
  ])('%s', (_, json) => {
    expect(fieldsOf([json])).toEqual(scalarsOf(JSON.parse(json)))
    expect(fieldsOf(cut(json, [1]))).toEqual(scalarsOf(JSON.parse(json)))
  })
})

describe('what is no JSON', () => {
  test.each([
    ['a bare word ends it', '{"a":1,b:2,"c":3}', ['a=1']],
    ['a lost comma', '{"a":"x" "b":2}', ['a="x"']],
    ['a lost colon', '{"a" 1,"b":2}', []],
    ['a lost bracket', '{"a":[1,"b":2}', ['a.0=1', 'a.1="b"']],
    ['a wrong bracket', '{"a":[1},"b":2}', ['a.0=1']],
    ['a brace where a key should stand', '{"a":1,{"b":2}}', ['a=1']],
    ['a key without a value', '{"a":,"b":2}', []],
    ['Python', '{"a":true,"b":True,"c":1}', ['a=true']],
    ['no number at all', '[1,NaN,2]', ['0=1']],
    ['nothing after the element', '{"a":1}{"b":2}', ['a=1']],
    ['nor after a scalar', '"a" "b"', ['="a"']],
    ['a bad escape', '[1,"\\u00:;",2]', ['0=1']],
  ])('%s', (_, element, lines) => {
    expect(linesOf(element, { strict: true })).toEqual(lines)
    expect(fieldsOf(element.split(''), { strict: true })).toEqual(fieldsOf([element], { strict: true }))
  })

  test.each(['01', '-01', '007', '2.', '2.e3', '0.e1', '-.5', '1.5.2', '-', '1-1', ';5', '00"x"', '1e'])(
    '%s is no number',
    number => {
      for (const element of [`[1,${number},2]`, `{"a":1,"b":${number}}`]) {
        expect(fieldsOf([element])).toHaveLength(1)
        expect(fieldsOf(element.split(''))).toHaveLength(1)
      }
    },
  )

  test('extra commas are passed over', () => {
    expect(linesOf('{,"a":[1,,2,],,"b":{"c":3,},}')).toEqual(['a.0=1', 'a.1=2', 'b.c=3'])
  })

  test('strings are mended like those of a closed element, but for strict', () => {
    const element = '["a\nb\\q","c"]'
    expect(linesOf(element)).toEqual(['0="a\\nb\\\\q"', '1="c"'])
    expect(linesOf(element, { strict: true })).toEqual([])
  })

  test('no text makes it throw, and every cut of it gives the same', () => {
    const soup = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ':',
        ',',
        '"',
        '\\',
        'u',
        '0',
        '1',
        '-',
        '.',
        'e',
        'true',
        'null',
        '"a"',
        '"\\ud800"',
        ' ',
        'é',
        '😀',
        '\n',
      ),
      { maxLength: 30 },
    )
    fc.assert(
      fc.property(soup, fc.constantFrom('[', '{', '{"a":['), fc.boolean(), (parts, head, strict) => {
        const text = head + parts.join('')
        expect(fieldsOf(text.split(''), { strict })).toEqual(fieldsOf([text], { strict }))
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('bounds', () => {
  test.each([['__proto__'], ['constructor'], ['prototype'], ['\\u005f_proto__']])(
    'what stands under the key %s is left out, however deep',
    key => expect(linesOf(`{"${key}":1,"a":{"${key}":{"b":[1,{"c":2}]},"d":3}}`)).toEqual(['a.d=3']),
  )

  test('deeper than the limit nothing is read', () => {
    expect(linesOf('[1,[2,[3,4]],5]', { depth: 2 })).toEqual(['0=1', '1.0=2'])
    expect(linesOf('['.repeat(100_000))).toEqual([])
  })

  test('the next element starts afresh, whatever the one before was', () => {
    const reader = new FieldReader({ depth: 32, strict: false })
    for (const broken of [
      '{"a":"unfin',
      '{"a":"x\\',
      '{"a":"\\ud83d',
      '[tru',
      '[12',
      '{"a":"x\\u00',
      '{"a"',
      '[nope',
      '{"é',
    ]) {
      reader.start()
      reader.read(broken)
      reader.start()
      expect(reader.read('{"":"\\ud800","b":"\\ude00 é","c":[1]}')).toEqual([
        { path: [''], value: '\ud800' },
        { path: ['b'], value: '\ude00 é' },
        { path: ['c', 0], value: 1 },
      ])
      reader.stop()
      expect(reader.read('{"d":1}')).toEqual([])
    }
  })

  test('readers that run at once never mix, however many', () => {
    const readers = Array.from({ length: 50 }, () => new FieldReader({ depth: 32, strict: false }))
    for (const reader of readers) reader.start()
    const fields = readers.map(() => [] as Field[])
    const elements = readers.map((_, i) => `{"a":"the ${10 + i}é","b":[true,${10 + i}]}`)
    for (let at = 0; at < 30; at++)
      for (const [i, reader] of readers.entries()) fields[i]?.push(...reader.read(elements[i]?.charAt(at) ?? ''))
    for (const reader of readers) reader.stop()
    for (const [i, list] of fields.entries())
      expect(list.map(field => field.value)).toEqual([`the ${10 + i}é`, true, 10 + i])
  })
})
