import { parseArgs } from 'node:util'
import { MAX_AGENTS } from '../astraweave/skirmish.ts'
import { ollamaUrl } from './ollama-host.ts'

export const DEFAULT_MODEL = 'adrienbrault/nous-hermes2pro:Q4_K_M'
export const DEFAULT_PROFILE = 'rtx-3060'
const MAX_RUNS = 50
const MAX_SEED = 2 ** 31 - 1

/** What a simulated model does wrong, when asked to. */
export type Fault = 'garbage' | 'cut'
const FAULTS: readonly Fault[] = ['garbage', 'cut']

export interface DemoOptions {
  readonly agents: number
  readonly runs: number
  readonly seed: number
  readonly profile: string
  readonly model: string
  /** The user named the model, and so wants that one or none. */
  readonly modelAskedFor: boolean
  /** `auto`: the real server when it is ready, else a simulated one. */
  readonly server: 'auto' | 'live' | 'simulated'
  readonly url: string
  readonly json: boolean
  readonly html: string | undefined
  readonly fault: Fault | undefined
}

/** Something the user has to change: one line, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const OPTIONS = {
  agents: { type: 'string', default: '10' },
  runs: { type: 'string', default: '3' },
  seed: { type: 'string', default: '26' },
  profile: { type: 'string', default: DEFAULT_PROFILE },
  model: { type: 'string' },
  live: { type: 'boolean', default: false },
  simulate: { type: 'boolean', default: false },
  fault: { type: 'string' },
  html: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/**
 * The command line and the environment as options.
 *
 * @throws UsageError for anything it does not know.
 */
export function demoOptions(
  args: readonly string[],
  profiles: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): DemoOptions | 'help' {
  const values = valuesOf(args)
  if (values.help) return 'help'
  if (values.live && values.simulate) throw new UsageError('--live and --simulate exclude each other')
  if (values.live && values.fault !== undefined)
    throw new UsageError('--fault is for simulated servers, not for --live')
  return {
    agents: wholeNumber('--agents', values.agents, 1, MAX_AGENTS),
    runs: wholeNumber('--runs', values.runs, 1, MAX_RUNS),
    seed: wholeNumber('--seed', values.seed, 0, MAX_SEED),
    profile: oneOf('--profile', values.profile, profiles),
    model: filled('--model', values.model) ?? DEFAULT_MODEL,
    modelAskedFor: values.model !== undefined,
    server: values.live ? 'live' : values.simulate || values.fault !== undefined ? 'simulated' : 'auto',
    url: urlOf(env.OLLAMA_HOST),
    json: values.json,
    html: filled('--html', values.html),
    fault: values.fault === undefined ? undefined : oneOf('--fault', values.fault, FAULTS),
  }
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }).values
  } catch (error) {
    // Node's advice after the first sentence is about its own API.
    const [sentence = ''] = error instanceof Error ? error.message.split(/\.\s|\n/) : []
    throw new UsageError(`${sentence} (--help lists the options)`, { cause: error })
  }
}

function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(number >= min && number <= max))
    throw new UsageError(`${flag} takes a whole number from ${min} to ${max}, not '${text}'`)
  return number
}

function oneOf<Name extends string>(flag: string, text: string, names: readonly Name[]): Name {
  const name = names.find(known => known === text)
  if (name === undefined) throw new UsageError(`${flag} '${text}' is unknown: it is one of ${names.join(', ')}`)
  return name
}

function filled(flag: string, text: string | undefined): string | undefined {
  if (text === '') throw new UsageError(`${flag} needs a value`)
  return text
}

function urlOf(host: string | undefined): string {
  try {
    return ollamaUrl(host)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

export function helpText(profiles: readonly string[]): string {
  return `One batch of game agents, planned by one model reply: streamed, beside the same job done blocking.

Usage: npm run demo -- [options]

Without options it uses Ollama at OLLAMA_HOST (default 127.0.0.1:11434) and, when there is none, a simulated one.

  --agents N       agents in the batch, 1 to ${MAX_AGENTS}                     (default 10)
  --runs N         measured pairs, 1 to ${MAX_RUNS}; figures are medians      (default 3)
  --seed N         the scene, and the sampling of the model          (default 26)
  --live           insist on the real Ollama; exit code 2 without one
  --simulate       use the simulated Ollama even if there is a real one
  --profile NAME   the machine that is simulated                     (default ${DEFAULT_PROFILE})
                   ${profiles.join(', ')}
  --model NAME     the model to ask, which the server must have
                   (default ${DEFAULT_MODEL})
  --fault NAME     a simulated model that answers badly: ${FAULTS.join(' or ')}
  --html FILE      write the report as one HTML page, too
  --json           print one JSON object and nothing else; npm's own lines go with: npm run -s demo -- --json
  -h, --help       this text

Environment: OLLAMA_HOST where Ollama is, NO_COLOR for plain text.
Exit codes: 0 planned by the model, 1 somebody was not, 2 wrong usage or no server, 130 interrupted.
`
}
