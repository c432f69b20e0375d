import { type Completion, LlmClient, type Prompt, readAll } from 'planweave'
import { type Reading, ReadingStream, type TextTaker } from '../../src/llm/reading-stream.ts'
import { messagesOf } from '../../src/prompt.ts'
import { type guards, inTokens, replyFor } from './guards.ts'

/** A reply under way: how many of its pieces may leave, and how many have. */
class Reply implements Reading {
  readonly #text: string
  readonly #pieces: readonly string[]
  readonly #onSent: () => void
  readonly #onOver: (reply: Reply) => void
  #granted = 0
  #sent = 0
  #taker: TextTaker | undefined

  constructor(text: string, onSent: () => void, onOver: (reply: Reply) => void) {
    this.#text = text
    this.#pieces = inTokens(text)
    this.#onSent = onSent
    this.#onOver = onOver
  }

  get hasMore(): boolean {
    return this.#granted < this.#pieces.length
  }

  /** One more piece may leave. */
  grant(): void {
    this.#granted += 1
  }

  /** To whoever waits: one piece, and he asks for the next. */
  send(): void {
    const taker = this.#taker
    this.#taker = undefined
    if (taker) this.read(taker)
  }

  read(taker: TextTaker): void {
    const piece = this.#pieces[this.#sent]
    if (piece === undefined) {
      this.#onOver(this)
      const timings = { firstTextMs: 0, totalMs: 0 }
      taker.done({ text: this.#text, finishReason: 'stop', usage: {}, timings })
    } else if (this.#sent < this.#granted) {
      this.#sent += 1
      this.#onSent()
      taker.text(piece)
    } else this.#taker = taker
  }

  leave(): void {
    this.#taker = undefined
    this.#onOver(this)
  }
}

/**
 * A model that writes as many tokens as it is told to, shared among all its open replies; it never waits for real time. Its
 * streams are made as the clients' are, so that a piece costs here what it costs there.
 */
export class FedClient extends LlmClient {
  readonly model = 'fed'
  /** Pieces that were read. */
  sent = 0
  readonly #requests: ReadonlyMap<string, ReturnType<typeof guards>[number]>
  #open: readonly Reply[] = []
  readonly #onSent = () => {
    this.sent += 1
  }
  readonly #onOver = (reply: Reply) => {
    this.#open = this.#open.filter(open => open !== reply)
  }
  #owed = 0

  constructor(requests: ReturnType<typeof guards>) {
    super()
    this.#requests = new Map(requests.map(request => [request.agentId, request]))
  }

  /** Writes this many tokens, a piece each and in turns; what no reply has room for is owed, and comes next time. */
  write(tokens: number): void {
    this.#owed += tokens
    const replies = this.#open.filter(reply => reply.hasMore)
    while (this.#owed >= 1 && replies.length > 0) {
      for (let i = replies.length - 1; i >= 0 && this.#owed >= 1; i--) {
        const reply = replies[i]
        if (!reply) break
        reply.grant()
        this.#owed -= 1
        if (!reply.hasMore) replies.splice(i, 1)
      }
    }
    for (const reply of this.#open) reply.send()
  }

  complete(prompt: Prompt): Promise<Completion> {
    return readAll(this.completeStreaming(prompt))
  }

  override completeStreaming(prompt: Prompt): AsyncGenerator<string, Completion, void> {
    return new ReadingStream(() => {
      const reply = new Reply(replyFor(this.#asked(prompt)), this.#onSent, this.#onOver)
      this.#open = [...this.#open, reply]
      return reply
    })
  }

  #asked(prompt: Prompt) {
    const text = messagesOf(prompt).at(-1)?.content ?? ''
    return [...text.matchAll(/^Agent "([^"]+)"/gm)].flatMap(([, id = '']) => this.#requests.get(id) ?? [])
  }
}
