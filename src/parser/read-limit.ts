import type { Capture } from './capture.ts'
import type { PlanOutline } from './plan-outline.ts'
import { WhitespaceRun } from './whitespace-run.ts'

export interface ScannerLimits {
  readonly replyChars: number
  readonly elementChars: number
  readonly whitespaceRun: number
}

/** How far may be read. */
export class ReadLimit {
  halted = false
  readonly #outline: PlanOutline
  readonly #capture: Capture
  readonly #limits: ScannerLimits
  readonly #onLimit: (limit: keyof ScannerLimits, at: number) => void
  readonly #spaces: WhitespaceRun
  #planStart = -1

  constructor(
    outline: PlanOutline,
    capture: Capture,
    limits: ScannerLimits,
    onLimit: (limit: keyof ScannerLimits, at: number) => void,
  ) {
    this.#outline = outline
    this.#capture = capture
    this.#limits = limits
    this.#onLimit = onLimit
    this.#spaces = new WhitespaceRun(limits.whitespaceRun)
    capture.limitTo(limits.replyChars)
  }

  /** Nothing that comes after is read. */
  halt(): void {
    this.halted = true
    this.#capture.limitTo(0)
  }

  /** After each call that may open or close a plan: the next limit may be another. */
  check(): void {
    const start = this.#outline.planStart
    if (start === this.#planStart || this.halted) return
    this.#planStart = start
    const { replyChars, elementChars } = this.#limits
    this.#capture.limitTo(start === -1 ? replyChars : Math.min(replyChars, start + elementChars))
  }

  /** Counts the white space at `at`: is that one too many? */
  isFlood(at: number): boolean {
    if (!this.#spaces.isOver(at)) return false
    this.#onLimit('whitespaceRun', at)
    return true
  }

  /** The end was reached before the piece's. */
  exceed(at: number): void {
    this.#onLimit(at >= this.#limits.replyChars ? 'replyChars' : 'elementChars', at)
  }
}
