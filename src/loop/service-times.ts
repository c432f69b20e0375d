/** Each new figure counts for an eighth, as in TCP's estimate of a round trip: about the last ten decide. */
const GAIN = 1 / 8

/**
 * How long the model takes, in ticks, as far as it was observed. What comes in between two ticks is counted together, so that
 * its order means nothing.
 */
export class ServiceTimes {
  #usual: number | undefined
  #sum = 0
  #count = 0

  /** `undefined` until one was observed. */
  get usual(): number | undefined {
    return this.#usual
  }

  add(ticks: number): void {
    this.#sum += ticks
    this.#count += 1
  }

  /** Takes in what was added since the last call. */
  settle(): void {
    if (this.#count === 0) return
    const mean = this.#sum / this.#count
    this.#usual = this.#usual === undefined ? mean : this.#usual + GAIN * (mean - this.#usual)
    this.#sum = 0
    this.#count = 0
  }
}
