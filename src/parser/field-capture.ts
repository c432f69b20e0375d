import { Capture } from './capture.ts'

/** A capture that shows what is taken from it, once and in the order written; on demand, what is only held so far as well. */
export class FieldCapture extends Capture {
  readonly #show: (text: string) => void
  /** How much of the text since the last cut was shown. */
  #shown = 0
  /** What is held and was not shown. */
  #fresh = ''

  constructor(show: (text: string) => void) {
    super()
    this.#show = show
  }

  showHeld(): void {
    const text = this.#fresh
    if (text === '') return
    this.#fresh = ''
    this.#shown += text.length
    this.#show(text)
  }

  override add(text: string): void {
    super.add(text)
    this.#fresh += text
  }

  override take(end: number): string {
    const text = super.take(end)
    const unseen = text.slice(this.#shown)
    this.#forget()
    if (unseen !== '') this.#show(unseen)
    return text
  }

  override drop(end: number): void {
    super.drop(end)
    this.#forget()
  }

  #forget(): void {
    this.#shown = 0
    this.#fresh = ''
  }
}
