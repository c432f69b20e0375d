import { LlmError } from '../../src/errors.ts'
import { type Completion, LlmClient, type LlmRequestOptions, readAll } from '../../src/llm/llm-client.ts'
import type { Prompt } from '../../src/prompt.ts'

/** One prompt that a `FedClient` was sent; the test writes the reply, piece by piece. */
export class FedCall {
  readonly prompt: Prompt
  readonly options: LlmRequestOptions
  /** Is the connection gone, for whatever reason? */
  closed = false
  readonly #pieces: (string | Error | Completion)[] = []
  #wake: () => void = () => {}

  constructor(prompt: Prompt, options: LlmRequestOptions) {
    this.prompt = prompt
    this.options = options
  }

  /** The agents of the prompt, in its order. */
  get agents(): string[] {
    const text = typeof this.prompt === 'string' ? this.prompt : this.prompt.map(({ content }) => content).join('\n')
    return [...text.matchAll(/^Agent ("(?:[^"\\]|\\.)*")/gmu)].map(([, id = '""']) => JSON.parse(id))
  }

  get promptText(): string {
    return JSON.stringify(this.prompt)
  }

  write(...pieces: string[]): this {
    return this.#add(...pieces)
  }

  fail(error: Error): void {
    this.#add(error)
  }

  finish(finishReason: 'stop' | 'length' = 'stop', usage: Completion['usage'] = {}): void {
    this.#add({ text: '', finishReason, usage, timings: { firstTextMs: 0, totalMs: 0 } })
  }

  async *stream(): AsyncGenerator<string, Completion, void> {
    const { signal } = this.options
    const wake = () => this.#wake()
    signal?.addEventListener('abort', wake)
    try {
      for (;;) {
        if (signal?.aborted) throw new LlmError('aborted', 'aborted', { cause: signal.reason })
        const piece = this.#pieces.shift()
        if (piece === undefined) {
          await new Promise<void>(resolve => {
            this.#wake = resolve
          })
        } else if (typeof piece === 'string') yield piece
        else if (piece instanceof Error) throw piece
        else return piece
      }
    } finally {
      signal?.removeEventListener('abort', wake)
      this.closed = true
    }
  }

  #add(...pieces: (string | Error | Completion)[]): this {
    this.#pieces.push(...pieces)
    this.#wake()
    return this
  }
}

/** A model that answers as the test says, when the test says so, or by itself through `answer`. */
export class FedClient extends LlmClient {
  readonly model = 'fed'
  readonly calls: FedCall[] = []
  readonly #answer: (call: FedCall, index: number) => void

  constructor(answer: (call: FedCall, index: number) => void = () => {}) {
    super()
    this.#answer = answer
  }

  override complete(prompt: Prompt, options?: LlmRequestOptions): Promise<Completion> {
    return readAll(this.completeStreaming(prompt, options))
  }

  override completeStreaming(
    prompt: Prompt,
    options: LlmRequestOptions = {},
  ): AsyncGenerator<string, Completion, void> {
    const call = new FedCall(prompt, options)
    this.calls.push(call)
    this.#answer(call, this.calls.length - 1)
    return call.stream()
  }

  /** The call of this number, from 0. */
  call(index: number): FedCall {
    const call = this.calls[index]
    if (!call) throw new Error(`the model was called ${this.calls.length} times`)
    return call
  }
}

/** Answers call after call: a string is a whole reply, an error breaks it; further calls get the last answer. */
export function answering(...answers: (string | Error | readonly [string, Error])[]): FedClient {
  return new FedClient((call, index) => {
    const answer = answers[Math.min(index, answers.length - 1)] ?? ''
    const [text, error] = typeof answer === 'string' ? [answer] : answer instanceof Error ? ['', answer] : answer
    if (text) call.write(...piecesOf(text))
    if (error) call.fail(error)
    else call.finish()
  })
}

/** The text in pieces about as long as a token. */
export function piecesOf(text: string, chars = 4): string[] {
  return text.match(new RegExp(`[^]{1,${chars}}`, 'g')) ?? []
}
