#!/usr/bin/env node
import { simulate } from './simulate.ts'

const USAGE = `planweave <command>

  simulate   serve a simulated Ollama to any program (planweave simulate --help)
`

const [command, ...args] = process.argv.slice(2)
const terminal = {
  out: (line: string) => process.stdout.write(`${line}\n`),
  error: (line: string) => process.stderr.write(`${line}\n`),
}
// Whoever reads the log may leave, as `head` does: that ends nothing.
process.stdout.on('error', () => {})

if (command === 'simulate') process.exitCode = await simulate(args, terminal, interruption())
else if (command === undefined || command === '--help' || command === '-h') terminal.out(USAGE.trimEnd())
else {
  terminal.error(`planweave: unknown command '${command}'; known is simulate`)
  process.exitCode = 2
}

/** Aborted by the first Ctrl-C; a second one ends the process whatever it does. */
function interruption(): AbortSignal {
  const asked = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => asked.abort(new Error(name)))
  return asked.signal
}
