import { RAW_CHARS } from './raw-chars.ts'

/**
 * The texts of a plan's steps and of what stands between them, for the report of a refused plan: capped, and put together only then,
 * because hardly any plan is refused. One list serves plan after plan.
 */
export class StepTexts {
  readonly #texts: string[] = []
  #count = 0
  #chars = 0

  /** Another plan's steps begin. */
  clear(): void {
    this.#count = 0
    this.#chars = 0
  }

  add(text: string): void {
    if (this.#chars >= RAW_CHARS) return
    this.#texts[this.#count++] = text
    this.#chars += text.length
  }

  joined(): string {
    return this.#texts.slice(0, this.#count).join('')
  }
}
