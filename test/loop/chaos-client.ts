import type { Clock } from '../../src/clock.ts'
import { LlmError } from '../../src/errors.ts'
import { type Completion, LlmClient, type LlmRequestOptions, readAll } from '../../src/llm/llm-client.ts'
import { messagesOf, type Prompt } from '../../src/prompt.ts'
import type { SeededRandom } from './seeded-random.ts'

type Fault =
  | 'none'
  | 'overloaded'
  | 'hangs'
  | 'cut'
  | 'garbage'
  | 'prose'
  | 'strangers'
  | 'repeats'
  | 'leaves-out'
  | 'illegal'

const PIECE_CHARS = 60

/** A model with good and bad days: while `healthy`, it answers in time and in form; otherwise it does whatever models do. */
export class ChaosClient extends LlmClient {
  readonly model = 'chaos'
  healthy = true
  /** Streams that nobody has ended yet. */
  open = 0
  readonly #random: SeededRandom
  readonly #clock: Clock

  constructor(random: SeededRandom, clock: Clock) {
    super()
    this.#random = random
    this.#clock = clock
  }

  override complete(prompt: Prompt, options?: LlmRequestOptions): Promise<Completion> {
    return readAll(this.completeStreaming(prompt, options))
  }

  override async *completeStreaming(
    prompt: Prompt,
    { signal }: LlmRequestOptions = {},
  ): AsyncGenerator<string, Completion, void> {
    this.open += 1
    try {
      const fault = this.healthy ? 'none' : this.#fault()
      await this.#wait(fault === 'hangs' ? 1e9 : this.#random.between(100, 500), signal)
      if (fault === 'overloaded') throw new LlmError('overloaded', 'too many requests', { status: 429 })
      const text = this.#reply(agentsOf(prompt), fault)
      const end = fault === 'cut' ? this.#random.between(0, text.length) : text.length
      for (let from = 0; from < end; from += PIECE_CHARS) {
        yield text.slice(from, Math.min(from + PIECE_CHARS, end))
        await this.#wait(this.#random.between(1, fault === 'none' ? 10 : 200), signal)
      }
      if (fault === 'cut') throw new LlmError('truncated', 'the reply was cut')
      return { text, finishReason: 'stop', usage: {}, timings: { firstTextMs: 0, totalMs: 0 } }
    } finally {
      this.open -= 1
    }
  }

  #fault(): Fault {
    return this.#random.pick<Fault>(
      'none',
      'overloaded',
      'hangs',
      'cut',
      'garbage',
      'prose',
      'strangers',
      'repeats',
      'leaves-out',
      'illegal',
    )
  }

  #reply(agents: readonly string[], fault: Fault): string {
    if (fault === 'garbage') return `]}{"plans":[{"agent":${'['.repeat(50)}"steps":,,\u0000`
    if (fault === 'prose') return 'As a language model, I would rather not. {as asked} [3] Have a nice day!'
    const plans = agents.map(agent => ({ agent, steps: this.#steps(fault) }))
    if (fault === 'strangers') plans.unshift({ agent: 'nobody-knows', steps: this.#steps('none') })
    if (fault === 'repeats') plans.push(...plans)
    if (fault === 'leaves-out') plans.splice(0, 1 + (plans.length >> 1))
    return JSON.stringify({ plans })
  }

  #steps(fault: Fault): object[] {
    return Array.from({ length: this.#random.between(1, 4) }, () => this.#step(fault))
  }

  #step(fault: Fault): object {
    if (fault === 'illegal' && this.#random.chance(0.5))
      return this.#random.pick({ act: 'Fly' }, { act: 'MoveTo', x: 'far' })
    return this.#random.pick<object>(
      { act: 'MoveTo', x: this.#random.between(0, 9) },
      { act: 'Attack', target: this.#random.pick('orc', 'rat') },
      { act: 'Aim' },
      { act: 'Climb' },
      { act: 'Wait' },
    )
  }

  #wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        cancel()
        reject(new LlmError('aborted', 'aborted', { cause: signal?.reason }))
      }
      if (signal?.aborted) return reject(new LlmError('aborted', 'aborted', { cause: signal.reason }))
      const cancel = this.#clock.setTimer(ms, () => {
        signal?.removeEventListener('abort', leave)
        resolve()
      })
      signal?.addEventListener('abort', leave, { once: true })
    })
  }
}

/** The agents of a prompt, in its order. */
function agentsOf(prompt: Prompt): string[] {
  const text = messagesOf(prompt)
    .map(({ content }) => content)
    .join('\n')
  return [...text.matchAll(/^Agent ("(?:[^"\\]|\\.)*")/gmu)].map(([, id = '""']) => JSON.parse(id))
}
