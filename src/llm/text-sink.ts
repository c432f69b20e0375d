import type { Completion } from './llm-client.ts'

/** Whoever reads a reply by callbacks: a promise for each piece of text would cost as much as all else that is done with it. */
export interface TextSink {
  /** The next piece. Does it take more? Nothing is told to it after it does not. */
  text(piece: string): boolean
  /** The end, told once: this one or `failed`. */
  done(completion: Completion): void
  failed(error: unknown): void
}
