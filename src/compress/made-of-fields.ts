import type { Json } from '../world.ts'

/** What was made of each field of an object, for as long as the field holds the very same value. Such values never change inside. */
export class MadeOfFields<T> {
  #before = new Map<string, Made<T>>()
  #now = new Map<string, Made<T>>()

  of(key: string, value: Json, make: () => T): T {
    const last = this.#now.get(key) ?? this.#before.get(key)
    const made = last && last.value === value ? last : { value, made: make() }
    this.#now.set(key, made)
    return made.made
  }

  /** The fields that were not asked for since the last time are forgotten. */
  forgetOthers(): void {
    this.#before = this.#now
    this.#now = new Map()
  }
}

interface Made<T> {
  readonly value: Json
  readonly made: T
}
