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
  /** Where reading has to stop, in the piece: its end, or a limit. */
  stop = 0
  halted = false
  readonly #outline: PlanOutline
  readonly #capture: Capture
  readonly #limits: ScannerLimits
  readonly #onLimit: (limit: keyof ScannerLimits, at: number) => void
  readonly #spaces: WhitespaceRun
  /** Where in the reply the next limit lies. */
  #end: number
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
    this.#end = limits.replyChars
  }

  /** Nothing that comes after is read. */
  halt(): void {
    this.halted = true
    this.#end = 0
    this.stop = 0
  }

  /** A piece of `length` characters begins, at `offset` in the reply. */
  start(length: number, offset: number): void {
    const left = this.#end - offset
    // A plan may be known to be one only after its limit was passed.
    this.stop = length <= left ? length : Math.max(0, left)
  }

  /** After each call that may open or close a plan: the next limit may be another. */
  check(): void {
    const start = this.#outline.planStart
    if (start === this.#planStart || this.halted) return
    this.#planStart = start
    const { replyChars, elementChars } = this.#limits
    this.#end = start === -1 ? replyChars : Math.min(replyChars, start + elementChars)
    this.start(this.#capture.piece.length, this.#capture.offset)
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
