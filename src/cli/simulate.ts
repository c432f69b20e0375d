import { parseArgs } from 'node:util'
import { HERMES_QUIRKS, type HermesQuirk } from '../testing/ollama/hermes-quirks.ts'
import type { ServedRequest } from '../testing/ollama/served-request.ts'
import { TIMING_PROFILES } from '../testing/ollama/timing-profiles.ts'
import { SimulatedOllama, type SimulatedOllamaOptions } from '../testing/simulated-ollama.ts'

/** Ollama's own port. */
const DEFAULT_PORT = 11_434

const HELP = `planweave simulate [options]

Serves a simulated Ollama on the loopback interface until Ctrl-C, with a line for each request.

  --profile NAME   the machine it pretends to be (default rtx-3060):
                   ${Object.keys(TIMING_PROFILES).join(', ')}
  --port N         default ${DEFAULT_PORT}; 0 for a free one
  --model NAME     a model on its disk; may be repeated (default: the one that planweave asks for)
  --slots N        replies written at once (default 1)
  --quirk NAME     what the model does wrong in each reply; may be repeated:
${wrapped(HERMES_QUIRKS)}
  --seed N         the same seed and requests give the same replies and pace (default 1)
  --help`

/** A list in the help's right column, six names to a line. */
function wrapped(names: readonly string[]): string {
  const lines = Array.from({ length: Math.ceil(names.length / 6) }, (_, i) => names.slice(6 * i, 6 * i + 6).join(', '))
  return lines.map(line => `                   ${line}`).join(',\n')
}

/** Where a command writes its lines. */
export interface Terminal {
  out(line: string): void
  error(line: string): void
}

/** Serves until the signal is aborted. Resolves with the exit code: 0 after an abort, 1 when it can't serve, 2 for wrong arguments. */
export async function simulate(args: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<number> {
  let options: SimulatedOllamaOptions | 'help'
  try {
    options = optionsFrom(args)
  } catch (error) {
    terminal.error(`planweave simulate: ${firstLineOf(error)}`)
    return 2
  }
  if (options === 'help') {
    terminal.out(HELP)
    return 0
  }
  let server: SimulatedOllama
  try {
    server = await SimulatedOllama.start({ ...options, onServed: served => terminal.out(logLine(served)) })
  } catch (error) {
    // An impossible profile or model is the arguments' fault; a port in use is not.
    terminal.error(`planweave simulate: ${firstLineOf(error)}`)
    return error instanceof RangeError ? 2 : 1
  }
  terminal.out(`simulated Ollama, ${options.profile}, on ${server.url} (Ctrl-C ends it)`)
  await aborted(signal)
  await server.stop()
  return 0
}

/** @throws Error for what is not an option, RangeError for what is no number */
function optionsFrom(args: readonly string[]): SimulatedOllamaOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      profile: { type: 'string', default: 'rtx-3060' },
      port: { type: 'string', default: String(DEFAULT_PORT) },
      model: { type: 'string', multiple: true },
      slots: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      quirk: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  return {
    profile: values.profile,
    port: integer('port', values.port, 0, 65_535),
    parallel: integer('slots', values.slots, 1, 1024),
    seed: integer('seed', values.seed, 0, Number.MAX_SAFE_INTEGER),
    quirks: values.quirk.map(quirkNamed),
    ...(values.model && { models: values.model }),
  }
}

function quirkNamed(name: string): HermesQuirk {
  const quirk = HERMES_QUIRKS.find(known => known === name)
  if (quirk) return quirk
  throw new RangeError(`unknown quirk '${name}'; known are ${HERMES_QUIRKS.join(', ')}`)
}

function integer(name: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new RangeError(`--${name} takes a whole number from ${least} to ${most}, not '${text}'`)
}

/** The rest are hints on how to quote. */
function firstLineOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n', 1)[0]?.replace(/\. To specify a positional .*$/, '') ?? ''
}

function logLine({ at, method, path, status, ms, request }: ServedRequest): string {
  const line = `${at.slice(11, 19)} ${status} ${seconds(ms)} ${method} ${path}`
  if (!request?.prompt) return line
  const { model, promptTokens, cachedTokens, outputTokens, arrivedMs, firstTokenMs, ended } = request
  const first = firstTokenMs === undefined ? 'no token' : `first token ${seconds(firstTokenMs - arrivedMs).trim()}`
  return `${line} ${model} prompt ${promptTokens} (${cachedTokens} cached), ${first}, wrote ${outputTokens}, ${ended}`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)}s`.padStart(9)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
