import type { Clock } from '../clock.ts'

/** Milliseconds; `Infinity` for no limit. */
export interface DeadlineLimits {
  readonly firstTextMs: number
  readonly idleMs: number
  readonly totalMs: number
}

/** The deadline that passed, what was configured, and what elapsed. */
export interface Expiry {
  readonly code: 'timeout-first-text' | 'timeout-idle' | 'timeout-total'
  readonly limitMs: number
  readonly elapsedMs: number
}

/** The longest time that the platform's timers can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1
/** A timer that is later than this says that the program stood still: in a debugger, or while it loaded a level. */
const LATE_MS = 20
/** Enough for what came meanwhile to be read. */
const CATCH_UP_MS = 20

/**
 * The three deadlines of one reply, on one timer. Text only moves a number; the timer, when it fires too early, is set again for
 * what is left. Only the server's time counts as idle: while the reader is busy with what it got, that deadline stands still. A
 * program that stood still first reads what the server sent meanwhile.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #limits: DeadlineLimits
  readonly #expire: () => void
  readonly #startedAt: number
  /** When the wait for text began; absent while the reader is busy. */
  #waitingSince: number | undefined
  #sawText = false
  /** The timer is set for no later than the idle deadline, which moves further away with each text. */
  #coversIdle = false
  #cancelTimer: (() => void) | undefined
  #catchesUp = false
  #stopped = false
  #expiry: Expiry | undefined

  /** Counts from now on. Calls `expire` once, when the first deadline passes after `watch`; `expiry` then tells which. */
  constructor(clock: Clock, limits: DeadlineLimits, expire: () => void) {
    this.#clock = clock
    this.#limits = limits
    this.#expire = expire
    this.#startedAt = clock.now()
    this.#waitingSince = this.#startedAt
  }

  /** Sets the timer: when the request is on its way, as that takes as long as to write it. */
  watch(): void {
    this.#arm()
  }

  get expiry(): Expiry | undefined {
    return this.#expiry
  }

  /** Text has arrived and goes to the reader. */
  textArrived(): void {
    this.#sawText = true
    this.#waitingSince = undefined
  }

  /** The reader wants more: idle time starts anew. */
  waitForText(): void {
    this.#waitingSince = this.#clock.now()
    if (!this.#coversIdle) this.#arm()
  }

  stop(): void {
    this.#stopped = true
    this.#cancelTimer?.()
  }

  /** When the next one passes. */
  #dueAt(): number {
    const { firstTextMs, idleMs, totalMs } = this.#limits
    const totalAt = this.#startedAt + totalMs
    if (this.#waitingSince === undefined) return totalAt
    return Math.min(this.#waitingSince + (this.#sawText ? idleMs : firstTextMs), totalAt)
  }

  #nameOf(dueAt: number, now: number): Expiry {
    const { firstTextMs, idleMs, totalMs } = this.#limits
    const since = this.#waitingSince
    if (since === undefined || dueAt === this.#startedAt + totalMs) {
      return { code: 'timeout-total', limitMs: totalMs, elapsedMs: now - this.#startedAt }
    }
    return this.#sawText
      ? { code: 'timeout-idle', limitMs: idleMs, elapsedMs: now - since }
      : { code: 'timeout-first-text', limitMs: firstTextMs, elapsedMs: now - since }
  }

  #arm(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#catchesUp = false
    if (this.#stopped) return
    const at = this.#dueAt()
    this.#coversIdle = this.#sawText && this.#waitingSince !== undefined
    if (at === Number.POSITIVE_INFINITY) return
    const ms = Math.min(Math.max(0, at - this.#clock.now()), MAX_TIMER_MS)
    this.#cancelTimer = this.#clock.setTimer(ms, () => this.#check())
  }

  #check(): void {
    if (this.#stopped) return
    const at = this.#dueAt()
    const now = this.#clock.now()
    if (now < at) {
      this.#arm()
      return
    }
    if (now - at > LATE_MS && !this.#catchesUp) {
      this.#catchesUp = true
      this.#cancelTimer = this.#clock.setTimer(CATCH_UP_MS, () => this.#check())
      return
    }
    this.stop()
    this.#expiry = this.#nameOf(at, now)
    this.#expire()
  }
}
