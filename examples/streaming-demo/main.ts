import { SHOW_CURSOR } from './redrawn-view.ts'
import { runDemo } from './run-demo.ts'

const interrupt = new AbortController()
process.on('SIGINT', () => {
  if (interrupt.signal.aborted) {
    // Somebody who asks twice means it.
    if (process.stdout.isTTY) process.stdout.write(SHOW_CURSOR)
    process.exit(130)
  }
  interrupt.abort(new Error('interrupted'))
})
// Whoever reads our output may have seen enough: `npm run demo | head`.
process.stdout.on('error', () => process.exit(0))

process.exitCode = await runDemo({
  args: process.argv.slice(2),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupt.signal,
})
