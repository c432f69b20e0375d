import { open, writeFile } from 'node:fs/promises'
import { PromptCompressor } from 'planweave'
import { TIMING_PROFILES } from 'planweave/testing'
import { actions } from '../astraweave/actions.ts'
import { scriptedReply } from '../astraweave/scripted-model.ts'
import { type Skirmish, skirmish } from '../astraweave/skirmish.ts'
import { rules, view } from '../astraweave/view.ts'
import { compare } from './comparison.ts'
import { htmlReport } from './html-report.ts'
import { jsonReport } from './json-report.ts'
import type { Lanes } from './lanes.ts'
import { liveLanes } from './live-lanes.ts'
import { liveView, NO_VIEW, redrawsInPlace } from './live-view.ts'
import { measure } from './measure.ts'
import { isFromModel } from './measured-run.ts'
import { type DemoOptions, demoOptions, helpText, UsageError } from './options.ts'
import type { Setting } from './report-text.ts'
import { chooseServer, type ServerChoice } from './server-choice.ts'
import { simulatedLanes } from './simulated-lanes.ts'
import { type Terminal, terminalOf } from './terminal.ts'
import { interruptedLines, terminalReport } from './terminal-report.ts'
import { counted } from './wording.ts'

export interface DemoProcess {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WritableStream
  /** Aborts when the user wants no more. */
  readonly signal: AbortSignal
}

const PROFILES = Object.keys(TIMING_PROFILES)

/** The whole demo. Resolves with the exit code that `--help` explains. */
export async function runDemo({ args, env, stdout, stderr, signal }: DemoProcess): Promise<number> {
  try {
    const options = demoOptions(args, PROFILES, env)
    if (options === 'help') {
      stdout.write(helpText(PROFILES))
      return 0
    }
    if (options.html) await requireWritable(options.html)
    return await compareModes(options, terminalOf(stdout, env), signal)
  } catch (error) {
    if (!signal.aborted && !(error instanceof UsageError)) throw error
    stderr.write(`demo: ${error instanceof UsageError ? error.message : 'interrupted'}\n`)
    return error instanceof UsageError ? 2 : 130
  }
}

async function compareModes(options: DemoOptions, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const { agents, seed, runs, json, profile, model } = options
  const choice = await chooseServer(options, signal)
  const simulated = choice.type === 'simulated'
  const scene = skirmish({ agents, seed })
  const compressor = new PromptCompressor({ actions, rules, view, tokenBudget: 2048 + 100 * agents })
  const { aliases, tokens } = compressor.compress(scene.requests)
  const say = (lines: readonly string[]) => json || terminal.write(`${lines.join('\n')}\n`)
  say([
    terminal.ink.bold(`planweave: ${counted(agents, 'agent')}, one reply, streamed beside the same job done blocking`),
    whereText(choice, options),
    `Scene ${seed}: "${scene.objective}", ${scene.enemies.length} enemies, ${scene.downed.length} of ours down.`,
    `Prompt: about ${tokens.prefix} tokens that never change, ${tokens.shared + tokens.agents} that do.`,
  ])

  const lanes = await lanesFor(choice, options, scene, aliases)
  try {
    const agentIds = scene.requests.map(({ agentId }) => agentId).sort()
    const viewOf = (pair: number) => {
      const title = `Pair ${pair} of ${runs}${simulated ? `, SIMULATED ${profile}` : ''}`
      return json ? NO_VIEW : liveView({ title, agentIds, terminal, detailed: pair === 1 })
    }
    const measurements = await measure({ lanes, compressor, requests: scene.requests, runs, seed, signal, viewOf })
    const comparison = compare(measurements)
    const setting: Setting = {
      simulated,
      profile: simulated ? profile : undefined,
      model,
      agents,
      runs: comparison.pairs,
      seed,
      interrupted: signal.aborted,
    }
    if (signal.aborted) say(interruptedLines(comparison, terminal, redrawsInPlace(terminal, agents)))
    say(terminalReport(setting, comparison, terminal))
    if (options.html) await writeFile(options.html, htmlReport(setting, comparison))
    if (json) terminal.write(`${jsonReport(setting, comparison)}\n`)
    return signal.aborted ? 130 : comparison.outcomes.every(isFromModel) ? 0 : 1
  } finally {
    await lanes.close()
  }
}

function whereText({ type, note }: ServerChoice, { profile, model }: DemoOptions): string {
  return type === 'live'
    ? `${note} Model ${model}.`
    : `${note}All that follows is SIMULATED, at the pace of: ${profile}.`
}

function lanesFor(
  choice: ServerChoice,
  options: DemoOptions,
  scene: Skirmish,
  aliases: ReadonlyMap<string, string>,
): Promise<Lanes> | Lanes {
  if (choice.type === 'live') return liveLanes(choice.client, options.url)
  const aliasOf = new Map([...aliases].map(([alias, agentId]) => [agentId, alias]))
  return simulatedLanes(options, prompt =>
    scriptedReply(scene, options.seed, prompt, agentId => aliasOf.get(agentId) ?? agentId),
  )
}

/** Says now, and not after the measurements, that the page cannot be written. */
async function requireWritable(file: string): Promise<void> {
  try {
    await (await open(file, 'a')).close()
  } catch (error) {
    throw new UsageError(`--html: cannot write ${file}`, { cause: error })
  }
}
