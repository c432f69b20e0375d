import type { Clock } from '../clock.ts'

interface Timer {
  readonly at: number
  readonly fire: () => void
}

/** A clock that moves only when a test says so. */
export class ManualClock implements Clock {
  #now: number
  #timers: Timer[] = []

  constructor(startMs = 0) {
    this.#now = startMs
  }

  now(): number {
    return this.#now
  }

  setTimer(ms: number, fire: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), fire }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer)
    }
  }

  /** Timers that have neither fired nor been cancelled: 0 when nothing leaks. */
  get pending(): number {
    return this.#timers.length
  }

  /** Moves time on, firing what falls due in order of time; timers set meanwhile count too. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let timer = this.#nextUntil(end); timer; timer = this.#nextUntil(end)) this.#fire(timer)
    this.#now = end
  }

  /** Like `advance`, but lets promises and sockets go on before the first timer and after each one. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#now + ms
    await settled()
    for (let timer = this.#nextUntil(end); timer; timer = this.#nextUntil(end)) {
      this.#fire(timer)
      await settled()
    }
    this.#now = end
  }

  #nextUntil(end: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) if (timer.at <= end && (!next || timer.at < next.at)) next = timer
    return next
  }

  #fire(timer: Timer): void {
    this.#timers = this.#timers.filter(other => other !== timer)
    this.#now = timer.at
    timer.fire()
  }
}

/** One turn of the event loop: every promise that could settle has. */
function settled(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 0))
}
