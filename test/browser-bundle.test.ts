import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { build, type Plugin } from 'esbuild'
import { expect, test } from 'vitest'
import { doneLine, line, serve } from './llm/wire-server.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const packageJson: {
  readonly imports: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly peerDependencies: Readonly<Record<string, string>>
} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** What a bundler for browsers takes, first match first, as package managers write conditions. */
const CONDITIONS = ['browser', 'module', 'default']

/** Our own `#imports` as the package declares them, in the sources that they are built from. */
const ownImports: Plugin = {
  name: 'own-imports',
  setup({ onResolve }) {
    onResolve({ filter: /^#/ }, ({ path }) => {
      const targets = packageJson.imports[path] ?? {}
      const condition = Object.keys(targets).find(name => CONDITIONS.includes(name)) ?? ''
      return { path: (targets[condition] ?? '').replace('./dist/', `${root}src/`).replace(/\.js$/, '.ts') }
    })
  },
}

async function bundle(format: 'esm' | 'iife') {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/index.ts'],
    bundle: true,
    platform: 'browser',
    target: 'es2023',
    format,
    globalName: 'planweave',
    write: false,
    metafile: true,
    logLevel: 'silent',
    // A game without the optional packages.
    alias: Object.fromEntries(Object.keys(packageJson.peerDependencies).map(name => [name, 'not-installed'])),
    plugins: [ownImports],
  })
  return { code: outputFiles[0]?.text ?? '', inputs: Object.keys(metafile.inputs) }
}

test('a game bundles for browsers without anything of Node’s', async () => {
  const { code, inputs } = await bundle('esm')
  expect(inputs).toContain('src/llm/fetch-transport.ts')
  expect(inputs.filter(path => /undici|src\/testing|node_modules\/(?:llama|mistral)/.test(path))).toEqual([])
  expect(code.match(/.*["'`]node:.*|.*\brequire\s*\(.*|.*\bprocess\.(?!env).*/g) ?? []).toEqual([])
})

test('the bundle runs where there is nothing but what browsers have: a reply is streamed from a real server', async () => {
  const { code } = await bundle('iife')
  const server = await serve(({ response }) => response.end(line('né ') + line('😀') + doneLine()))
  const browser = {
    fetch,
    Headers,
    URL,
    AbortController,
    AbortSignal,
    DOMException,
    TextDecoder,
    performance,
    setTimeout,
    clearTimeout,
  }
  const context = createContext({ ...browser, url: server.url })
  const asking: unknown = runInContext(
    `${code}
    const client = new planweave.RetryingClient(new planweave.HermesOllamaClient({ baseUrl: url }))
    client.complete('hi').then(({ text }) => typeof process + typeof Buffer + ' ' + text)`,
    context,
  )
  expect(await asking).toBe('undefinedundefined né 😀')
})
