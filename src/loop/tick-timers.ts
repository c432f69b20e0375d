/** Who is to be looked at in which tick. One entry per item, however often it is moved, so that nothing piles up. */
export class TickTimers<T> {
  readonly #itemsByTime = new Map<number, Set<T>>()
  readonly #timeByItem = new Map<T, number>()

  get size(): number {
    return this.#timeByItem.size
  }

  /** Moves the item to this time; `Infinity` takes it out. */
  set(item: T, time: number): void {
    if (this.#timeByItem.get(item) === time) return
    this.delete(item)
    if (time === Number.POSITIVE_INFINITY) return
    this.#timeByItem.set(item, time)
    const items = this.#itemsByTime.get(time)
    if (items) items.add(item)
    else this.#itemsByTime.set(time, new Set([item]))
  }

  delete(item: T): void {
    const time = this.#timeByItem.get(item)
    if (time === undefined) return
    this.#timeByItem.delete(item)
    const items = this.#itemsByTime.get(time)
    items?.delete(item)
    if (items?.size === 0) this.#itemsByTime.delete(time)
  }

  /** Takes out, and returns, what is due at exactly this time. */
  take(time: number): ReadonlySet<T> | undefined {
    const items = this.#itemsByTime.get(time)
    if (!items) return undefined
    this.#itemsByTime.delete(time)
    for (const item of items) this.#timeByItem.delete(item)
    return items
  }

  clear(): void {
    this.#itemsByTime.clear()
    this.#timeByItem.clear()
  }
}
