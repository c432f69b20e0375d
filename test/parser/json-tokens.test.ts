import { spawnSync } from 'node:child_process'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { JsonTokens, needBuffer } from '../../src/parser/json-tokens.ts'

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  const reader = new JsonTokens(false, (token, value) => tokens.push(value === null ? token : `${token} ${value}`))
  reader.start()
  reader.write(text)
  reader.stop()
  return tokens
}

test('brackets, colons and commas stand for themselves; the rest are strings and scalars', () =>
  expect(tokensOf('{"a":[1,true],"b":"7"}')).toEqual([
    '{',
    'string a',
    ':',
    '[',
    'scalar 1',
    ',',
    'scalar true',
    ']',
    ',',
    'string b',
    ':',
    'string 7',
    '}',
  ]))

test('after something that is no JSON nothing comes until the next start', () => {
  const tokens: string[] = []
  const reader = new JsonTokens(false, token => tokens.push(token))
  reader.start()
  reader.write('[nope,')
  expect(reader.failed).toBe(true)
  reader.write('1]')
  expect(tokens).toEqual(['['])
  reader.start()
  expect(reader.failed).toBe(false)
  reader.write('{}')
  expect(tokens).toEqual(['[', '{', '}'])
})

describe('Buffer', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  test('a platform without it is told what to do', () => {
    expect(() => needBuffer()).not.toThrow()
    vi.stubGlobal('Buffer', undefined)
    expect(() => needBuffer()).toThrow('`fields` needs a global Buffer')
  })
})

test('nothing of it is deprecated, not even for a game that bundles it', () => {
  const script = `
    import { JsonTokens } from './src/parser/json-tokens.ts'
    const reader = new JsonTokens(false, token => console.log(token))
    reader.start()
    reader.write('["\\\\u00e9",1]')`
  const args = ['--pending-deprecation', '--throw-deprecation', '--import', 'tsx', '--input-type=module', '-e', script]
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect({ stdout, stderr }).toEqual({ stdout: '[\nstring\n,\nscalar\n]\n', stderr: '' })
})
