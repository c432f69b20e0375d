import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EmptyBody, firstJsonValue } from '../../../src/testing/ollama/go-json-scan.ts'

test('any JSON is read, and what follows it is ignored', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('', ' ', ' x', '\n{', ' ]', ' 1 2'), (value, rest) => {
      const json = JSON.stringify(value)
      expect(firstJsonValue(` ${json}${rest}`)).toEqual(JSON.parse(json))
    }),
  )
})

test.each(['', ' ', '\r\n\t'])('%j is an empty body', body => {
  expect(() => firstJsonValue(body)).toThrow(EmptyBody)
})

test('JSON that is cut anywhere ends unexpectedly', () => {
  const json = '{"a":[true,null,{"b":"x\\u00e4\\n"},-1.5e+3],"c":{}}'
  for (let end = 1; end < json.length; end++) {
    expect(() => firstJsonValue(json.slice(0, end)), json.slice(0, end)).toThrow(/^unexpected EOF$/)
  }
})

test.each([
  ['{model:1}', `invalid character 'm' looking for beginning of object key string`],
  ['{"a":1,}', `invalid character '}' looking for beginning of object key string`],
  ['[1,]', `invalid character ']' looking for beginning of value`],
  ["{'a':1}", `invalid character '\\'' looking for beginning of object key string`],
  ['{"a" 1}', `invalid character '1' after object key`],
  ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
  ['{"a":01}', `invalid character '1' after object key:value pair`],
  ['[1 2]', `invalid character '2' after array element`],
  ['hello', `invalid character 'h' looking for beginning of value`],
  ['\ufeff{}', `invalid character 'ï' looking for beginning of value`],
  ['{"a":tru}', `invalid character '}' in literal true (expecting 'e')`],
  ['{"a":nil}', `invalid character 'i' in literal null (expecting 'u')`],
  ['[-x]', `invalid character 'x' in numeric literal`],
  ['[1.x]', `invalid character 'x' after decimal point in numeric literal`],
  ['[1ex]', `invalid character 'x' in exponent of numeric literal`],
  ['[1e+x]', `invalid character 'x' in exponent of numeric literal`],
  ['["\n"]', `invalid character '\\n' in string literal`],
  ['["\u0001"]', `invalid character '\\x01' in string literal`],
  ['["\\x"]', `invalid character 'x' in string escape code`],
  ['["\\u12g4"]', `invalid character 'g' in \\u hexadecimal character escape`],
])('%s: %s', (body, message) => {
  expect(() => firstJsonValue(body)).toThrow(new Error(message))
})

test('depth has a bound', () => {
  expect(() => firstJsonValue(`${'['.repeat(10_001)}x`)).toThrow('exceeded max depth')
})
