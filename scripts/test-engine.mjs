// The tests against the real engine. It has its own folder and lock file, because npm would install 700 MB of graphics drivers with it,
// and leaving out optional packages at the root would leave out those that vitest needs.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const engine = fileURLToPath(new URL('../e2e/engine', import.meta.url))
const run = (cwd, command, ...args) =>
  execFileSync(command, args, {
    cwd,
    stdio: 'inherit',
    env: { ...process.env, NODE_LLAMA_CPP_SKIP_DOWNLOAD: 'true' },
    shell: process.platform === 'win32',
  })

run(engine, 'npm', 'ci', '--omit=optional', '--no-audit', '--no-fund', '--loglevel=error')
run(root, 'npx', 'tsc', '-p', 'e2e/engine')
run(root, 'npx', 'vitest', 'run', '--config', 'e2e/engine/vitest.config.ts')
