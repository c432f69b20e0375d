import { type Fault, GARBAGE_LINE } from './fault.ts'
import type { Answer, NativeReply, NativeText, NativeToolCall } from './native-reply.ts'

/** How one reply leaves: line by line, or whole at its end. Chat and generate differ in the fields only. */
export class ReplyWriter {
  readonly #response: Answer
  readonly #stream: boolean
  readonly #head: () => NativeReply
  readonly #fieldsOf: (text: string, calls?: readonly NativeToolCall[]) => NativeText
  readonly #errorsAreAlwaysLines: boolean
  readonly #fault: Fault['kind']
  #whole = ''
  readonly #calls: NativeToolCall[] = []

  constructor(
    response: Answer,
    stream: boolean,
    head: () => NativeReply,
    fieldsOf: (text: string, calls?: readonly NativeToolCall[]) => NativeText,
    errorsAreAlwaysLines: boolean,
    fault: Fault['kind'],
  ) {
    this.#response = response
    this.#stream = stream
    this.#head = head
    this.#fieldsOf = fieldsOf
    this.#errorsAreAlwaysLines = errorsAreAlwaysLines
    this.#fault = fault
  }

  async text(text: string, extra: NativeReply = {}): Promise<void> {
    if (this.#stream) await this.#response.line({ ...this.#head(), ...this.#fieldsOf(text), done: false, ...extra })
    else this.#whole += text
  }

  async call(call: NativeToolCall): Promise<void> {
    if (this.#stream) await this.#response.line({ ...this.#head(), ...this.#fieldsOf('', [call]), done: false })
    else this.#calls.push(call)
  }

  /** The line that makes a reply complete. */
  async last(figures: NativeReply): Promise<void> {
    const last = { ...this.#head(), ...this.#fieldsOf(this.#whole, this.#calls), done: true, ...figures }
    if (!this.#stream) return this.#response.json(200, last)
    await this.#response.line(last)
    if (this.#fault === 'double-done') await this.#response.line(last)
    if (this.#fault === 'after-done') {
      await this.text(' late')
      await this.#response.rawLine(GARBAGE_LINE)
    }
    this.#response.end()
  }

  /** The end without `done`. To the server that is no error, which is why clients must notice. */
  endSilently(): void {
    if (this.#stream) this.#response.end()
    else this.#response.json(200, { ...this.#head(), ...this.#fieldsOf(this.#whole, this.#calls), done: false })
  }

  /** Before the first line an error has a status; after it, it is a line. */
  async fail(status: number, message: string): Promise<void> {
    if (!this.#stream) return this.#response.json(status, { error: message })
    if (!this.#response.started && !this.#errorsAreAlwaysLines) return this.#response.streamError(status, message)
    await this.#response.line({ error: message })
    this.#response.end()
  }

  /** A line as it is, whatever it holds. */
  async rawLine(line: string): Promise<void> {
    if (this.#stream) await this.#response.rawLine(line)
  }

  /** A clean end in the middle of a line. */
  async cutLine(): Promise<void> {
    if (this.#stream) await this.#response.halfLine({ ...this.#head(), ...this.#fieldsOf(' cut'), done: false })
    this.endSilently()
  }

  reset(): Promise<void> {
    return this.#response.reset()
  }
}
