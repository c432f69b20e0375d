interface Waiter {
  readonly priority: number
  readonly admit: () => void
  readonly evict: () => void
}

/** A place in the queue, then a slot. */
export interface Place {
  /** Gives up whichever it is, and lets the next one in. Once; again is harmless. */
  leave(): void
}

/**
 * A number of slots, and a bounded queue for those who find none: higher priority first, then whoever came first. When the queue is
 * full, the last of it makes room for somebody more important.
 */
export class SlotQueue {
  readonly #maxQueued: number
  #free: number
  /** In the order in which they get in. */
  readonly #waiting: Waiter[] = []

  constructor(slots: number, maxQueued: number) {
    this.#free = slots
    this.#maxQueued = maxQueued
  }

  get queued(): number {
    return this.#waiting.length
  }

  /** Calls either `admit` or `evict`, in this turn or later, unless the place is left before. */
  enter(priority: number, admit: () => void, evict: () => void): Place {
    if (this.#free > 0) {
      this.#free -= 1
      admit()
      return placeOf(() => this.#release())
    }
    let admitted = false
    const waiter: Waiter = {
      priority,
      admit: () => {
        admitted = true
        admit()
      },
      evict,
    }
    const behind = this.#waiting.findLastIndex(other => other.priority >= priority) + 1
    this.#waiting.splice(behind, 0, waiter)
    if (this.#waiting.length > this.#maxQueued) this.#waiting.pop()?.evict()
    return placeOf(() => {
      if (admitted) this.#release()
      else this.#remove(waiter)
    })
  }

  #release(): void {
    const next = this.#waiting.shift()
    if (next) next.admit()
    else this.#free += 1
  }

  #remove(waiter: Waiter): void {
    const index = this.#waiting.indexOf(waiter)
    if (index !== -1) this.#waiting.splice(index, 1)
  }
}

function placeOf(give: () => void): Place {
  let left = false
  return {
    leave() {
      if (left) return
      left = true
      give()
    },
  }
}
