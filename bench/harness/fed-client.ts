import { type Completion, LlmClient, type Prompt, readAll } from 'planweave'
import { type Reading, ReadingStream, type TextTaker } from '../../src/llm/reading-stream.ts'
import { messagesOf } from '../../src/prompt.ts'
import { type guards, inTokens, planFor } from './guards.ts'

/** A reply under way: how many of its pieces may leave, and how many have. */
class Reply implements Reading {
  readonly #parts: readonly (readonly string[])[]
  readonly #length: number
  readonly #onSent: () => void
  readonly #onOver: (reply: Reply) => void
  #granted = 0
  #sent = 0
  /** The part that the next piece is of, and its place in there. */
  #part = 0
  #place = 0
  #taker: TextTaker | undefined

  constructor(parts: readonly (readonly string[])[], onSent: () => void, onOver: (reply: Reply) => void) {
    this.#parts = parts
    this.#length = parts.reduce((sum, pieces) => sum + pieces.length, 0)
    this.#onSent = onSent
    this.#onOver = onOver
  }

  get hasMore(): boolean {
    return this.#granted < this.#length
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
    if (this.#sent === this.#length) {
      this.#onOver(this)
      const timings = { firstTextMs: 0, totalMs: 0 }
      taker.done({ text: this.#parts.flat().join(''), finishReason: 'stop', usage: {}, timings })
    } else if (this.#sent < this.#granted) {
      this.#sent += 1
      this.#onSent()
      taker.text(this.#next())
    } else this.#taker = taker
  }

  #next(): string {
    const pieces = this.#parts[this.#part] ?? []
    const piece = pieces[this.#place] ?? ''
    this.#place += 1
    if (this.#place === pieces.length) {
      this.#part += 1
      this.#place = 0
    }
    return piece
  }

  leave(): void {
    this.#taker = undefined
    this.#onOver(this)
  }
}

/** What the model writes for one agent, in tokens. */
interface WrittenPlan {
  /** At the beginning of a reply, and after another plan. */
  readonly first: readonly string[]
  readonly next: readonly string[]
}

/**
 * A model that writes as many tokens as it is told to, shared among all its open replies; it never waits for real time. Its
 * streams are made as the clients' are, so that a piece costs here what it costs there. What it writes is there before it is asked:
 * a server's own work, and its garbage, would not be done by the game's process.
 */
export class FedClient extends LlmClient {
  readonly model = 'fed'
  /** Pieces that were read. */
  sent = 0
  readonly #plans: ReadonlyMap<string, WrittenPlan>
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
    this.#plans = new Map(requests.map((request, i) => [request.agentId, writtenPlan(planFor(request, i))]))
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
      const reply = new Reply(this.#replyTo(prompt), this.#onSent, this.#onOver)
      this.#open = [...this.#open, reply]
      return reply
    })
  }

  /** A plan for each agent of the prompt, in its order. */
  #replyTo(prompt: Prompt): readonly (readonly string[])[] {
    const text = messagesOf(prompt).at(-1)?.content ?? ''
    const parts: (readonly string[])[] = []
    for (let at = text.indexOf(AGENT); at !== -1; at = text.indexOf(AGENT, at + 1)) {
      if (at > 0 && text[at - 1] !== '\n') continue
      const idAt = at + AGENT.length
      const plan = this.#plans.get(text.slice(idAt, text.indexOf('"', idAt)))
      if (plan) parts.push(parts.length === 0 ? plan.first : plan.next)
    }
    parts.push(END)
    return parts
  }
}

/** How a line about an agent begins. */
const AGENT = 'Agent "'
const END = [']}']

function writtenPlan(plan: object): WrittenPlan {
  const text = JSON.stringify(plan)
  return { first: inTokens(`{"plans":[${text}`), next: inTokens(`,${text}`) }
}
