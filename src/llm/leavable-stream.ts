import { Attempt } from './attempt.ts'
import type { Completion } from './llm-client.ts'

type TextStream = AsyncGenerator<string, Completion, void>

/**
 * A stream that can be left at once. A plain async generator queues `return()` behind the read that it is waiting for, which
 * would keep a server busy through minutes of prefill. Here `return()` and `throw()` abort the attempt first: the pending
 * `next()` then rejects with whatever `read` throws on an abort, and `return()` resolves right behind it.
 *
 * `read` runs from the first `next()` on. Everything it awaits must go through `attempt.wait` or obey `attempt.signal`.
 */
export function leavableStream(read: (attempt: Attempt) => TextStream): TextStream {
  const attempt = new Attempt()
  const stream = read(attempt)
  const leavable: TextStream = {
    next: () => stream.next(),
    return(value) {
      attempt.leave()
      return stream.return(value)
    },
    throw(error) {
      attempt.abort(error)
      return stream.throw(error)
    },
    [Symbol.asyncIterator]: () => leavable,
  }
  // What a platform gives every async generator beside that, such as disposal by `await using`, works by calling `return()`.
  return Object.setPrototypeOf(leavable, ASYNC_ITERATOR_PROTOTYPE)
}

export const ASYNC_ITERATOR_PROTOTYPE: object = Object.getPrototypeOf(
  Object.getPrototypeOf(async function* () {}.prototype),
)
