import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { JsonTokens } from '../../src/parser/json-tokens.ts'
import * as bundled from '../../src/parser/jsonparse-bundled.ts'
import * as required from '../../src/parser/jsonparse-required.ts'

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

test('a platform without Buffer can import it, and is told what to do when it is used', () => {
  const script = `
    delete globalThis.Buffer
    const { PlanParser } = await import('./src/parser/plan-parser.ts')
    const { actions } = await import('./test/parser/skirmish.ts')
    const parser = new PlanParser({ actions, agents: ['a'] })
    console.log(parser.push('{"agent":"a","steps":[]}').length)
    try { new PlanParser({ actions, agents: ['a'], fields: true }) } catch (error) { console.log(error.message) }`
  expect(output('--import', 'tsx', '--input-type=module', '-e', script)).toEqual([
    '1',
    '`fields` needs a global Buffer, which this platform lacks: load a polyfill, or leave it out',
  ])
})

test('a bundle gets the same jsonparse as Node does', () =>
  expect(bundled.loadJsonparse()).toBe(required.loadJsonparse()))

test('nothing of it is deprecated, not even for a game that bundles it', () => {
  const script = `
    import { JsonTokens } from './src/parser/json-tokens.ts'
    const reader = new JsonTokens(false, token => console.log(token))
    reader.start()
    reader.write('["\\u00e9",1]')`
  const strict = ['--pending-deprecation', '--throw-deprecation']
  expect(output(...strict, '--import', 'tsx', '--input-type=module', '-e', script)).toEqual([
    '[',
    'string',
    ',',
    'scalar',
    ']',
  ])
})

/** The lines that Node prints, on either output. */
function output(...args: readonly string[]): string[] {
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return (stdout + stderr).trimEnd().split('\n')
}
