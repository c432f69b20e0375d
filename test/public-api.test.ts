import { readFileSync } from 'node:fs'
import * as planweave from 'planweave'
import * as llamaCpp from 'planweave/llama-cpp'
import * as testing from 'planweave/testing'
import { expect, test } from 'vitest'

/** Every name that an index exports, types included. */
function namesIn(path: string): string[] {
  const code = readFileSync(new URL(path, import.meta.url), 'utf8')
  const lists = [...code.matchAll(/export (type )?\{([^}]*)\} from/g)]
  return lists
    .flatMap(([, isType = '', names = '']) =>
      names
        .split(',')
        .map(name => name.trim())
        .filter(Boolean)
        .map(name => (name.startsWith('type ') || !isType ? name : `type ${name}`)),
    )
    .sort()
}

const valuesOf = (names: readonly string[]) => names.filter(name => !name.startsWith('type '))

test('the public names of planweave', () => {
  const names = namesIn('../src/index.ts')
  expect(names).toMatchSnapshot()
  expect(Object.keys(planweave).sort()).toEqual(valuesOf(names))
})

test('the public names of planweave/llama-cpp', () => {
  const names = namesIn('../src/llm/llama-cpp/index.ts')
  expect(names).toMatchSnapshot()
  expect(Object.keys(llamaCpp).sort()).toEqual(valuesOf(names))
})

test('the public names of planweave/testing', () => {
  const names = namesIn('../src/testing/index.ts')
  expect(names).toMatchSnapshot()
  expect(Object.keys(testing).sort()).toEqual(valuesOf(names))
})

test.each(['../src/index.ts', '../src/llm/llama-cpp/index.ts', '../src/testing/index.ts'])(
  '%s is a list of names and nothing else',
  path => {
    const code = readFileSync(new URL(path, import.meta.url), 'utf8')
    expect(code.replace(/export (?:type )?\{[^}]*\} from '[^']+'\n/g, '').trim()).toBe('')
  },
)
