import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { simulate } from '../../src/cli/simulate.ts'
import { RawExchange, rawRequest } from '../testing/raw-http.ts'

const PROGRAM = fileURLToPath(new URL('../../src/cli/planweave.ts', import.meta.url))

let running: ChildProcess | undefined
afterEach(() => running?.kill('SIGKILL'))

/** A process, what it has said so far, and how to wait until it says something. */
function run(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  running = child
  const said = { out: '', error: '' }
  child.stdout.on('data', text => {
    said.out += text
  })
  child.stderr.on('data', text => {
    said.error += text
  })
  const ended = once(child, 'close').then(([code]: (number | null)[]) => ({ code, ...said }))
  const until = async (pattern: RegExp): Promise<string> => {
    for (;;) {
      const found = pattern.exec(said.out)
      if (found) return found[1] ?? found[0]
      await Promise.race([
        once(child.stdout, 'data'),
        ended.then(end => Promise.reject(new Error(JSON.stringify(end)))),
      ])
    }
  }
  return { child, ended, until }
}

describe('planweave simulate, as a process', () => {
  test('serves any program, logs each request, and ends with Ctrl-C though a reply is still being written', async () => {
    const { child, ended, until } = run('simulate', '--profile', 'm1', '--port', '0', '--model', 'tiny', '--slots', '2')
    const url = await until(/on (http:\S+)/)
    const tags = await rawRequest(url, 'GET', '/api/tags')
    expect(JSON.parse(tags.body)).toMatchObject({ models: [{ name: 'tiny:latest' }] })
    expect(await until(/.*GET \/api\/tags.*/)).toMatch(/^\d\d:\d\d:\d\d 200 +\d\.\d{3}s GET \/api\/tags$/)

    // m1 takes seconds to load its model: the request is in progress when the signal comes.
    const waiting = new RawExchange(url, 'POST', '/api/generate', '{"model":"tiny","prompt":"x"}')
    await once(waiting.socket, 'connect')
    expect(JSON.parse((await rawRequest(url, 'GET', '/api/version')).body)).toEqual({ version: '0.33.0' })
    child.kill('SIGINT')
    await waiting.closed
    const { code, error, out } = await ended
    expect([code, error]).toEqual([0, ''])
    expect(out).toContain(' 499 ')
  })

  test.each([
    [['simulate', '--prot', '80'], 2, "planweave simulate: Unknown option '--prot'\n"],
    [['simulat'], 2, "planweave: unknown command 'simulat'; known is simulate\n"],
  ])('%j ends at once with one line', async (args, code, error) => {
    expect(await run(...args).ended).toEqual({ code, error, out: '' })
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
