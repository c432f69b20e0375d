// Packs the library, installs the tarball into an empty folder as a user would, and runs one batch with it under every Node that
// the library promises. The npm package `node` ships the binaries.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAJORS = [20, 22, 24, 26]

const PROGRAM = `
import { BatchExecutor, defineActions, LlmError } from 'planweave'
import { LlamaCppClient } from 'planweave/llama-cpp'
import { ScriptedClient, SimulatedOllama } from 'planweave/testing'

const actions = defineActions({ Wait: { args: {} } })
const client = new ScriptedClient(['{"plans":[{"agent":"guard","steps":[{"act":"Wait"}]}]}'])
const executor = new BatchExecutor({ client, actions, emergency: [{ act: 'Wait' }] })
const { outcomes } = await executor.run([{ agentId: 'guard', world: { hp: 3 } }]).result
if (outcomes[0]?.tier !== 'model' || typeof SimulatedOllama.start !== 'function' || !LlmError) throw new Error(JSON.stringify(outcomes))
// The engine is not installed here: an entry that can be imported all the same, and says what to do.
const missing = await LlamaCppClient.load({ modelPath: 'model.gguf' }).catch(error => error)
if (!missing.message.includes('npm install node-llama-cpp')) throw missing
console.log(\`imported and ran under Node \${process.version}\`)
`

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'planweave-'))
const npm = (cwd, ...args) =>
  execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })

try {
  const [{ filename }] = JSON.parse(npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder))
  const app = join(folder, 'app')
  mkdirSync(app)
  writeFileSync(join(app, 'package.json'), '{"private":true,"type":"module"}')
  writeFileSync(join(app, 'main.js'), PROGRAM)
  npm(app, 'install', join(folder, filename))
  for (const major of MAJORS) {
    const home = join(folder, `node-${major}`)
    mkdirSync(home)
    writeFileSync(join(home, 'package.json'), '{"private":true}')
    npm(home, 'install', `node@${major}`)
    const node = join(home, 'node_modules/node/bin/node')
    execFileSync(node, ['main.js'], { cwd: app, stdio: 'inherit' })
    const help = execFileSync(node, ['node_modules/.bin/planweave', 'simulate', '--help'], {
      cwd: app,
      encoding: 'utf8',
    })
    if (!help.includes('--profile')) throw new Error(`planweave simulate --help said ${help}`)
    // Each binary takes some 200 MB.
    rmSync(home, { recursive: true })
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
