import type { Clock } from '../../clock.ts'

/** How often to ask whether somebody else has given a slot back, which nothing tells. */
const RETRY_MS = 20

interface Waiter<Slot> {
  readonly take: (slot: Slot) => void
  readonly fail: (error: unknown) => void
}

/**
 * Slots that are opened when they are needed and then kept, each with one job at a time. Jobs wait in line. The slot that was used
 * last is used first, since it has most likely read the prompt's first part already.
 */
export class SlotPool<Slot> {
  readonly #open: () => Slot | undefined
  readonly #clock: Clock
  readonly #slots = new Set<Slot>()
  readonly #idle: Slot[] = []
  readonly #waiters = new Set<Waiter<Slot>>()
  #cancelRetry: (() => void) | undefined
  #closed: { readonly reason: unknown; readonly settle: () => void } | undefined

  /** `open` returns nothing while there is no room for another slot. */
  constructor(open: () => Slot | undefined, clock: Clock) {
    this.#open = open
    this.#clock = clock
  }

  /** Slots in use, and jobs in line. */
  get load(): { readonly busy: number; readonly waiting: number } {
    return { busy: this.#slots.size - this.#idle.length, waiting: this.#waiters.size }
  }

  /**
   * Runs a job on a slot of its own, and rejects as it does. An abort takes a job that waits out of the line; a running one
   * keeps its slot until it has settled.
   */
  async use<Result>(signal: AbortSignal, job: (slot: Slot) => Promise<Result>): Promise<Result> {
    const slot = await this.#acquire(signal)
    try {
      signal.throwIfAborted()
      return await job(slot)
    } finally {
      this.#release(slot)
    }
  }

  /** Every job in line fails with `reason`, and so does every later one. Resolves with the slots, once no job runs. */
  async close(reason: unknown): Promise<readonly Slot[]> {
    this.#cancelRetry?.()
    const settled = new Promise<void>(settle => {
      this.#closed = { reason, settle }
    })
    for (const waiter of [...this.#waiters]) waiter.fail(reason)
    if (this.load.busy > 0) await settled
    return [...this.#slots]
  }

  #acquire(signal: AbortSignal): Promise<Slot> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) throw signal.reason
      if (this.#closed) throw this.#closed.reason
      const slot = this.#waiters.size === 0 ? (this.#idle.pop() ?? this.#openSlot()) : undefined
      if (slot !== undefined) {
        resolve(slot)
        return
      }
      const leave = () => {
        this.#waiters.delete(waiter)
        signal.removeEventListener('abort', abort)
      }
      const waiter: Waiter<Slot> = {
        take: slot => {
          leave()
          resolve(slot)
        },
        fail: error => {
          leave()
          reject(error)
        },
      }
      const abort = () => waiter.fail(signal.reason)
      signal.addEventListener('abort', abort)
      this.#waiters.add(waiter)
      this.#retryLater()
    })
  }

  #openSlot(): Slot | undefined {
    const slot = this.#open()
    if (slot !== undefined) this.#slots.add(slot)
    return slot
  }

  #release(slot: Slot): void {
    const [next] = this.#waiters
    if (next) next.take(slot)
    else this.#idle.push(slot)
    if (this.load.busy === 0) this.#closed?.settle()
  }

  /** Only while every slot is somebody else's: one of ours comes back by `#release`. */
  #retryLater(): void {
    if (this.#cancelRetry || this.#slots.size > 0) return
    this.#cancelRetry = this.#clock.setTimer(RETRY_MS, () => {
      this.#cancelRetry = undefined
      const [next] = this.#waiters
      if (!next) return
      let slot: Slot | undefined
      try {
        slot = this.#openSlot()
      } catch (error) {
        next.fail(error)
      }
      if (slot !== undefined) next.take(slot)
      this.#retryLater()
    })
  }
}
