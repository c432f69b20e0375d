import type { AgentId } from 'planweave'
import { agentLine } from './agent-line.ts'
import type { LiveView, LiveViewOptions, Mode } from './live-view.ts'
import type { RunWatcher } from './measured-run.ts'
import { Progress } from './progress.ts'
import type { Ink, Terminal } from './terminal.ts'
import { clipped, counted, seconds } from './wording.ts'

const REDRAW_MS = 100
/** A blank one, the title, the first chunk, the blocking mode. */
export const LINES_BESIDE_AGENTS = 4
const HIDE_CURSOR = '\x1b[?25l'
export const SHOW_CURSOR = '\x1b[?25h'
const CLEAR_LINE = '\x1b[2K'

interface ModeState {
  readonly startMs: number
  readonly progress: Progress
  readonly totalMs?: number
}

/** A line per agent that fills in place, and one line for the agents that wait for the whole reply. */
export class RedrawnView implements LiveView {
  readonly #title: string
  readonly #agentIds: readonly AgentId[]
  readonly #terminal: Terminal
  readonly #modes = new Map<Mode, ModeState>()
  readonly #timer: NodeJS.Timeout
  #drawn = 0

  constructor({ title, agentIds, terminal }: LiveViewOptions) {
    this.#title = title
    this.#agentIds = agentIds
    this.#terminal = terminal
    terminal.write(HIDE_CURSOR)
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS)
    this.#draw()
  }

  sent(mode: Mode): RunWatcher {
    const progress = new Progress(this.#agentIds, () => this.#draw())
    this.#modes.set(mode, { startMs: performance.now(), progress })
    return progress
  }

  done(mode: Mode, totalMs: number): void {
    const state = this.#modes.get(mode)
    if (state) this.#modes.set(mode, { ...state, totalMs })
    this.#draw()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#draw()
    this.#terminal.write(SHOW_CURSOR)
  }

  #draw(): void {
    const { ink, columns } = this.#terminal
    // One column short, as a full line would wrap and everything below it slip.
    const lines = this.#lines(columns - 1, ink)
    const up = this.#drawn > 0 ? `\x1b[${this.#drawn}A` : ''
    this.#terminal.write(up + lines.map(line => `${CLEAR_LINE}${line}\n`).join(''))
    this.#drawn = lines.length
  }

  #lines(width: number, ink: Ink): string[] {
    const streaming = this.#modes.get('streaming')
    const agents = streaming?.progress.agents ?? this.#agentIds.map(agentId => ({ agentId }))
    return [
      '',
      ink.bold(clipped(this.#title, width)),
      firstChunkLine(streaming, ink),
      ...agents.map(agent => agentLine(agent, width, ink)),
      blockingLine(this.#modes.get('blocking'), this.#agentIds.length, ink),
    ]
  }
}

function firstChunkLine(state: ModeState | undefined, ink: Ink): string {
  if (!state) return ink.dim('  streaming: warming up')
  const { firstChunkMs } = state.progress
  if (firstChunkMs !== undefined) return ink.bold(ink.green(`  streaming: first chunk at ${seconds(firstChunkMs)}`))
  return ink.dim(`  streaming: the model reads the prompt … ${elapsed(state)}`)
}

function blockingLine(state: ModeState | undefined, agents: number, ink: Ink): string {
  if (!state) return ink.dim('  blocking:  not sent yet')
  const { firstChunkMs } = state.progress
  if (firstChunkMs === undefined)
    return ink.yellow(`  blocking:  ${counted(agents, 'agent')} idle for ${elapsed(state)}`)
  return ink.bold(`  blocking:  the whole reply at ${seconds(firstChunkMs)}, for all ${agents} at once`)
}

function elapsed({ startMs, totalMs }: ModeState): string {
  return `${((totalMs ?? performance.now() - startMs) / 1000).toFixed(1)} s`
}
