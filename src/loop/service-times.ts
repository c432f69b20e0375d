/**
 * How much each new figure counts. One that is shorter counts for more: what is usual is what the model takes while it is well,
 * and a bad hour must not make hanging requests look normal.
 */
const GAIN_SHORTER = 1 / 4
const GAIN_LONGER = 1 / 32

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
    const usual = this.#usual ?? mean
    this.#usual = usual + (mean < usual ? GAIN_SHORTER : GAIN_LONGER) * (mean - usual)
    this.#sum = 0
    this.#count = 0
  }
}
