import type { AgentId } from 'planweave'
import { LineView } from './line-view.ts'
import type { RunWatcher } from './measured-run.ts'
import { LINES_BESIDE_AGENTS, RedrawnView } from './redrawn-view.ts'
import type { Terminal } from './terminal.ts'

export type Mode = 'blocking' | 'streaming'

/** Shows one pair of runs while they go on. */
export interface LiveView {
  /** The batch is sent now, in this mode. */
  sent(mode: Mode): RunWatcher
  /** This mode's run is over. */
  done(mode: Mode, totalMs: number): void
  /** Nothing more comes; what was drawn last stays. */
  close(): void
}

export interface LiveViewOptions {
  readonly title: string
  readonly agentIds: readonly AgentId[]
  readonly terminal: Terminal
  /** False: only how it ends, where lines can't be redrawn. */
  readonly detailed: boolean
}

/** On a window with room for them the agents' lines are redrawn in place; elsewhere each event is a line of its own. */
export function liveView(options: LiveViewOptions): LiveView {
  return redrawsInPlace(options.terminal, options.agentIds.length) ? new RedrawnView(options) : new LineView(options)
}

/** The cursor cannot go back to lines that have left the window. */
export function redrawsInPlace({ redraws, rows }: Terminal, agents: number): boolean {
  return redraws && agents + LINES_BESIDE_AGENTS < rows
}

const NOBODY: RunWatcher = { firstChunk() {}, firstStep() {}, plan() {} }

/** For output that machines read. */
export const NO_VIEW: LiveView = { sent: () => NOBODY, done() {}, close() {} }
