/** Numbers that look random and are the same for the same seeds. */
export class SeededRandom {
  #state: number

  constructor(...seeds: readonly (string | number)[]) {
    this.#state = hash(seeds.join('\u0000'))
  }

  /** From 0 up to, but not including, 1. */
  next(): number {
    // Mulberry32: one word of state, good enough for jitter and for made-up plans.
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }

  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  /** One of the list, or nothing of an empty one. */
  pick<T>(list: readonly T[]): T | undefined {
    return list[this.int(0, list.length - 1)]
  }

  /** Normally distributed around 0 with a deviation of 1. */
  gaussian(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()))
    return radius * Math.cos(2 * Math.PI * this.next())
  }

  hex(digits: number): string {
    return Array.from({ length: digits }, () => this.int(0, 15).toString(16)).join('')
  }
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}
