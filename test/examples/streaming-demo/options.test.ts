import { expect, test } from 'vitest'
import { type DemoOptions, demoOptions, helpText, UsageError } from '../../../examples/streaming-demo/options.ts'

const PROFILES = ['rtx-3060', 'instant']
const defaults: DemoOptions = {
  agents: 10,
  runs: 3,
  seed: 26,
  profile: 'rtx-3060',
  model: 'adrienbrault/nous-hermes2pro:Q4_K_M',
  modelAskedFor: false,
  server: 'auto',
  url: 'http://127.0.0.1:11434',
  json: false,
  html: undefined,
  fault: undefined,
}
const read = (line: string, env = {}) => demoOptions(line.split(' ').filter(Boolean), PROFILES, env)

test.each<readonly [string, Partial<DemoOptions>]>([
  ['', {}],
  ['--agents 25 --runs 1 --seed 0', { agents: 25, runs: 1, seed: 0 }],
  ['--agents=1', { agents: 1 }],
  ['--profile instant', { profile: 'instant' }],
  ['--model llama3', { model: 'llama3', modelAskedFor: true }],
  ['--live', { server: 'live' }],
  ['--simulate', { server: 'simulated' }],
  ['--fault cut', { fault: 'cut', server: 'simulated' }],
  ['--json --html report.html', { json: true, html: 'report.html' }],
])('the options of "%s"', (line, expected) => {
  expect(read(line)).toEqual({ ...defaults, ...expected })
})

test.each([
  ['--turbo', "Unknown option '--turbo' (--help lists the options)"],
  ['-x', "Unknown option '-x' (--help lists the options)"],
  ['fast', "Unexpected argument 'fast' (--help lists the options)"],
  ['--agents', "Option '--agents <value>' argument missing (--help lists the options)"],
  ['--agents 0', "--agents takes a whole number from 1 to 100, not '0'"],
  ['--agents ten', "--agents takes a whole number from 1 to 100, not 'ten'"],
  ['--agents 1e1', "--agents takes a whole number from 1 to 100, not '1e1'"],
  ['--runs 2.5', "--runs takes a whole number from 1 to 50, not '2.5'"],
  ['--seed=-1', "--seed takes a whole number from 0 to 2147483647, not '-1'"],
  ['--profile rtx-9999', "--profile 'rtx-9999' is unknown: it is one of rtx-3060, instant"],
  ['--fault meteor', "--fault 'meteor' is unknown: it is one of garbage, cut"],
  ['--model=', '--model needs a value'],
  ['--live --simulate', '--live and --simulate exclude each other'],
  ['--live --fault cut', '--fault is for simulated servers, not for --live'],
])('"%s" is refused in one line', (line, message) => {
  expect(() => read(line)).toThrow(new UsageError(message))
  expect(message).not.toContain('\n')
})

test('OLLAMA_HOST says where the server is', () => {
  expect(read('', { OLLAMA_HOST: 'gpu-box' })).toEqual({ ...defaults, url: 'http://gpu-box:11434' })
  expect(() => read('', { OLLAMA_HOST: 'a b' })).toThrow(UsageError)
})

test.each(['--help', '-h', '--help --json'])('%s asks for help', line => {
  expect(read(line)).toBe('help')
})

test('the help names every option, profile, fault and exit code', () => {
  const help = helpText(PROFILES)
  for (const word of [
    ...['--agents', '--runs', '--seed', '--live', '--simulate', '--profile', '--model', '--fault', '--html', '--json'],
    ...['--help', 'OLLAMA_HOST', 'NO_COLOR', 'garbage', 'cut', ...PROFILES, defaults.model, '130'],
  ])
    expect(help).toContain(word)
})
