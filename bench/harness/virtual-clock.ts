import type { Clock } from 'planweave'

interface Timer {
  readonly atMs: number
  readonly fire: () => void
}

/** Time that jumps to whatever is due next: an hour of a simulated server takes as long as the program's own work. */
export class VirtualClock implements Clock {
  #nowMs = 0
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#nowMs
  }

  setTimer(ms: number, fire: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, ms), fire }
    this.#timers.add(timer)
    return () => {
      this.#timers.delete(timer)
    }
  }

  /** Lets time pass until the work is done. @throws Error when nothing is due and the work still waits */
  async runUntil<T>(work: Promise<T>): Promise<T> {
    const state = { done: false }
    const over = () => {
      state.done = true
    }
    work.then(over, over)
    for (;;) {
      // Every promise that can settle does, before time moves.
      await new Promise(resolve => setImmediate(resolve))
      if (state.done) return work
      const [first, ...others] = this.#timers
      if (!first) throw new Error('the work waits for something that no timer brings')
      const next = others.reduce((soonest, timer) => (timer.atMs < soonest.atMs ? timer : soonest), first)
      this.#timers.delete(next)
      this.#nowMs = next.atMs
      next.fire()
    }
  }
}
