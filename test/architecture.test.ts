import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../src/', import.meta.url))

/** The folders are the pipeline: who may import whom. The root's own files are the nouns that every stage shares. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  nouns: [],
  compress: ['nouns'],
  llm: ['nouns'],
  parser: ['nouns'],
  batch: ['nouns', 'compress', 'llm', 'parser'],
  loop: ['nouns', 'batch'],
  index: ['nouns', 'compress', 'llm', 'parser', 'batch', 'loop'],
  testing: ['nouns', 'compress', 'llm', 'parser', 'batch', 'loop'],
  cli: ['nouns', 'compress', 'llm', 'parser', 'batch', 'loop', 'testing'],
}

/** Where Node itself may be imported: games also ship to browsers. */
const NODE_ALLOWED = /^(?:testing\/|cli\/|llm\/[a-z]+-transport\.ts$)/

/** Where time and chance come from outside. */
const CORE = /^(?:parser|batch|compress|loop)\/|^(?:actions|signature|plan|world|prompt|errors)\.ts$/
const AMBIENT =
  /\bnew Date\b|\bDate\.|\bperformance\b|Math\.random|randomUUID|localeCompare|\.toLocale|\bIntl\b|\bset(?:Timeout|Interval)\b/

function layerOf(file: string): string {
  if (file === 'index.ts') return 'index'
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : 'nouns'
}

function specifiersOf(code: string): string[] {
  return [...code.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(match => match[1] ?? '')
}

/** What is wrong with one file, in words that name the arrow. */
function offencesOf(file: string, code: string): string[] {
  const layer = layerOf(file)
  return specifiersOf(code).flatMap(specifier => {
    if (specifier.startsWith('node:') || specifier === 'undici') {
      return NODE_ALLOWED.test(file) ? [] : [`${file} → ${specifier}: only transports, testing and cli may use Node`]
    }
    if (!specifier.startsWith('.')) return []
    const target = layerOf(posix.join(posix.dirname(file), specifier))
    if (target === layer || MAY_IMPORT[layer]?.includes(target)) return []
    return [`${file} → ${specifier}: ${layer} may not import ${target}`]
  })
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map(file => file.replaceAll('\\', '/'))
  .filter(file => file.endsWith('.ts'))
const codeOf = (file: string) => readFileSync(join(SRC, file), 'utf8')

test('every folder of src has its place in the pipeline', () =>
  expect(Object.keys(MAY_IMPORT)).toEqual(expect.arrayContaining([...new Set(files.map(layerOf))])))

test('imports follow the pipeline', () => expect(files.flatMap(file => offencesOf(file, codeOf(file)))).toEqual([]))

test('only its own entry leads to llama.cpp, so that a game without it never loads a line of it', () => {
  const outside = files.filter(file => !file.startsWith('llm/llama-cpp/'))
  expect(outside.filter(file => specifiersOf(codeOf(file)).some(specifier => specifier.includes('llama-cpp')))).toEqual(
    [],
  )
})

test('the core reads neither clock nor chance nor locale', () => {
  const offences = files
    .filter(file => CORE.test(file))
    .flatMap(file => {
      const code = codeOf(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
      const ambient = AMBIENT.exec(code)?.[0]
      return ambient ? [`${file}: ${ambient}`] : []
    })
  expect(offences).toEqual([])
})

describe('the rule itself', () => {
  test.each([
    ['a stage skips to the one after it', 'parser/x.ts', "import { a } from '../batch/a.ts'"],
    ['neighbours know each other', 'compress/x.ts', "import type { A } from '../llm/a.ts'"],
    ['a noun knows a stage', 'plan.ts', "export { a } from './loop/a.ts'"],
    ['a stage knows the tests', 'llm/x.ts', "const a = await import('../testing/a.ts')"],
    ['the core needs Node', 'parser/x.ts', "import 'node:buffer'"],
    ['a client needs undici itself', 'llm/hermes-ollama-client.ts', "import { request } from 'undici'"],
  ])('goes red when %s', (_, file, code) => expect(offencesOf(file, code)).toHaveLength(1))

  test.each([
    ['batch/x.ts', "import { a } from '../parser/a.ts'"],
    ['loop/x.ts', "import { a } from '../plan.ts'"],
    ['llm/undici-transport.ts', "import { request } from 'undici'"],
    ['parser/x.ts', "import { z } from 'zod'"],
  ])('stays green for %s: %s', (file, code) => expect(offencesOf(file, code)).toEqual([]))
})
