import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

export interface DemoEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the demo as a user does, with no Ollama around unless `host` names one. */
export function demo(
  args: string,
  { host = '127.0.0.1:1', onOutput }: { host?: string; onOutput?: (stdout: string, child: ChildProcess) => void } = {},
): Promise<DemoEnd> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'examples/streaming-demo/main.ts', ...args.split(' ').filter(Boolean)],
    {
      cwd: ROOT,
      env: { ...process.env, OLLAMA_HOST: host },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A demo that hangs is a failed test, not a process left behind.
      timeout: 55_000,
      killSignal: 'SIGKILL',
    },
  )
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', data => {
    stdout += data
    onOutput?.(stdout, child)
  })
  child.stderr.on('data', data => {
    stderr += data
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code, stdout, stderr }))
  })
}
