/** Told when a lane is free, in the order of asking. It calls `take` again if it still wants one. */
export type LaneWaiter = () => void

/**
 * How many prompts may be on their way at once, over all runs of one executor. Runs take turns: who has just given a lane back
 * waits behind those who wait already.
 */
export class PromptLanes {
  readonly #size: number
  readonly #waiting = new Set<LaneWaiter>()
  #busy = 0
  #turn: LaneWaiter | undefined
  #offering = false

  constructor(size: number) {
    this.#size = size
  }

  /** A lane, to be given back; or false, and `waiter` is called when it is its turn. */
  take(waiter: LaneWaiter): boolean {
    if (this.#busy < this.#size && (this.#waiting.size === 0 || this.#turn === waiter)) {
      this.#busy += 1
      this.#turn = undefined
      return true
    }
    this.#waiting.add(waiter)
    return false
  }

  giveBack(): void {
    this.#busy -= 1
    if (this.#waiting.size === 0 || this.#offering) return
    this.#offering = true
    // Later, because whoever gives back is in the middle of something, and the next one's listeners may look at it.
    queueMicrotask(() => this.#offer())
  }

  /** For who wants none any more. */
  leave(waiter: LaneWaiter): void {
    this.#waiting.delete(waiter)
  }

  #offer(): void {
    this.#offering = false
    for (const waiter of this.#waiting) {
      if (this.#busy >= this.#size) return
      this.#waiting.delete(waiter)
      this.#turn = waiter
      waiter()
      this.#turn = undefined
    }
  }
}
