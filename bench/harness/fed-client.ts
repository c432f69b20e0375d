import { type Completion, LlmClient, type Prompt, readAll } from 'planweave'
import { messagesOf } from '../../src/prompt.ts'
import { type guards, inTokens, replyFor } from './guards.ts'

/** A reply under way: how many of its pieces may leave, and how many have. */
interface Reply {
  readonly pieces: readonly string[]
  granted: number
  sent: number
  wake: () => void
}

/** A model that writes as many tokens as it is told to, shared among all its open replies; it never waits for real time. */
export class FedClient extends LlmClient {
  readonly model = 'fed'
  /** Pieces that were read. */
  sent = 0
  readonly #requests: ReadonlyMap<string, ReturnType<typeof guards>[number]>
  readonly #open = new Set<Reply>()
  #owed = 0

  constructor(requests: ReturnType<typeof guards>) {
    super()
    this.#requests = new Map(requests.map(request => [request.agentId, request]))
  }

  /** Writes this many tokens, a piece each and in turns; what no reply has room for is owed, and comes next time. */
  write(tokens: number): void {
    this.#owed += tokens
    const replies = [...this.#open].filter(reply => reply.granted < reply.pieces.length)
    while (this.#owed >= 1 && replies.length > 0) {
      for (let i = replies.length - 1; i >= 0 && this.#owed >= 1; i--) {
        const reply = replies[i]
        if (!reply) break
        reply.granted += 1
        this.#owed -= 1
        if (reply.granted === reply.pieces.length) replies.splice(i, 1)
      }
    }
    for (const reply of this.#open) if (reply.sent < reply.granted) reply.wake()
  }

  complete(prompt: Prompt): Promise<Completion> {
    return readAll(this.completeStreaming(prompt))
  }

  override async *completeStreaming(prompt: Prompt): AsyncGenerator<string, Completion, void> {
    const text = replyFor(this.#asked(prompt))
    const reply: Reply = { pieces: inTokens(text), granted: 0, sent: 0, wake: () => {} }
    this.#open.add(reply)
    try {
      for (const piece of reply.pieces) {
        if (reply.sent === reply.granted) {
          await new Promise<void>(resolve => {
            reply.wake = resolve
          })
        }
        reply.sent += 1
        this.sent += 1
        yield piece
      }
      return { text, finishReason: 'stop', usage: {}, timings: { firstTextMs: 0, totalMs: 0 } }
    } finally {
      this.#open.delete(reply)
    }
  }

  #asked(prompt: Prompt) {
    const text = messagesOf(prompt).at(-1)?.content ?? ''
    return [...text.matchAll(/^Agent "([^"]+)"/gm)].flatMap(([, id = '']) => this.#requests.get(id) ?? [])
  }
}
