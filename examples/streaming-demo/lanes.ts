import type { HermesOllamaClient } from 'planweave'
import type { Tokens } from './measured-run.ts'

/** A server to measure on. */
export interface Lane {
  readonly client: HermesOllamaClient
  /** Takes the model out of the server's memory. */
  unload(signal: AbortSignal): Promise<void>
  /** A run begins. What it returns tells the tokens since then, when the server keeps such a count. */
  beginRun(): () => Tokens
}

/** Where each kind of run is measured. */
export interface Lanes {
  /** Each has a server of its own, so that runs can go on at the same time. */
  readonly concurrent: boolean
  readonly blocking: Lane
  readonly streaming: Lane
  readonly cold: Lane
  close(): Promise<void>
}
