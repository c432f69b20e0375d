import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md']

/**
 * A ```ts block, with what an HTML comment right before it declares: `<!-- with: declare const npcs: Npc[] -->`. What the reader
 * doesn't see are things of the reader's own game.
 */
function snippetsOf(document: string): string[] {
  const text = readFileSync(join(root, document), 'utf8')
  const blocks = text.matchAll(/(?:<!-- with:\n?([\s\S]*?)-->\s*)?```ts\n([\s\S]*?)```/g)
  return [...blocks].map(([, setup = '', code = '']) => `${code}\n${setup}\nexport {}\n`)
}

test.each(DOCUMENTS)('every snippet of %s compiles, without a cast', document => {
  const snippets = snippetsOf(document)
  expect(snippets.length).toBeGreaterThan(0)
  for (const code of snippets) expect(code).not.toMatch(/\bas (?!const\b)[A-Z]|\bany\b|@ts-/)
  expect(compile(snippets, document)).toBe('')
})

test('a snippet that does not compile is seen', () =>
  expect(compile(["import { nothing } from 'planweave'\nnothing()\n"], 'broken')).toContain(
    "no exported member 'nothing'",
  ))

/** The compiler's complaints. */
function compile(snippets: readonly string[], name: string): string {
  // Below node_modules, so that packages resolve and no tool takes it for our source.
  const folder = join(root, 'node_modules', '.cache', `planweave-${name}`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [i, code] of snippets.entries()) writeFileSync(join(folder, `snippet-${i + 1}.ts`), code)
  const compilerOptions = {
    noEmit: true,
    rootDir: root,
    noUnusedLocals: false,
    noUnusedParameters: false,
    paths: {
      planweave: [join(root, 'src/index.ts')],
      'planweave/llama-cpp': [join(root, 'src/llm/llama-cpp/index.ts')],
      'planweave/testing': [join(root, 'src/testing/index.ts')],
      '#jsonparse': [join(root, 'src/parser/jsonparse-required.ts')],
      '#transport': [join(root, 'src/llm/undici-transport.ts')],
    },
  }
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.ts'] }),
  )
  try {
    const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
    execFileSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { encoding: 'utf8', stdio: 'pipe' })
    return ''
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe.each([...DOCUMENTS, 'ARCHITECTURE.md'])('%s', document => {
  test('names only files and scripts that exist', () => {
    const text = readFileSync(join(root, document), 'utf8')
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(match => match[1] ?? '')
    const paths = [...text.matchAll(/`((?:src|test|bench|examples|scripts)\/[\w./-]*)`/g)].map(match => match[1] ?? '')
    expect([...links, ...paths].filter(path => !existsSync(join(root, path)))).toEqual([])
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    const named = [...text.matchAll(/npm run ([\w:-]*\w)/g)].map(match => match[1] ?? '')
    expect(named.filter(script => !(script in scripts))).toEqual([])
  })
})
