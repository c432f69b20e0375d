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
    this.#iterator.next().then(
      read => (read.done ? taker.ended() : taker.bytes(read.value)),
      error => taker.broke(error),
    )
  }
}
