import { type Completion, LlmClient, type LlmRequestOptions, type Prompt } from 'planweave'
import { addTokens, type Tokens, tokensOf } from './measured-run.ts'

/**
 * A client as most SDKs have it: the whole reply or nothing. `completeStreaming` is the base class's, one chunk at the end, so
 * that both modes of the demo go through the same parser and executor.
 */
export class BlockingClient extends LlmClient {
  readonly #client: LlmClient
  #tokens: Tokens = {}

  constructor(client: LlmClient) {
    super()
    this.#client = client
  }

  get model(): string {
    return this.#client.model
  }

  /** What the server counted so far. Kept here, as the executor stops reading at the last plan and misses the count. */
  get tokens(): Tokens {
    return this.#tokens
  }

  async complete(prompt: Prompt, options?: LlmRequestOptions): Promise<Completion> {
    const completion = await this.#client.complete(prompt, options)
    this.#tokens = addTokens(this.#tokens, tokensOf(completion.usage))
    return completion
  }
}
