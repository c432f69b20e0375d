import { BurstBody } from './burst-body.ts'

/** Whoever reads a body. Each `take` is answered by one call of one of these. */
export interface BurstTaker {
  /** What has arrived since the last time. */
  bytes(bytes: Uint8Array): void
  /** All of it is here. */
  ended(): void
  /** The connection broke. */
  broke(error: unknown): void
}

/** A body that is read by callbacks: a promise for each line of a reply would cost as much as reading it. */
export interface Bursts {
  /** Answers at once if there is something to tell. One at a time. */
  take(taker: BurstTaker): void
}

/** Any transport's body. Those of ours in Node come as bursts; others take a promise for each read. */
export function burstsOf(body: AsyncIterable<Uint8Array>): Bursts {
  return body instanceof BurstBody ? body : new IteratedBursts(body[Symbol.asyncIterator]())
}

class IteratedBursts implements Bursts {
  readonly #iterator: AsyncIterator<Uint8Array>

  constructor(iterator: AsyncIterator<Uint8Array>) {
    this.#iterator = iterator
  }

  take(taker: BurstTaker): void {
    // Two handlers of one `then`: what a taker throws is no failure of the body.
    this.#next().then(
      read => {
        if (read.done) taker.ended()
        // What the types promise, and a program without types may break.
        else if (ArrayBuffer.isView(read.value)) taker.bytes(read.value)
        else taker.broke(new TypeError(`the body of a response must come as Uint8Array, not as ${kindOf(read.value)}`))
      },
      error => taker.broke(error),
    )
  }

  /** Also of an iterator that throws where it should reject. */
  #next(): Promise<IteratorResult<Uint8Array>> {
    try {
      return Promise.resolve(this.#iterator.next())
    } catch (error) {
      return Promise.reject(error)
    }
  }
}

function kindOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'object') : typeof value
}
