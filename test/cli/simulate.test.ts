import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { simulate } from '../../src/cli/simulate.ts'
import { RawExchange, rawRequest } from '../testing/raw-http.ts'

const SOURCE = fileURLToPath(new URL('../../src/cli/planweave.ts', import.meta.url))
/** Far more than anything here takes, on any machine. */
const WAIT_MS = 20_000

// Bundled, as a package is: a loader would compile for as long as everything else takes, in a process of its own that holds the
// program's output open.
let folder: string
let program: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'planweave-cli-'))
  program = join(folder, 'planweave.mjs')
  await build({
    entryPoints: [SOURCE],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile: program,
  })
})
afterAll(() => rm(folder, { recursive: true }))

const running = new Set<ChildProcess>()
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
})

/** A process, what it has said so far, and how to wait until it says something: never for ever. */
function run(...args: string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  const said = { out: '', error: '' }
  child.stdout.on('data', text => {
    said.out += text
  })
  child.stderr.on('data', text => {
    said.error += text
  })
  const closed = once(child, 'close').then(([code]: (number | null)[]) => ({ code, ...said }))
  const inTime = async <T>(what: string, work: Promise<T>): Promise<T> => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no ${what}; it said ${JSON.stringify(said)}`)), WAIT_MS)
    })
    return await Promise.race([work, late]).finally(() => clearTimeout(timer))
  }
  const found = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(said.out)
      if (found) return found[1] ?? found[0]
      await Promise.race([
        once(child.stdout, 'data'),
        closed.then(end => Promise.reject(new Error(JSON.stringify(end)))),
      ])
    }
  }
  return {
    child,
    ended: () => inTime('end', closed),
    until: (pattern: RegExp) => inTime(String(pattern), found(pattern)),
  }
}

describe('planweave simulate, as a process', () => {
  test('serves any program, logs each request, and ends with Ctrl-C though a reply is still being written', async () => {
    const { child, ended, until } = run('simulate', '--profile', 'm1', '--port', '0', '--model', 'tiny', '--slots', '2')
    const url = await until(/on (http:\S+) /)
    const tags = await rawRequest(url, 'GET', '/api/tags')
    expect(JSON.parse(tags.body)).toMatchObject({ models: [{ name: 'tiny:latest' }] })
    expect(await until(/(.*GET \/api\/tags.*)\n/)).toMatch(/^\d\d:\d\d:\d\d 200 +\d\.\d{3}s GET \/api\/tags$/)

    // m1 takes seconds to load its model: the request is in progress when the signal comes.
    const waiting = new RawExchange(url, 'POST', '/api/generate', '{"model":"tiny","prompt":"x"}')
    await once(waiting.socket, 'connect')
    expect(JSON.parse((await rawRequest(url, 'GET', '/api/version')).body)).toEqual({ version: '0.33.0' })
    child.kill('SIGINT')
    await waiting.closed
    const { code, error, out } = await ended()
    expect([code, error]).toEqual([0, ''])
    expect(out).toContain(' 499 ')
  })

  test.each([
    [['simulate', '--prot', '80'], 2, "planweave simulate: Unknown option '--prot'\n"],
    [['simulat'], 2, "planweave: unknown command 'simulat'; known is simulate\n"],
  ])('%j ends at once with one line', async (args, code, error) => {
    expect(await run(...args).ended()).toEqual({ code, error, out: '' })
  })
})

describe('planweave simulate', () => {
  const call = async (...args: string[]) => {
    const said: string[] = []
    const terminal = { out: (line: string) => said.push(line), error: (line: string) => said.push(`error: ${line}`) }
    const code = await simulate(args, terminal, AbortSignal.abort())
    return { code, said }
  }

  test('--help names every option and profile', async () => {
    const { code, said } = await call('--help')
    expect(code).toBe(0)
    for (const word of ['--profile', '--port', '--model', '--slots', '--seed', 'rtx-3060', 'laptop-cpu']) {
      expect(said.join('\n')).toContain(word)
    }
  })

  test.each([
    [['--port', '65536'], "--port takes a whole number from 0 to 65535, not '65536'"],
    [['--port', ''], "--port takes a whole number from 0 to 65535, not ''"],
    [['--slots', '0'], "--slots takes a whole number from 1 to 1024, not '0'"],
    [['--seed', 'one'], "--seed takes a whole number from 0 to 9007199254740991, not 'one'"],
    [['--profile', 'abacus'], "unknown timing profile 'abacus'; known are rtx-3060, "],
    [['--quirk', 'shy'], "unknown quirk 'shy'; known are extra-keys, "],
    [['--model', 'a model'], "'a model' is not a model name"],
    [['stray'], "Unexpected argument 'stray'"],
    [['--port'], "Option '--port <value>' argument missing"],
  ])('%j is a one-line error', async (args, words) => {
    const { code, said } = await call(...args)
    expect(code).toBe(2)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain(`error: planweave simulate: ${words}`)
    expect(said[0]).not.toContain('\n')
  })

  test('a port in use is said in one line', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const address = taken.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const { code, said } = await call('--port', String(port))
    taken.close()
    expect([code, said]).toEqual([
      1,
      [`error: planweave simulate: listen EADDRINUSE: address already in use 127.0.0.1:${port}`],
    ])
  })
})
