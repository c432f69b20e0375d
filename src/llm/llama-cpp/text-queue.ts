/**
 * From an engine that calls back to a reader that asks. What arrives while nobody asks is handed over together; how it ended comes
 * behind the last text.
 */
export class TextQueue<End> {
  #text = ''
  #outcome: { readonly end: End } | { readonly error: unknown } | undefined
  #wake: (() => void) | undefined

  push(text: string): void {
    this.#text += text
    this.#wake?.()
  }

  end(end: End): void {
    this.#outcome ??= { end }
    this.#wake?.()
  }

  fail(error: unknown): void {
    this.#outcome ??= { error }
    this.#wake?.()
  }

  /** The next text, or the end. Rejects with what `fail` was given. One call at a time. */
  async next(): Promise<{ readonly text: string } | { readonly end: End }> {
    while (true) {
      if (this.#text) {
        const text = this.#text
        this.#text = ''
        return { text }
      }
      const outcome = this.#outcome
      if (outcome && 'error' in outcome) throw outcome.error
      if (outcome) return outcome
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}
