import { FifoGate } from './fifo-gate.ts'

/** A place where one reply at a time is written. It keeps the tokens it last held, prompt and reply. */
export class Slot {
  tokens: string[] = []
  lastUsed = 0
}

/** The slots of one loaded model, taken in the order of asking. */
export class SlotPool {
  readonly #gate: FifoGate
  #idle: Slot[]
  #size: number
  #uses = 0

  constructor(size: number) {
    this.#gate = new FifoGate(size)
    this.#size = size
    this.#idle = Array.from({ length: size }, () => new Slot())
  }

  /** How many replies are being worked on. */
  get active(): number {
    return this.#size - this.#idle.length
  }

  /** A slot, once there is one: the one that shares most with the prompt, if that is over a tenth; else the least recently used. */
  async take(prompt: readonly string[], signal: AbortSignal): Promise<Slot> {
    await this.#gate.enter(signal)
    const slot = this.#bestFor(prompt)
    this.#idle = this.#idle.filter(other => other !== slot)
    return slot
  }

  giveBack(slot: Slot): void {
    slot.lastUsed = ++this.#uses
    this.#idle.push(slot)
    this.#gate.leave()
  }

  #bestFor(prompt: readonly string[]): Slot {
    const [first = new Slot(), ...others] = this.#idle
    const oldest = others.reduce((best, slot) => (slot.lastUsed < best.lastUsed ? slot : best), first)
    let best = oldest
    let shared = Math.floor(prompt.length / 10)
    for (const slot of this.#idle) {
      const common = commonPrefix(slot.tokens, prompt)
      if (common > shared) {
        best = slot
        shared = common
      }
    }
    return best
  }
}

/** How many tokens both begin with. */
export function commonPrefix(a: readonly string[], b: readonly string[]): number {
  const end = Math.min(a.length, b.length)
  let i = 0
  while (i < end && a[i] === b[i]) i++
  return i
}
