import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Fault, SimulatedOllama, type SimulatedOllamaOptions } from 'planweave/testing'
import { describe, expect, type TestContext, test } from 'vitest'
import { scriptedReply } from '../../../examples/astraweave/scripted-model.ts'
import { skirmish } from '../../../examples/astraweave/skirmish.ts'
import { demo } from './demo-process.ts'

const NAMES = ['Ash', 'Bryn', 'Cole', 'Dara', 'Ezra', 'Fenn', 'Gwen', 'Hale', 'Iris', 'Jory']
const STACK_TRACE = /^\s+at /m

const SCENE = skirmish({ agents: 10, seed: 26 })
const reply = (prompt: string) => scriptedReply(SCENE, 26, prompt)

/**
 * A server that the demo takes for the real one. The test's own context stops it: these tests run at the same time, and what
 * vitest exports for all would stop it when any of them ends.
 */
async function ollama({ onTestFinished }: TestContext, options: SimulatedOllamaOptions = {}): Promise<SimulatedOllama> {
  const server = await SimulatedOllama.start({ profile: 'instant', reply, ...options })
  onTestFinished(() => server.stop())
  return server
}

describe.concurrent('the demo as a process', () => {
  test('help goes to the output and ends well', async () => {
    const { code, stdout, stderr } = await demo('--help')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('Usage: npm run demo')
  })

  test.each([
    ['--turbo', "Unknown option '--turbo'"],
    ['--profile rtx-9999', "--profile 'rtx-9999' is unknown: it is one of rtx-3060,"],
    ['--html examples', '--html: cannot write examples'],
    ['--html /no/such/folder/report.html', '--html: cannot write /no/such/folder/report.html'],
  ])('%s is one line and exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await demo(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr.trim()).not.toContain('\n')
  })

  test('--live without a server says how to get one', async () => {
    const { code, stdout, stderr } = await demo('--live')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('ollama serve')
    expect(stderr).toContain('ollama pull adrienbrault/nous-hermes2pro:Q4_K_M')
    expect(stderr).not.toMatch(STACK_TRACE)
  })

  test.for(['--model nope', '--model nope --live'])('%s on a server without that model', async (args, context) => {
    const { url } = await ollama(context)
    const { code, stdout, stderr } = await demo(args, { host: url })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('ollama pull nope')
  })

  test('a model that nobody has, without a server', async () => {
    const { code, stdout, stderr } = await demo('--model nope')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain("the simulated server has no model 'nope'")
  })

  test('without a server it says so and simulates one', async () => {
    const { code, stdout, stderr } = await demo('--profile instant --runs 2')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('No Ollama to use: no answer from http://127.0.0.1:1')
    expect(stdout).toContain('ollama pull adrienbrault/nous-hermes2pro:Q4_K_M')
    expect(stdout).toContain('SIMULATED instant · 10 agents · medians of 2 pairs')
    expect(stdout).toContain('Waterfall of the first run, SIMULATED')
    expect(stdout).toContain('The plans are identical.')
    for (const name of NAMES) expect(stdout).toMatch(new RegExp(`${name} .*first step`))
    // Without a window there is nothing to colour or redraw.
    expect(stdout).not.toContain('\x1b')
  })

  test('--json is one object and nothing else, with all that is promised', async () => {
    const { code, stdout, stderr } = await demo('--json --profile instant --runs 1 --agents 5 --seed 3')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({ simulated: true, profile: 'instant', agents: 5, identicalPlans: true })
    const times = ['firstChunkMs', 'firstStepMs', 'firstPlanMs', 'lastPlanMs', 'totalMs']
    for (const time of times) expect(report.blocking[time]).toBeGreaterThan(0)
    for (const time of [...times, 'chunks']) expect(report.streaming[time]).toBeGreaterThan(0)
    for (const name of ['firstChunk', 'firstStep', 'firstPlan']) expect(report.speedup[name]).toBeGreaterThan(0)
    expect(report.fractions.firstStep).toBeLessThan(0.25)
    expect(report.fractions.fifthPlan).toBeGreaterThan(0.9)
    expect(report.tokens.evaluated).toBeGreaterThan(200)
    expect(report.tokens.output).toBeGreaterThan(200)
    expect(report.outcomes.map(({ tier }: { tier: string }) => tier)).toEqual(Array(5).fill('model'))
  })

  test('neither mode finds the prompt in the cache, and the cold run finds nothing at all', async () => {
    const { stdout } = await demo('--json --profile instant --runs 2')
    const { blocking, streaming, cold } = JSON.parse(stdout)
    expect(streaming.tokens.evaluated).toBe(blocking.tokens.evaluated)
    expect(streaming.tokens.evaluated).toBeGreaterThan(500)
    expect(cold.tokens.evaluated).toBeGreaterThan(streaming.tokens.evaluated + 900)
  })

  test('--html writes the page', async ({ onTestFinished }) => {
    const folder = await mkdtemp(join(tmpdir(), 'planweave-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'report.html')
    const { code, stdout, stderr } = await demo(`--profile instant --runs 1 --html ${file}`)
    // Compared with what it said, so that a failure shows why.
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout, stderr: '' })
    expect(await readFile(file, 'utf8')).toContain('<svg')
  })

  test('a live server is warmed up before every run but the last, which finds it unloaded', async context => {
    const server = await ollama(context)
    const { code, stdout } = await demo('--json --live --runs 2', { host: server.url })
    const { simulated, profile } = JSON.parse(stdout)
    expect({ code, simulated, profile }).toEqual({ code: 0, simulated: false, profile: null })
    const warmUpAndRun = ['/api/chat', '/api/chat']
    expect(server.requests.map(({ path }) => path)).toEqual([
      ...[...warmUpAndRun, ...warmUpAndRun, ...warmUpAndRun, ...warmUpAndRun],
      ...['/api/generate', '/api/chat'],
    ])
    const evaluated = server.requests.filter(({ outputTokens }) => outputTokens > 1).map(run => run.evaluatedTokens)
    expect(new Set(evaluated.slice(0, 4)).size).toBe(1)
    expect(evaluated[4]).toBeGreaterThan(evaluated[0] ?? 0)
  })

  test('a reply of garbage leaves everybody with a plan of their own', async context => {
    const { url } = await ollama(context, { reply: () => 'I would {attack} them [all]!' })
    const { code, stdout, stderr } = await demo('--live --runs 1', { host: url })
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    for (const name of NAMES) expect(stdout).toMatch(new RegExp(`${name} .*plan .*by heuristic`))
    expect(stdout).toContain("20 of 20 plans are not the model's")
  })

  test('a reply that is always cut keeps what came before the cut', async context => {
    const cut: Fault = { kind: 'eof', afterTokens: 150 }
    const { url } = await ollama(context, { faults: Array(50).fill(cut) })
    const { code, stdout, stderr } = await demo('--live --runs 1', { host: url })
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toMatch(/Ash .*plan .*steps {2}“/)
    for (const name of NAMES) expect(stdout).toMatch(new RegExp(`${name} .*plan `))
    expect(stdout).toContain('(truncated)')
  })

  test('after a cut the others are asked again', async () => {
    const { code, stdout, stderr } = await demo('--fault cut --profile instant --runs 1')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/Ash .*plan .*steps {2}“/)
    expect(stdout).toMatch(/Jory .*plan .*by re-ask/)
    expect(stdout).toContain('First attempt failed:')
  })

  test('Ctrl-C in mid-stream: what is known, a plan for everybody, exit code 130', async context => {
    const fine: Fault = { kind: 'none' }
    // Warm-up, blocking run, warm-up; then the streamed reply stands still.
    const { url } = await ollama(context, { faults: [fine, fine, fine, { kind: 'stall', afterTokens: 120 }] })
    let sent = false
    const { code, stdout, stderr } = await demo('--live', {
      host: url,
      onOutput(output, child) {
        if (sent || !/Ash .*plan/.test(output)) return
        sent = true
        child.kill('SIGINT')
      },
    })
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' })
    expect(stdout).toMatch(/Interrupted after .*: \d+ plans? by the model, \d+ by the fallback; every agent has one\./)
    for (const name of NAMES) expect(stdout).toMatch(new RegExp(`${name} .*(plan|heuristic: ) `))
    expect(stdout).not.toMatch(STACK_TRACE)
  })

  test('Ctrl-C while the model is loaded ends at once', async () => {
    let sent = false
    const { code, stdout, stderr } = await demo('--profile laptop-cpu', {
      onOutput(output, child) {
        if (sent || !output.includes('Pair 1')) return
        sent = true
        child.kill('SIGINT')
      },
    })
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' })
    expect(stdout).toContain('every agent has one')
  })
})
