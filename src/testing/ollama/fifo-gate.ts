/** Lets so many in at once; the others wait in the order they came. */
export class FifoGate {
  #free: number
  #waiting: (() => void)[] = []

  constructor(capacity: number) {
    this.#free = capacity
  }

  /** Resolves once there is room; who is let in must `leave`. Rejects with the signal's reason, and gives up the place. */
  enter(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason)
    if (this.#free > 0) {
      this.#free--
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting = this.#waiting.filter(other => other !== letIn)
        reject(signal.reason)
      }
      const letIn = () => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      this.#waiting.push(letIn)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free++
  }
}
