import type { OutlineSink } from './outline-sink.ts'
import { RAW_CHARS } from './raw-chars.ts'

/** Steps that belong to no plan: those that follow one another, however many, are one rejection. */
export class OrphanSteps {
  readonly #sink: OutlineSink
  #raw = ''
  #start = -1
  #end = 0

  constructor(sink: OutlineSink) {
    this.#sink = sink
  }

  add(text: string, start: number, end: number): void {
    if (this.#start === -1) this.#start = start
    this.#end = end
    if (this.#raw.length < RAW_CHARS) this.#raw += text.slice(0, RAW_CHARS)
  }

  /** What comes next is something else. */
  report(): void {
    if (this.#start === -1) return
    this.#sink.notAPlan('steps without an agent', this.#raw, this.#start, this.#end)
    this.#raw = ''
    this.#start = -1
  }
}
