import { followAbort } from './follow-abort.ts'

/**
 * One call of a model, for as long as it lasts. It ends early when the caller's signal aborts, when its stream is left, or when
 * a deadline passes; whoever waits for anything is let go in that moment, whether or not that thing obeys `signal`.
 */
export class Attempt {
  /** Made for the first who asks for the signal: a reply that is read by callbacks needs none, and both cost more than the rest of it. */
  #controller: AbortController | undefined
  #unfollow: (() => void) | undefined
  #cause: unknown
  #aborted = false
  #letGo: ((reason: unknown) => void) | undefined
  #tell: (() => void) | undefined

  /** Aborts with this attempt. For transports and inner calls. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#aborted) this.#controller.abort()
    }
    return this.#controller.signal
  }

  get aborted(): boolean {
    return this.#aborted
  }

  /** Why it was aborted: the caller's `signal.reason` as it is, which may be any value. */
  get cause(): unknown {
    if (this.#cause === LEFT) this.#cause = new DOMException('the stream was left before its end', 'AbortError')
    return this.#cause
  }

  /** Follows the caller's signal until `end()`. */
  begin(caller: AbortSignal | undefined): void {
    if (caller) this.#unfollow = followAbort(caller, reason => this.abort(reason))
  }

  /** Aborts because its stream is left. Why is put into words, which cost a stack trace, for who asks. */
  leave(): void {
    this.abort(LEFT)
  }

  abort(cause: unknown): void {
    if (this.#aborted) return
    this.#aborted = true
    this.#cause = cause
    // Our own signal gets the platform's reason, because streams choke on reasons that are not errors.
    this.#controller?.abort()
    if (this.#letGo) this.#letGo(this.signal.reason)
    this.#tell?.()
  }

  /** Like `await promise`, but rejects as soon as the attempt is aborted. One wait at a time; no listener per wait. */
  wait<T>(promise: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(resolve, reject)
      if (this.#aborted) reject(this.signal.reason)
      else this.#letGo = reject
    })
  }

  /** Calls `tell` when the attempt is aborted, in that turn; at once if it is already. For one who is to be told. */
  whenAborted(tell: () => void): void {
    this.#tell = tell
    if (this.#aborted) tell()
  }

  /** Leaves nothing behind on the caller's signal, which may outlive thousands of attempts. */
  end(): void {
    this.#unfollow?.()
    this.#letGo = undefined
    this.#tell = undefined
  }
}

const LEFT = Symbol('left')
